"""The explorer as a notebook's widget, where the extra that draws it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthesis.choices import LEVEL
from synthesis.errors import InputError
from synthesis.evidence import Evidence

if TYPE_CHECKING:
    from synthesis.explorer.widget import Explorer

MISSING = (
    "The explorer in a notebook needs the package anywidget. Type: pip install 'peer-work-synthesis[explore]', and "
    "start the notebook again; `synthesis explore` writes the same as a page and needs nothing."
)


def explore(evidence: Evidence, outcome: str | None = None, *, level: float = LEVEL) -> Explorer:
    """Show the explorer in a notebook.

    Parameters
    ----------
    evidence : Evidence
    outcome : str, optional
        The outcome it opens on, by its key or label.
    level : float
        Confidence level of every interval.

    Returns
    -------
    Explorer
        A widget whose `choices` are what was chosen under the reader's hands and `pooled` what came of it;
        `effects()` and `pool()` are the same in Python.

    Raises
    ------
    InputError
        Where the extra is not installed.
    ChoiceError, NotEstimableError
        As `explorer_data`.

    Examples
    --------
    >>> explorer = explore(evidence, "recovery")
    >>> print(explorer.pool())
    SMD = 0.21, 95% CI [0.12, 0.29], k = 17, I2 = 22%
    """
    try:
        from synthesis.explorer.widget import Explorer
    except ImportError as error:
        raise InputError(MISSING) from error
    return Explorer(evidence, outcome, level=level)
