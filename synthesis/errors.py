"""What a user may catch, and the finding: one fault at one place, with how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One fault in the data, said so that its author can mend it.

    Attributes
    ----------
    severity : {"error", "warning"}
        An error is a breach of the contract; a warning is a doubt.
    file : str
        Path of the file, relative to the data root's parent where possible.
    row : int or None
        The row number a spreadsheet shows (the header is row 1); None when the whole file is meant.
    column, value : str or None
        The column and the cell's text as it stands in the file.
    message : str
        What is wrong.
    hint : str
        How to mend it.
    rule : str
        The rule's short name, for tests and statistics.
    answered : str
        What the review team decided about a warning, and why; empty while it is open.

    Examples
    --------
    >>> try:
    ...     load_evidence("nowhere")
    ... except DataError as error:
    ...     finding = error.findings[0]
    >>> finding.severity, finding.rule
    ('error', 'not_a_data_root')
    >>> print(finding.message)
    This is not a data root: it has neither a codebook nor a trials folder.
    """

    severity: Severity
    file: str
    row: int | None
    column: str | None
    value: str | None
    message: str
    hint: str
    rule: str
    answered: str = ""

    @property
    def place(self) -> tuple[str, int, str, str]:
        """File, row, column and rule, by which findings are sorted; what is about the whole file comes first."""
        return self.file, self.row or 0, self.column or "", self.rule

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as the contract's JSON object."""
        return asdict(self)

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f" row {self.row}"
        if self.column:
            place += f", {self.column}"
        return f"{place}: {self.message} {self.hint}".rstrip()


class SynthesisError(Exception):
    """Base of every error a user can cause; its text is a complete sentence.

    Examples
    --------
    >>> issubclass(DataError, SynthesisError)
    True
    >>> try:
    ...     pool(effects, level=95)
    ... except SynthesisError as error:
    ...     print(error)
    level 95 does not exist. Choose one of: a number between 0 and 1, such as 0.95.
    """


class DataError(SynthesisError):
    """The data break the contract; carries every finding, not only the first.

    Examples
    --------
    >>> load_evidence("nowhere")
    Traceback (most recent call last):
        ...
    synthesis.errors.DataError: 1 problem in the data: nowhere: This is not a data root: it has ...
    """

    def __init__(self, findings: Sequence[Finding]):
        self.findings = tuple(findings)
        if len(self.findings) == 1:  # on one line, because a failed notebook is reported by its error's first
            super().__init__(f"1 problem in the data: {self.findings[0]}")
            return
        shown = "\n".join(f"  {finding}" for finding in self.findings[:20])
        more = len(self.findings) - 20
        tail = f"\n  ... and {more} more; `synthesis check` lists them all." if more > 0 else ""
        super().__init__(f"{len(self.findings)} problems in the data:\n{shown}{tail}")


class ChoiceError(SynthesisError):
    """An option has a value that does not exist, or not here (`why`); the message lists those that may be chosen.

    Examples
    --------
    >>> pool(effects, method="median")
    Traceback (most recent call last):
        ...
    synthesis.errors.ChoiceError: method 'median' does not exist. Choose one of: REML, PM, DL, ML, ...
    """

    def __init__(
        self, what: str, value: object, allowed: Sequence[str], note: str = "", *, why: str = "does not exist"
    ):
        self.what, self.value, self.allowed = what, value, tuple(allowed)
        listed = ", ".join(map(str, allowed))
        near = get_close_matches(str(value), list(map(str, allowed)), n=1)
        meant = f" Did you mean {near[0]!r}?" if near else ""
        tail = f" {note}" if note else ""
        super().__init__(f"{what} {value!r} {why}.{meant} Choose one of: {listed}.{tail}")


class InputError(SynthesisError):
    """Numbers handed to a function cannot be what it takes; the message names the first of them.

    Examples
    --------
    >>> effects_from([0.1, 0.2], [0.1, 0.0])
    Traceback (most recent call last):
        ...
    synthesis.errors.InputError: vi number 2 is 0.0; it must be a finite number above 0.
    """


class NotEstimableError(SynthesisError):
    """The numbers asked for do not exist for these data; the message says why.

    Examples
    --------
    >>> few = effects_from([0.1, 0.3], [0.03, 0.03])
    >>> examine_influence(few)
    Traceback (most recent call last):
        ...
    synthesis.errors.NotEstimableError: outcome has 2 effects to pool; what changes without one of ...
    """


class EnginesDisagreeError(SynthesisError):
    """Two programs fit the same model and come to different numbers."""


class ReportError(SynthesisError):
    """A report cannot be made as asked; the message says why and what to do.

    Examples
    --------
    >>> from synthesis.reports import run_report
    >>> run_report(notebooks="nowhere")
    Traceback (most recent call last):
        ...
    synthesis.errors.ReportError: There is no folder nowhere with the notebooks; name the one that ...
    """


class ParameterError(ReportError):
    """A notebook does not know a parameter, or not with that type of value.

    Examples
    --------
    >>> render_report("notebooks/02_pooled_effect.ipynb", "pages", outcom="hope")
    Traceback (most recent call last):
        ...
    synthesis.errors.ParameterError: 02_pooled_effect.ipynb has no parameter 'outcom' (did you ...
    """


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

    Examples
    --------
    >>> render_report("notebooks/03_fidelity_coding.ipynb", "pages", data="../nowhere")
    Traceback (most recent call last):
        ...
    synthesis.errors.NotebookError: 03_fidelity_coding.ipynb stopped in cell 4 (evidence = ...
    """

    def __init__(self, notebook: str, cell: int | None, source: str, error: str):
        self.notebook, self.cell, self.error = notebook, cell, error
        where = f"stopped in cell {cell} ({source})" if cell is not None else "stopped"
        super().__init__(f"{notebook} {where}: {error}")
