"""The pool as it grew, year by year."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.sensitivity import NUMBERS, Pools, numbers_or_note
from synthesis.choices import LEVEL, METHOD, CiMethod, PoolMethod, is_of_events, pool_choices
from synthesis.effects import Effects, require_effects
from synthesis.effects.counted import with_tables
from synthesis.errors import InputError
from synthesis.wording import count

NO_YEAR = (
    "accumulate needs a column {by!r} of numbers among the effects; join it: "
    'effects.with_moderators(evidence.trials[["trial", "year"]]).'
)


class Cumulative(Pools):
    """The pool of the trials up to each year: a row a year in which one was reported, the last row all of them.

    Each row has its `year`, the `added` trials in words, and a `note` where it has no numbers. Trials of one year come
    in together, because their order within it is nobody's; trials without a year are not in it.
    """

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: the year, what it added, and the pool so far."""
        shown = self._shown("Up to", "year")
        shown.insert(1, "Added", self.table["added"])
        return shown

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
        row = {"year": float(year), "added": added}
        rows.append(row | numbers_or_note(effects.subset(frame[by].le(year)), options))
    return Cumulative(pd.DataFrame(rows, columns=["year", "added", *NUMBERS, "note"]), effects, method, ci, level)
