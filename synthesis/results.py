"""What every result can do: give its frame and its dict, print itself in a line, show itself in a notebook."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from synthesis.wording import MINUS, count

if TYPE_CHECKING:
    import pandas as pd

# A notebook shows so many rows of a result; `to_frame` has all.
MOST_ROWS = 20


class Result(ABC):
    """Base of the frozen results; rounding happens only in what is displayed.

    Examples
    --------
    >>> isinstance(pooled, Result), pooled.to_frame().shape, pooled.to_dict()["k"]
    (True, (1, 31), 17)
    """

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the numbers at full precision under their machine names, as a fresh frame."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, unrounded, and the settings that produced them, as plain values."""

    @abstractmethod
    def __str__(self) -> str: ...

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: few columns, labels, rounded texts."""
        return self.to_frame().map(_cell)

    def _repr_html_(self) -> str:
        from synthesis.markup import table_html

        table = self.shown()
        more = len(table) - MOST_ROWS
        tail = f"<p>{count(more, 'more row')}; to_frame() has them all.</p>" if more > 0 else ""
        return table_html(table.head(MOST_ROWS), str(self)) + tail


def _cell(value: Any) -> Any:
    """Print a cell: floats to three digits, codes joined, nothing for what is missing."""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3g}".replace("-", MINUS)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value


def plain(value: Any) -> Any:
    """Turn a result's values into what strict JSON holds: nan and infinities become None, numpy scalars Python's."""
    if isinstance(value, Result):
        return plain(value.to_dict())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def to_json(value: Any, *, indent: int | None = 2) -> str:
    """Return strict JSON: unrounded numbers, nan as null."""
    return json.dumps(plain(value), indent=indent, allow_nan=False, ensure_ascii=False)
