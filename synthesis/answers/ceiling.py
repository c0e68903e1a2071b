"""How much any characteristic of trials could explain: the heterogeneity itself is the ceiling, before any coding.

If a trial's true effect is m(F) + u, Var(m(F)) is at most tau2, whatever F truly is, how badly it was coded and what
the reports leave out. So on a straight line trials one standard deviation above and below the mean of any
characteristic differ by at most 2 tau.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.results import Result
from synthesis.statistics.measures import MEASURES
from synthesis.wording import number, share

# Q this improbably small says that the trials agree better than chance lets them.
LESS_THAN_MOST_CHANCE = 0.95
SAID = (
    "Whatever fidelity truly was: trials one standard deviation above and below the mean of any characteristic that is "
    "linearly related to the effects differ by at most {upper} {unit} if heterogeneity is as large as these trials "
    "allow ({level} CI); as estimated, by {two_tau}."
)
LESS_THAN_CHANCE = (
    "These trials differ less from one another than chance alone would make them, so no upper limit of their "
    "heterogeneity can be relied on."
)


@dataclass(frozen=True)
class Ceiling(Result):
    """The largest difference that any characteristic of trials can make.

    Attributes
    ----------
    outcome, measure : str
    level : float
    k : int
    two_tau, two_tau_ub : float
        Twice tau as estimated, and twice its upper Q-profile limit, which is the bound to read; nan where the
        limit's set is empty.

    Examples
    --------
    >>> highest = ceiling(pooled)
    >>> print(f"{highest.two_tau:.2f}, at most {highest.two_tau_ub:.2f}")
    0.13, at most 0.56
    """

    outcome: str
    measure: str
    level: float
    k: int
    two_tau: float
    two_tau_ub: float

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as one row."""
        return pd.DataFrame([self.to_dict()])

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def __str__(self) -> str:
        if np.isnan(self.two_tau_ub):
            return LESS_THAN_CHANCE
        unit = f"log {self.measure}" if MEASURES[self.measure].ratio else self.measure
        return SAID.format(
            two_tau=number(self.two_tau), upper=number(self.two_tau_ub), unit=unit, level=share(self.level)
        )


def ceiling(pooled: PooledEffect) -> Ceiling:
    """Return the most that any characteristic can explain, from a pool's heterogeneity.

    Parameters
    ----------
    pooled : PooledEffect
        Of a model that estimates tau2.

    Returns
    -------
    Ceiling
        nan where the pool has no tau2.

    Examples
    --------
    >>> print(ceiling(pooled))
    Whatever fidelity truly was: trials one standard deviation above and below the mean of any
    characteristic that is linearly related to the effects differ by at most 0.56 SMD if
    heterogeneity is as large as these trials allow (95% CI); as estimated, by 0.13.
    """
    upper = pooled.tau2_ci_ub
    # Q below the chi-square's lower quantile: no tau2, not even 0, is in the set; just above it the limit is chance.
    empty = upper == 0 or pooled.Q_pval > LESS_THAN_MOST_CHANCE
    return Ceiling(
        outcome=pooled.outcome,
        measure=pooled.measure,
        level=pooled.level,
        k=pooled.k,
        two_tau=2 * float(np.sqrt(pooled.tau2)),
        two_tau_ub=np.nan if empty else 2 * float(np.sqrt(upper)),
    )
