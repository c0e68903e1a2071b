"""Doors in: databases and review packages of others, turned into a data root with a report of all that was decided."""

from __future__ import annotations

from synthesis.importers.metapsy import import_metapsy
from synthesis.importers.result import Import
from synthesis.importers.revman import import_revman

__all__ = ["Import", "import_metapsy", "import_revman"]
