"""What every result can do: give its frame, print itself in one line, show itself in a notebook, become strict JSON."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class Result(ABC):
    """Base of the frozen results; rounding happens only in what is displayed."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the numbers at full precision under their machine names, as a fresh frame."""

    @abstractmethod
    def __str__(self) -> str: ...

    def _repr_html_(self) -> str:
        from html import escape

        table = self.to_frame().to_html(index=False, na_rep="", float_format=lambda x: f"{x:.3g}", border=0)
        return f"<p>{escape(str(self))}</p>{table}"


def plain(value: Any) -> Any:
    """Turn a result's values into what strict JSON holds: nan and infinities become None, numpy scalars Python's."""
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
