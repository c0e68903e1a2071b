"""What can go wrong with a report and is the caller's to mend."""

from __future__ import annotations

from synthesis.errors import SynthesisError


class ReportError(SynthesisError):
    """A report cannot be made as asked; the message says why and what to do."""


class ParameterError(ReportError):
    """A notebook does not know a parameter, or not with that type of value."""


class NotebookError(ReportError):
    """A notebook stopped before its end.

    Attributes
    ----------
    notebook : str
        File name of the notebook.
    cell : int or None
        The failing cell's position in the notebook, counted from 1; None when no cell is to blame.
    error : str
        The error's own words, one line.
    """

    def __init__(self, notebook: str, cell: int | None, source: str, error: str):
        self.notebook, self.cell, self.error = notebook, cell, error
        where = f"stopped in cell {cell} ({source})" if cell is not None else "stopped"
        super().__init__(f"{notebook} {where}: {error}")
