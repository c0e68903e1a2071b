"""Everything a report is made from, as fingerprints taken before any of it is loaded.

Where all of them are what they were when the report was written, and so is every file of the report, nothing has to be
loaded or planned to know that nothing has to be made. This asks for more than a page's own key does: a change that no
page depends on leads to the plan, which finds that out.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthesis.evidence.kept import state_of
from synthesis.reports.record.fingerprint import (
    CARRYING_LIBRARIES,
    NUMERIC_LIBRARIES,
    PACKAGE,
    RENDERING_LIBRARIES,
    hash_file,
    hash_files,
    hash_plain,
    versions,
)
from synthesis.reports.record.manifest import NAME, read_manifest

State = Mapping[str, Any]


@dataclass(frozen=True)
class Inputs:
    """What one call of `synthesis report` reads.

    Attributes
    ----------
    data, references, notebooks : pathlib.Path
    request : mapping
        Everything else the call says, as JSON can hold it: outcomes, settings, places.
    taken : mapping or None
        The state when this was made; None where it cannot be known.
    """

    data: Path
    references: Path
    notebooks: Path
    request: Mapping[str, Any]
    taken: State | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "taken", self.now())

    def now(self) -> State | None:
        """Return the state of today: fingerprints of evidence, notebooks and code, versions, and the request."""
        evidence = state_of(self.data, self.references)
        if evidence is None:
            return None
        # What Python and numba keep beside the code, while a report is made, is not the code.
        code = (path for path in PACKAGE.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
        return {
            "evidence": evidence,
            "notebooks": hash_files(self.notebooks.glob("*.ipynb"), self.notebooks),
            "code": hash_plain(hash_files(code, PACKAGE)),
            "libraries": versions((*NUMERIC_LIBRARIES, *CARRYING_LIBRARIES, *RENDERING_LIBRARIES)),
            "python": platform.python_version(),
            "request": dict(self.request),
        }


def recorded_files(places: Mapping[str, Path], index: Path) -> dict[str, str]:
    """Return the fingerprints a report's files must have, by path within it.

    Parameters
    ----------
    places : mapping of str to pathlib.Path
        Where the folder of each page stands. What its manifest recorded counts, not what lies there now: a page
        that was altered since is to be noticed.
    index : pathlib.Path
        The index that was just written.
    """
    files = {index.name: hash_file(index)}
    for page, place in places.items():
        outputs = (read_manifest(place) or {})["outputs"]
        files |= {f"{page}/{name}": digest for name, digest in {**outputs, NAME: hash_file(place / NAME)}.items()}
    return files


def pages_up_to_date(folder: Path, state: State | None) -> int:
    """Return how many pages a report has, if it is whole, unaltered and was made from this state; otherwise 0.

    Parameters
    ----------
    folder : pathlib.Path
    state : mapping or None
        From `Inputs`.
    """
    manifest = read_manifest(folder) or {}
    recorded, files = manifest.get("inputs"), manifest.get("files")
    if state is None or recorded != state or not files or manifest.get("missing"):
        return 0
    if any(folder.glob("*.failed.ipynb")) or any(folder.glob(".part-*")):  # a run has to clear these away
        return 0
    places = [(folder / name, digest) for name, digest in files.items()]
    whole = all(path.is_file() and hash_file(path) == digest for path, digest in places)
    return len(manifest["pages"]) if whole else 0
