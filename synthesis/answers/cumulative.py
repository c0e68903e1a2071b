"""The pool as it grew, year by year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.benefit import is_turned, printed_benefit
from synthesis.answers.sensitivity import NUMBERS, Pools, numbers_or_note
from synthesis.answers.verdicts import is_enough
from synthesis.answers.withheld import WITHHELD
from synthesis.choices import LEVEL, METHOD, CiMethod, PoolMethod, is_of_events, pool_choices
from synthesis.effects import Effects, require_effects
from synthesis.effects.counted import with_tables
from synthesis.errors import InputError
from synthesis.wording import count, number, share

NO_YEAR = (
    "accumulate needs a column {by!r} of numbers among the effects; join it: "
    'effects.with_moderators(evidence.trials[["trial", "year"]]).'
)


COLUMNS = ["year", "added", "trials", "withheld", *NUMBERS, "note"]
TAU2_DIGITS = 3


class Cumulative(Pools):
    """The pool of the trials up to each year: a row a year in which one was reported, the last row all of them.

    Each row has its `year`, the `added` trials in words, how many `trials` there are by then, why words keep it back
    (`withheld`, codes of `WITHHELD`), and a `note` where it has no numbers. Trials of one year come in together,
    because their order within it is nobody's; trials without a year are not in it.

    Examples
    --------
    >>> grown = accumulate(effects.with_moderators(evidence.trials[["trial", "year"]]))
    >>> print(grown)
    Personal recovery pooled up to each of 13 years
    >>> grown.table[["year", "k", "estimate"]].round(2).tail(2)
          year   k  estimate
    11  2022.0  16      0.20
    12  2025.0  17      0.21
    """

    @property
    def withheld(self) -> tuple[str, ...]:
        """Why words keep pools back (codes of `WITHHELD`)."""
        return tuple(sorted({code for codes in self.table["withheld"] for code in codes}))

    @property
    def looks(self) -> pd.DataFrame:
        """The rows that words and pictures may give."""
        table = self.table
        return table[table["estimate"].notna() & table["withheld"].map(len).eq(0)]

    def to_dict(self) -> dict[str, Any]:
        """Return the settings and every row, also those that words keep back."""
        return super().to_dict() | {"withheld": list(self.withheld)}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: the year, what it added, and the pool so far as benefit, or why not."""
        rows, effects = self.table, self.effects
        why = ["; ".join(WITHHELD[code] for code in row.withheld) or row.note for row in rows.itertuples()]
        pools = [
            "" if row.withheld else printed_benefit(effects, row.estimate, row.ci_lb, row.ci_ub)
            for row in rows.itertuples()
        ]
        tau2 = [
            "" if row.withheld or np.isnan(row.tau2) else number(row.tau2, TAU2_DIGITS) for row in rows.itertuples()
        ]
        heading = "Benefit ({level} CI)" if is_turned(effects) else "{measure} ({level} CI)"
        table = pd.DataFrame(
            {
                "Up to": [f"{year:.0f}" for year in rows["year"]],
                "Added": rows["added"],
                "k": rows["k"].astype(int),
                heading.format(measure=effects.measure, level=share(self.level)): pools,
                "tau2": tau2,
            }
        )
        return table.assign(**{"Not shown because": why}) if any(why) else table

    def __str__(self) -> str:
        return f"{self.effects.outcome_label} pooled up to each of {count(len(self.table), 'year')}"


def accumulate(
    effects: Effects,
    *,
    by: str = "year",
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
) -> Cumulative:
    """Pool what was known at the end of each year.

    Parameters
    ----------
    effects : Effects
        With a column of years, as `effects.with_moderators(evidence.trials[["trial", "year"]])` gives it.
    by : str
        The column to grow by.
    method, ci, level
        As `pool` takes them.

    Returns
    -------
    Cumulative
        The rows are looks at one growing set of trials, whose intervals do not allow for there being many
        [lau1992cumulative].

    Raises
    ------
    InputError
        Where the effects have no such column of numbers.
    ChoiceError
        For a method, interval or level that does not exist.

    Examples
    --------
    >>> effects = effects_from([0.6, 0.4, 0.3, 0.2], [0.09, 0.06, 0.04, 0.02], year=[2004, 2009, 2009, 2015])
    >>> accumulate(effects).table[["year", "k"]].to_numpy().tolist()
    [[2004.0, 1.0], [2009.0, 3.0], [2015.0, 4.0]]
    """
    require_effects(effects, "accumulate")
    method, ci, level = pool_choices(method, ci, level)
    effects = with_tables(effects, method) if is_of_events(method) else effects
    if by not in effects.frame or not pd.api.types.is_numeric_dtype(effects.frame[by]):
        raise InputError(NO_YEAR.format(by=by))
    frame, options = effects.frame, {"method": method, "ci": ci, "level": level}
    rows = []
    for year in sorted(frame[by].dropna().unique()):
        new = frame.loc[frame[by].eq(year)].drop_duplicates("trial")["label"]
        added = new.iloc[0] if len(new) == 1 else count(len(new), "trial")
        known = effects.subset(frame[by].le(year))
        withheld = () if is_enough(known) else ("pool_below_three_trials",)
        row = {"year": float(year), "added": added, "trials": known.n_trials, "withheld": withheld}
        rows.append(row | numbers_or_note(known, options))
    return Cumulative(pd.DataFrame(rows, columns=COLUMNS), effects, method, ci, level)
