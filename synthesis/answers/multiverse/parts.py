"""Where the chunks of a plan are kept: each whole or not at all, found again after any death."""

from __future__ import annotations

import hashlib
import io
import os
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from synthesis.answers.multiverse.chunks import Work
from synthesis.files import told_as

PARTS = "parts"


class Parts(Protocol):
    """Somewhere that keeps what chunks give."""

    def missing(self, work: Work) -> list[int]:
        """Return the chunks that are not there."""

    def put(self, chunk: int, found: np.ndarray) -> None:
        """Keep a chunk."""

    def get(self, work: Work, chunk: int) -> np.ndarray:
        """Return a chunk that is there."""


class InMemory:
    """Keeps chunks in this process."""

    def __init__(self) -> None:
        self._found: dict[int, np.ndarray] = {}

    def missing(self, work: Work) -> list[int]:
        """Return the chunks that are not there."""
        return [chunk for chunk in range(work.chunks) if chunk not in self._found]

    def put(self, chunk: int, found: np.ndarray) -> None:
        """Keep a chunk."""
        self._found[chunk] = found

    def get(self, work: Work, chunk: int) -> np.ndarray:
        """Return a chunk that is there."""
        return self._found[chunk]


class InFolder:
    """Keeps each chunk as a file of numpy's beside its plan; a file has its name only when it is whole."""

    def __init__(self, folder: Path, work: Work) -> None:
        self.folder = folder / PARTS
        self._stem = f"part-{work.plan.name[:12]}"

    def _path(self, chunk: int) -> Path:
        return self.folder / f"{self._stem}-{chunk:06d}.npy"

    def missing(self, work: Work) -> list[int]:
        """Return the chunks of which there is no whole file."""
        there = {entry.name: entry.stat().st_size for entry in os.scandir(self.folder)} if self.folder.is_dir() else {}
        return [chunk for chunk in range(work.chunks) if not self._is_whole(work, chunk, there)]

    def _is_whole(self, work: Work, chunk: int, there: dict[str, int]) -> bool:
        return there.get(self._path(chunk).name) == _size(*work.shape(chunk))

    def has(self, work: Work, chunk: int) -> bool:
        """Say whether one chunk is there, without a look at all the others."""
        path = self._path(chunk)
        return path.is_file() and path.stat().st_size == _size(*work.shape(chunk))

    def put(self, chunk: int, found: np.ndarray) -> None:
        """Write a chunk beside its place, onto the disk, and then move it there."""
        path = self._path(chunk)
        with told_as(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            staged = path.with_name(f".{path.stem}.{os.getpid()}.{id(found)}")
            try:
                with staged.open("wb") as file:
                    np.save(file, found, allow_pickle=False)
                    file.flush()
                    os.fsync(file.fileno())
                staged.replace(path)
            finally:
                staged.unlink(missing_ok=True)

    def get(self, work: Work, chunk: int) -> np.ndarray:
        """Read a chunk."""
        return np.load(self._path(chunk), allow_pickle=False)

    def tidy(self) -> None:
        """Remove what a killed process left half-written."""
        for left in self.folder.glob(f".{self._stem}-*") if self.folder.is_dir() else ():
            left.unlink(missing_ok=True)


@cache
def _size(shape: tuple[int, ...], kind: np.dtype) -> int:
    """Return how many bytes the file of an array has."""
    header = io.BytesIO()
    about = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, about)
    return len(header.getvalue()) + int(np.prod(shape)) * kind.itemsize


def digest(work: Work, parts: Parts) -> str:
    """Return the SHA-256 of all numbers, chunk after chunk."""
    found = hashlib.sha256()
    for chunk in range(work.chunks):
        found.update(np.ascontiguousarray(parts.get(work, chunk)).tobytes())
    return found.hexdigest()
