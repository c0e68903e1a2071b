"""What a rule is: how grave its breach, the sentence that says it, what a doubt of its rests on."""

from __future__ import annotations

from typing import NamedTuple

from synthesis.errors import Severity


class Rule(NamedTuple):
    """A rule of the data.

    Attributes
    ----------
    severity : {"error", "warning"}
        An error is a breach of the contract and stops an analysis; a warning leaves a legal record.
    says : str
        What it asks for, as one sentence.
    columns : tuple of str
        Columns a warning rests on: a decision about one of them answers it, as one about no column does.
    citation : str
        Key of the work it follows, empty where it follows none.
    """

    severity: Severity
    says: str
    columns: tuple[str, ...] = ()
    citation: str = ""
