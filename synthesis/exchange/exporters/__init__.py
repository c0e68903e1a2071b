"""Doors out: the data root in the formats of Metapsy, RevMan, metafor and Frictionless."""

from __future__ import annotations

from synthesis.exchange.exporters.datapackage import export_datapackage
from synthesis.exchange.exporters.metafor import export_metafor
from synthesis.exchange.exporters.metapsy import export_metapsy
from synthesis.exchange.exporters.result import Export
from synthesis.exchange.exporters.revman import export_revman

__all__ = ["Export", "export_datapackage", "export_metafor", "export_metapsy", "export_revman"]
