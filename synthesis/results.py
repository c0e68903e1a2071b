"""What every result can do: give its frame, print itself in one line, show itself in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

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
