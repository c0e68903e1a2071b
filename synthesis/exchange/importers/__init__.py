"""Doors in: databases and review packages of others, turned into a data root with a report of all that was decided."""

from __future__ import annotations

from synthesis.exchange.importers.metapsy.database import import_metapsy
from synthesis.exchange.importers.result import Import
from synthesis.exchange.importers.revman.review import import_revman

__all__ = ["Import", "import_metapsy", "import_revman"]
