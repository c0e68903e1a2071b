"""Where a command writes: never over someone's work, and never half.

What is written stands beside its place first and is moved there whole at the end. A folder we made carries a mark, by
which a later run knows that it may replace it. A folder and the file that must change with it go in together, or
neither (`put`).
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from synthesis.errors import SynthesisError

T = TypeVar("T")

MARK = ".synthesis-output.json"
CANNOT = "{place} cannot be written: {reason}. Nothing has changed."
# A full disk or quota, a file beyond a limit, a place or medium that takes nothing.
_OF_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


class DestinationError(SynthesisError):
    """Nothing may be written there; the message says why and what to do."""


@contextmanager
def told_as(place: Path) -> Iterator[None]:
    """Say of what cannot be written where it should have stood: one sentence for all that writes.

    An error that is not about writing there passes as it is.

    Raises
    ------
    DestinationError
    """
    try:
        yield
    except OSError as error:
        below = error.filename is not None and Path(os.fsdecode(error.filename)).is_relative_to(place.absolute().parent)
        if error.errno not in _OF_WRITING and not below:
            raise
        raise DestinationError(CANNOT.format(place=place, reason=error.strerror or error)) from error


@contextmanager
def new_folder(path: Path, *, made_by: str | None) -> Iterator[Path]:
    """Give an empty folder to write in; it takes the place of `path` when the block ends without an error.

    Parameters
    ----------
    path : Path
        Where the folder shall stand: nothing, an empty folder, or one that the same command made.
    made_by : str or None
        The command, for the mark; None for a folder that is somebody's from now on and is never replaced.

    Raises
    ------
    DestinationError
        When something else stands there.
    """
    path = _refuse_link(path)
    if os.path.lexists(path):
        _refuse_strangers(path, made_by)
    with told_as(path), _beside(path) as staging:
        inside = staging / "new"
        inside.mkdir()
        yield inside
        if made_by is not None:
            (inside / MARK).write_text(json.dumps({"made_by": made_by}) + "\n", encoding="utf-8")
        _exchange(inside, path, staging / "old")


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[Path]:
    """Give a file to write; it takes the place of `path` when the block ends without an error.

    Raises
    ------
    DestinationError
        When there is something at `path`, unless it is a file and `force` is given.
    """
    path = _refuse_link(path)
    if path.is_dir():
        raise DestinationError(f"{path} is a folder; give the name of a file.")
    if os.path.lexists(path) and not force:
        raise DestinationError(f"{path} exists. Choose another name, or replace it with --force.")
    with told_as(path), _beside(path) as staging:
        yield staging / path.name
        (staging / path.name).replace(path)


def _refuse_link(path: Path) -> Path:
    if path.is_symlink():
        raise DestinationError(f"{path} is a symbolic link; links are not followed. Give the place itself.")
    return path.resolve()


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give an empty folder beside a place, on the same disk; it is gone afterwards, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{path.name[:100]}.part-", dir=path.parent))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _refuse_strangers(path: Path, made_by: str | None) -> None:
    if not path.is_dir():
        raise DestinationError(f"{path} is a file; a folder is needed. Choose another name.")
    names = sorted(item.name for item in path.iterdir())
    listed = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    if names and made_by is None:
        raise DestinationError(f"{path} is not empty (it holds {listed}). Choose another folder.")
    if names and _maker(path) != made_by:
        raise DestinationError(
            f"{path} is not empty and was not made by `{made_by}` (it holds {listed}). Writing there could destroy "
            "someone's files: choose another folder, or empty it."
        )


def _maker(path: Path) -> str:
    mark = path / MARK
    if mark.is_symlink() or not mark.is_file() or mark.stat().st_size > 10_000:
        return ""
    try:
        content = json.loads(mark.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(content.get("made_by", "")) if isinstance(content, dict) else ""


def _exchange(new: Path, path: Path, old: Path) -> None:
    """Put the new folder in the place of the old one; whatever interrupts this, one of the two stands there."""
    had = os.path.lexists(path)
    try:
        if had:
            path.replace(old)
        new.replace(path)
    except BaseException:
        if had and old.exists() and not os.path.lexists(path):
            old.replace(path)
        raise


def put(folder: Path, files: Mapping[str, str], changed: Path, content: bytes | None) -> None:
    """Make a folder with its files and replace a file's content, both or neither.

    The file goes in before the folder: killed in between, the data root has an entry that no folder uses yet, which
    breaks no rule. Any other interruption is undone.

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
    DestinationError
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
        place = changed if error.filename in (os.fspath(changed), os.fspath(written)) else folder
        raise DestinationError(CANNOT.format(place=place, reason=error.strerror)) from error
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


def read_kept(
    path: Path, *, kind: str, form: int, refused: Callable[[str], SynthesisError], of: Callable[[dict], T]
) -> T:
    """Read a JSON file that a long-running command keeps its results in.

    Parameters
    ----------
    path : Path
    kind, form : str, int
        What the file must say of itself: `kind` and `format`.
    refused : callable
        Makes the error from the reason why it is no such file.
    of : callable
        Makes the result from the content.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.get("kind") != kind:
            raise refused("it says nothing of the kind")
        if content["format"] != form:
            raise refused(f"its format is {content['format']!r}")
        return of(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refused(f"it cannot be read ({error})") from error
