"""One declared hypothesis on one outcome: what was found, under which conditions, and the verdict in a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthesis.answers.verdicts import Verdict

# The conditions of a verdict, in the order in which they are read.
CONDITIONS = {
    "sign": "the sign that was declared",
    "test": "a permutation p of 0.05 or less",
    "interval": "an interval without zero",
    "silence": "the same verdict under every reading tried in which silence means the same in all reports",
    "rivals": "sign and half the size kept beside each rival in the model of all outcomes",
}


@dataclass(frozen=True, eq=False)
class Tested:
    """A hypothesis on an outcome.

    Attributes
    ----------
    hypothesis, outcome, outcome_label : str
        `outcome` is empty where the hypothesis is about all of them at once.
    verdict : Verdict
    sentence : str
        Read aloud, it says the verdict and what it rests on.
    pval, pval_holm : float
        As found, and by Holm over the hypothesis' family; nan where the test has no p.
    k, trials : int
    change, ci_lb, ci_ub : float
        From the least to the most faithful trial.
    conditions : dict of bool or None
        By code of `CONDITIONS`; None where it was not reached or could not be read, which counts as not met.
    details : dict
        What else the verdict rests on, for JSON.
    withheld : tuple of str
    """

    hypothesis: str
    outcome: str
    outcome_label: str
    verdict: Verdict
    sentence: str
    pval: float = np.nan
    pval_holm: float = np.nan
    k: int = 0
    trials: int = 0
    change: float = np.nan
    ci_lb: float = np.nan
    ci_ub: float = np.nan
    conditions: dict[str, bool | None] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"withheld": list(self.withheld)}
