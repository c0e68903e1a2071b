"""The rows of one outcome as arrays: what the routes compute on.

A step on arrays takes microseconds where one on a frame takes a millisecond, however few the rows; and an outcome has
dozens of steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd


class Columns(Mapping[str, np.ndarray]):
    """Rows by column: numbers as floats, texts and tuples of codes as objects, all of length k.

    Parameters
    ----------
    arrays : mapping of str to numpy.ndarray, shape (k,)
    k : int
        Number of rows.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], k: int):
        self._arrays, self.k = dict(arrays), k

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Columns:
        """Take the columns of a frame."""
        return cls({name: frame[name].to_numpy() for name in frame}, len(frame))

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def but(self, **arrays: np.ndarray) -> Columns:
        """Return the columns with some replaced or added."""
        return Columns(self._arrays | arrays, self.k)

    def says(self, name: str, value: str) -> np.ndarray:
        """Say for each row whether a text column holds this text; shape (k,), bool."""
        return np.array([cell == value for cell in self[name]], dtype=bool)

    def among(self, name: str, values: tuple[str, ...]) -> np.ndarray:
        """Say for each row whether a text column holds one of these texts; shape (k,), bool."""
        return np.array([cell in values for cell in self[name]], dtype=bool)


def objects(values: list) -> np.ndarray:
    """Return values, tuples among them, as an array of objects of shape (k,)."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
