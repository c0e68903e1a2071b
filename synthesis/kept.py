"""Results computed before, to be handed out again for the same content and the same choices. Off, unless switched on.

The pages of a report ask for the same things: the effects of an outcome, its slope, the model of all outcomes. What is
kept is found by the content of everything that was given, so no change to a table, wherever it was made, is ever
answered with an old result. Processes that share a folder share what they keep: each result is computed by one of them,
and the others wait for it. Such a folder must belong to the user alone, because what lies there is unpickled.
"""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from synthesis.cache import read_own, write_own

try:
    import fcntl
except ImportError:  # Windows, where no kernel is forked and nothing shared
    fcntl = None  # type: ignore[assignment]

P = ParamSpec("P")
R = TypeVar("R")

# Tables whose fingerprints are remembered; a page has some hundred.
MOST_REMEMBERED = 500


class Store:
    """What one process keeps, and where it shares it."""

    def __init__(self, folder: Path | None):
        self.folder = folder
        self.results: dict[str, bytes] = {}

    def result(self, key: str, compute: Callable[[], Any]) -> Any:
        """Return the result of this key, for the caller alone: one that is kept, another process's, or a new one."""
        if key not in self.results and self.folder and fcntl:
            return self._shared(Path(self.folder, key), compute)
        return self._own(key, compute)

    def _own(self, key: str, compute: Callable[[], Any]) -> Any:
        if key in self.results:
            return pickle.loads(self.results[key])
        result = compute()
        self.results[key] = pickle.dumps(result, protocol=5)
        return result

    def _shared(self, path: Path, compute: Callable[[], Any]) -> Any:
        if not self._found(path):
            with _locked(path.with_suffix(".lock")):
                if not self._found(path):  # nor has it been made by who had the lock before
                    result = self._own(path.name, compute)
                    write_own(path, self.results[path.name])
                    return result
        return self._own(path.name, compute)

    def _found(self, path: Path) -> bool:
        content = read_own(path)
        if content is None:
            return False
        self.results[path.name] = content
        with suppress(OSError):
            os.utime(path)  # it is of use
        return True


_stores: list[Store] = []  # empty: off; otherwise the last one is in use


def keep_results(folder: Path | None = None) -> None:
    """Keep results from now on in this process and those forked from it; share them in a folder, if one is given."""
    _stores.append(Store(folder))


@contextmanager
def results_kept(folder: Path | None = None) -> Iterator[None]:
    """Keep results within a block."""
    keep_results(folder)
    try:
        yield
    finally:
        _stores.pop()


def kept(key: Callable[..., Any] | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function keep what it returns, where keeping is switched on; every caller gets a copy of its own.

    Parameters
    ----------
    key : callable, optional
        Takes the function's arguments and returns what its result depends on; by default all of them.
    """

    def keeping(compute: Callable[P, R]) -> Callable[P, R]:
        options, name = signature(compute), f"{compute.__module__}.{compute.__qualname__}"

        @wraps(compute)
        def found(*args: P.args, **kwargs: P.kwargs) -> R:
            if not _stores:
                return compute(*args, **kwargs)
            given = options.bind(*args, **kwargs)
            given.apply_defaults()
            content = key(**given.arguments) if key else given.arguments
            address = hashlib.sha256(f"{name} {fingerprint(content)}".encode()).hexdigest()
            return _stores[-1].result(address, lambda: compute(*args, **kwargs))

        return found

    return keeping


def fingerprint(value: Any) -> str:
    """Return a text that two values share only if they are equal in every part and of the same kind."""
    if isinstance(value, pd.DataFrame):
        return fingerprint_of_table(value)
    if isinstance(value, pd.Series):
        return f"series {value.name!r} {value.dtype} {_digest(repr([value.index.tolist(), value.tolist()]))}"
    if isinstance(value, np.ndarray):
        cells = repr(value.tolist()).encode("utf-8", "surrogatepass") if value.dtype.hasobject else value.tobytes()
        return f"array {value.shape} {value.dtype} {hashlib.sha256(cells).hexdigest()}"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{fingerprint(name)}:{fingerprint(own)}' for name, own in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({','.join(map(fingerprint, value))})"
    if hasattr(value, "kept_by"):
        return f"{type(value).__qualname__} {fingerprint(value.kept_by())}"
    if is_dataclass(value):
        return f"{type(value).__qualname__} {fingerprint([getattr(value, part.name) for part in fields(value)])}"
    if value is None or isinstance(value, bool | int | float | str | np.generic):
        return f"{type(value).__name__} {value!r}"
    raise TypeError(f"{type(value).__name__} has no fingerprint")


def fingerprint_of_table(table: pd.DataFrame) -> str:
    """Return the fingerprint of a table: its columns, their kinds, every cell and the index."""
    return remembered(table, "whole", lambda: _digest(repr([table.index.tolist(), columns_of(table)])))


def columns_of(table: pd.DataFrame) -> list[tuple[str, str, list[Any]]]:
    """Return the columns of a table as plain values: name, kind, cells."""
    return [(str(name), str(column.dtype), column.tolist()) for name, column in table.items()]


_remembered: dict[tuple[Any, ...], tuple[Any, Any]] = {}


def remembered(table: pd.DataFrame, what: str, find: Callable[[], R]) -> R:
    """Return what was found of a table before, unless a cell has changed since.

    A second table on the same memory is held beside it: pandas then never writes into that memory, it copies. So the
    same memory has the same cells.
    """
    blocks = table._mgr.blocks
    places = tuple((id(block.values), block.mgr_locs.as_array.tobytes()) for block in blocks)
    address = (what, places, tuple(table.columns), id(table.index))
    if address not in _remembered:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[address] = (_held(table), find())
    return _remembered[address][1]


def _held(table: pd.DataFrame) -> Any:
    return table.copy(deep=False), [block.values for block in table._mgr.blocks], table.index


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock among processes; it ends with the process that holds it, however that ends."""
    try:
        file = path.open("wb")
    except OSError:  # a folder that takes nothing any more: each computes for itself
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
