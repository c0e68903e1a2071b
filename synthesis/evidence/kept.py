"""Evidence loaded before, to be handed out again while every file is what it was. Off, unless something is kept.

A report loads the same data root for each of its pages. The process that its kernels are forked from keeps what it
loaded; `load_evidence` in a kernel finds it there, if no file was added, removed or changed since. A command finds
what another one loaded and checked in the user's own folder (`synthesis.cache`).
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthesis.cache import clear_old, own_folder, pickled, read_own, state_of_code, write_own

_Place = tuple[str, str, str]
MOST_STORED = 8  # data roots; each takes some megabytes
_kept: dict[_Place, tuple[str, Any]] = {}


def keep(data: Path | str, references: Path | str, load: Callable[[], Any]) -> None:
    """Load evidence and keep it for this process and those forked from it, unless a file changes meanwhile."""
    before = state_of(data, references)
    evidence = load()
    if before is not None and before == state_of(data, references):
        _kept[_place(data, references)] = before, evidence


def kept_evidence(data: Path | str, references: Path | str) -> Any:
    """Return what was kept of this place, as the same paths from the same folder name it; None if a file changed."""
    state, evidence = _kept.get(_place(data, references), (None, None)) if _kept else (None, None)
    return evidence if state is not None and state == state_of(data, references) else None


def load_or_read(data: Path | str, references: Path | str, load: Callable[[], Any]) -> Any:
    """Return the evidence of a place: as an earlier command checked it, if nothing changed, or loaded now."""
    folder = own_folder("evidence")
    before = None if folder is None else state_of(data, references)
    if folder is None or before is None:
        return load()
    made_from = repr((before, state_of_code(), _place(data, references)))
    path = folder / hashlib.sha256(made_from.encode("utf-8", "surrogateescape")).hexdigest()
    content = read_own(path)
    if content is not None:
        return pickle.loads(content)
    evidence = load()
    if before == state_of(data, references):
        write_own(path, pickled(evidence))
        clear_old(folder, most=MOST_STORED)
    return evidence


def state_of(data: Path | str, references: Path | str) -> str | None:
    """Return the fingerprint of a data root and a bibliography: every folder's and file's name, every file's bytes.

    None where something cannot be read or is neither file nor folder, a link for instance: nothing is known of such a
    place.
    """
    digest = hashlib.sha256()
    try:
        _take_folder(digest, os.fspath(data), "")
        _take(digest, "references", Path(references).read_bytes())
    except OSError:
        return None
    return digest.hexdigest()


def _take_folder(digest: hashlib._Hash, folder: str, below: str) -> None:
    _take(digest, f"folder {below}", b"")
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = f"{below}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                _take_folder(digest, entry.path, name)
            elif entry.is_file(follow_symlinks=False):
                with open(entry.path, "rb") as file:
                    _take(digest, f"file {name}", file.read())
            else:
                raise OSError(f"{entry.path} is neither a file nor a folder")


def _take(digest: hashlib._Hash, name: str, content: bytes) -> None:
    """Add a name and a content so that no other names and contents give the same bytes."""
    written = name.encode("utf-8", "surrogateescape")
    digest.update(b"%d %d " % (len(written), len(content)) + written + content)


def _place(data: Path | str, references: Path | str) -> _Place:
    return os.getcwd(), os.fspath(data), os.fspath(references)
