"""A folder of the user's own for what takes long and can be made again: evidence that was checked, results of a report.

Off, unless a command of the program switches it on; `SYNTHESIS_CACHE=off` keeps it off. What lies there is unpickled,
so nothing is read that others could have written, and nothing that is damaged; all else about it is in the names of
the files: fingerprints of the content something was made from, of the code that made it and of the versions it ran on.
`synthesis verify` reads nothing of it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

R = TypeVar("R")

SWITCH = "SYNTHESIS_CACHE"
NAME = "peer-work-synthesis"
PACKAGE = Path(__file__).resolve().parent
SOURCES = (".py", ".json", ".csv")
DAYS = 30  # what nobody read for so long is removed

_on: list[bool] = []


def use_cache() -> None:
    """Let this process read and write the user's own folder, unless the environment says otherwise."""
    _on.append(True)


def own_folder(*names: str) -> Path | None:
    """Return a folder in the user's own, made where it is missing; None where it would not be the user's alone."""
    if not _on or os.environ.get(SWITCH, "").lower() in ("off", "0", "no") or os.name != "posix":
        return None
    try:
        home = _home()
        home.mkdir(parents=True, exist_ok=True)
        if not _is_safe(home, others=(0,), sticky=True):
            return None
        folder = home
        for name in (NAME, *names):
            folder = folder / name
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            if not _is_safe(folder):
                return None
    except (OSError, RuntimeError):  # no place to write, or no home
        return None
    return folder


def read_own(path: Path) -> bytes | None:
    """Return what `write_own` wrote; None where there is nothing, or another's, or it is damaged."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with os.fdopen(number, "rb") as file:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode) or (os.name == "posix" and not _is_ours(found)):
            return None
        digest, content = file.read(32), file.read()
    return content if hashlib.sha256(content).digest() == digest else None


def write_own(path: Path, content: bytes) -> None:
    """Write a file that is whole or not there; where it cannot be written, nothing is."""
    try:
        number, part = tempfile.mkstemp(dir=path.parent)  # readable and writable by the user alone
    except OSError:
        return
    try:
        with os.fdopen(number, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)


def made_before(kind: str, made_from: str, make: Callable[[], R], *, most: int) -> R:
    """Return what was made of the same before and lies in the user's own folder, or make it now and put it there.

    Parameters
    ----------
    kind : str
        Of what it is: the name of a folder, in which only the newest few stay.
    made_from : str
        Everything it depends on but this package's own code.
    make : callable
        Makes what can be pickled.
    most : int
        How many of the kind stay.
    """
    folder = own_folder(kind)
    if folder is None:
        return make()
    path = folder / hashlib.sha256(f"{state_of_code()} {made_from}".encode("utf-8", "surrogateescape")).hexdigest()
    content = read_own(path)
    if content is not None:
        with suppress(OSError):
            os.utime(path)  # it is of use
        return pickle.loads(content)  # type: ignore[no-any-return]
    made = make()
    write_own(path, pickled(made))
    clear_old(folder, most=most)
    return made


class _Pickler(pickle.Pickler):
    """Pickles what cannot be changed too, as the references of a bibliography."""

    def reducer_override(self, given: Any) -> Any:
        return (_read_only, (dict(given),)) if isinstance(given, MappingProxyType) else NotImplemented


def _read_only(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


def pickled(made: Any) -> bytes:
    """Return bytes from which pickle makes the same again."""
    stream = BytesIO()
    _Pickler(stream, protocol=5).dump(made)
    return stream.getvalue()


def clear_old(folder: Path, *, most: int | None = None) -> None:
    """Remove the files of a folder that nobody wrote or read for long, and all but the newest few."""
    with suppress(OSError):
        files = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: -path.stat().st_mtime)
        old = time.time() - DAYS * 86400
        for place, path in enumerate(files):
            if path.stat().st_mtime < old or (most is not None and place >= most):
                path.unlink(missing_ok=True)
        for below in folder.iterdir():
            if below.is_dir() and not any(below.iterdir()):
                below.rmdir()


@cache
def state_of_code() -> str:
    """Return the fingerprint of the package's own files, and of what it runs on."""
    digest = hashlib.sha256()
    versions = [f"{name} {getattr(module, '__version__', '')}" for name, module in _libraries()]
    for text in (platform.python_version(), platform.machine(), sys.platform, *versions):
        digest.update(text.encode() + b"\0")
    for name, path in sorted(_sources(os.fspath(PACKAGE), "")):
        content = Path(path).read_bytes()
        digest.update(f"{name} {len(content)}\0".encode() + content)
    return digest.hexdigest()


def _sources(folder: str, below: str) -> Iterator[tuple[str, str]]:
    """Yield name and place of every file of code: each command asks for them, and pathlib would take twice as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sources(entry.path, f"{below}{entry.name}/")
            elif entry.name.endswith(SOURCES):
                yield f"{below}{entry.name}", entry.path


def _libraries() -> list[tuple[str, object]]:
    import numpy as np
    import pandas as pd

    return [("numpy", np), ("pandas", pd)]


def _home() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    if Path(given).is_absolute():
        return Path(given)
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _is_safe(folder: Path, *, others: tuple[int, ...] = (), sticky: bool = False) -> bool:
    """Say whether a folder is no link, and nobody but the user, or some others, can put files of theirs in it."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), *others):
        return False
    return not found.st_mode & 0o022 or (sticky and bool(found.st_mode & stat.S_ISVTX))


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & 0o022
