"""A folder and a changed file put in their places together, or neither.

Both are written whole beside their places first. The file goes in before the folder: killed in between, the data root
has an entry that no folder uses yet, which breaks no rule. Any other interruption is undone.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from synthesis.errors import SynthesisError


def put(folder: Path, files: Mapping[str, str], changed: Path, content: bytes | None) -> None:
    """Make a folder with its files and replace a file's content.

    Parameters
    ----------
    folder : Path
        The folder's place, below ``trials`` of a data root; nothing may be there.
    files : mapping of str to str
        Text of each file by its name.
    changed : Path
        The file to replace.
    content : bytes or None
        Its new content; None to leave it alone.

    Raises
    ------
    SynthesisError
        If something cannot be written; everything is as it was then.
    """
    mark = uuid.uuid4().hex[:12]
    # Not in trials/, where even a killed run's remains would be taken for a trial.
    made = folder.parent.parent / f".new-trial-{mark}"
    written = changed.with_name(f".{changed.name}-{mark}")
    try:
        made.mkdir()
        for name, text in files.items():
            (made / name).write_text(text, encoding="utf-8", newline="")
        if content is None:
            _place_folder(made, folder)
            return
        before = changed.read_bytes()
        _write_like(written, content, changed)
        written.replace(changed)
        try:
            _place_folder(made, folder)
        except BaseException:
            _restore(changed, content, before, written)
            raise
    except OSError as error:
        place = error.filename or folder
        raise SynthesisError(f"{place} cannot be written: {error.strerror}. Nothing has changed.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
        with suppress(OSError):
            written.unlink()


def _place_folder(made: Path, folder: Path) -> None:
    if os.path.lexists(folder):
        raise FileExistsError(17, "it is there already", str(folder))
    made.replace(folder)


def _write_like(path: Path, content: bytes, model: Path) -> None:
    path.write_bytes(content)
    shutil.copymode(model, path)


def _restore(changed: Path, content: bytes, before: bytes, spare: Path) -> None:
    """Put the old content back, unless someone else has changed the file since."""
    if changed.read_bytes() == content:
        _write_like(spare, before, changed)
        spare.replace(changed)
