"""The list of references that a Metapsy database keeps beside its data."""

from __future__ import annotations

import json
import os
from pathlib import Path

from synthesis.errors import DataError
from synthesis.exchange.cells import clean
from synthesis.exchange.notes import Notes
from synthesis.exchange.source import read_bytes

_PLACES = ("references.json", "metadata/references.json")


def references_beside(source: Path, notes: Notes) -> dict[str, str]:
    """Return the references in `references.json` beside a file by study label; empty when there is none to be read."""
    for name in _PLACES:
        path = source.parent / name
        if not os.path.lexists(path):
            continue
        try:
            content = json.loads(read_bytes(path, beside=True).decode("utf-8-sig"))
        except (DataError, ValueError, RecursionError) as error:
            message = f"{name} beside the file cannot be read ({str(error)[:200]}); references are left to you."
            notes.add("undecided", "references", message)
            return {}
        if isinstance(content, dict):
            return {clean(key): clean(text) for key, text in content.items() if isinstance(text, str)}
        notes.add("undecided", "references", f"{name} beside the file is no list of references by study; not used.")
        return {}
    return {}
