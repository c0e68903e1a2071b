"""What the pool would be if small or unfavourable trials were missing: tests of the funnel and four what-ifs.

Everything is on the benefit scale, positive in favour of what is tried, so that a wanted result is a positive one also
where lower is better. None of it is a better pool.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.benefit import printed_benefit, turn_of
from synthesis.answers.pooling import PooledEffect, pool
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE, is_enough
from synthesis.answers.withheld import FEWEST_IN_INTERVAL, WITHHELD
from synthesis.choices import LEVEL, METHOD, CiMethod, Method, model_choices
from synthesis.effects import Effects, require_effects
from synthesis.errors import NotEstimableError
from synthesis.results import Result
from synthesis.statistics.measures import MEASURES
from synthesis.statistics.selection import SelectionFit, selection_model
from synthesis.statistics.small_study import FunnelTest, PetPeese, TrimAndFill, egger, pet_peese, trim_and_fill
from synthesis.wording import count, p_value, share

# Measures whose standard error contains the effect, or the risk: precision is taken from sample sizes instead
# [pustejovsky2019testing, peters2006comparison].
SIZED = {"SMD": "sqrtninv", "OR": "ninv", "PETO": "ninv", "RR": "ninv", "RD": "ninv", "IRR": "ninv"}
STEPS = {"selection_025": (0.025,), "selection_025_5": (0.025, 0.5)}
ROWS = {
    "pool": "the pool as it stands",
    "pet_peese": "PET-PEESE: read off at a trial without sampling error",
    "trim_and_fill": "trim and fill (L0)",
    "selection_025": "selection by p, cut at .025",
    "selection_025_5": "selection by p, cuts at .025 and .5",
}
SETTLED_ONLY = ("trim_and_fill", *STEPS)
COLUMNS = "code label estimate se ci_lb ci_ub tau2 withheld note".split()


@dataclass(frozen=True, eq=False)
class SmallStudy(Result):
    """Whether small trials differ from large ones, and the pool under what-ifs.

    Attributes
    ----------
    outcome, measure, method, ci, level
        As in the pool.
    pooled : PooledEffect
        The pool itself, on its own scale.
    egger : FunnelTest or None
        Egger's regression of the benefit, as a meta-regression by the pool's own model and interval; None where it
        cannot be estimated (`notes` says why).
    egger_lm : FunnelTest or None
        The same by least squares, as it was first proposed. Its spread may fall below what chance alone makes, and its
        p value with it; words use the other.
    sized : bool
        Whether precision is taken from sample sizes; `egger` and `pet_peese` then rest on the effects that have them.
    line_trials : int
        Trials behind those two; one with several comparisons counts once.
    pet_peese : PetPeese or None
    trim_and_fill : TrimAndFill or None
        Filled on the side of no benefit.
    selection : dict of str to SelectionFit
        By code of `STEPS`, as far as they can be estimated.
    withheld : dict of str to tuple of str
        By code of `ROWS`, and `egger`: why words keep it back (codes of `WITHHELD`).
    notes : dict of str to str
        Why a number does not exist.

    Examples
    --------
    >>> found = examine_small_studies(effects)
    >>> print(found)
    Personal recovery, 17 effects: small against large trials, p = 0.755
    >>> print(f"{found.trim_and_fill.k0} trials filled in")
    0 trials filled in
    """

    outcome: str
    measure: str
    method: str
    ci: str
    level: float
    pooled: PooledEffect
    egger: FunnelTest | None
    egger_lm: FunnelTest | None
    sized: bool
    line_trials: int
    pet_peese: PetPeese | None
    trim_and_fill: TrimAndFill | None
    selection: dict[str, SelectionFit]
    withheld: dict[str, tuple[str, ...]]
    notes: dict[str, str]

    @property
    def effects(self) -> Effects:
        """What was pooled."""
        return self.pooled.effects

    @property
    def turn(self) -> float:
        """What turns an effect to benefit; 1 where the direction is not settled, and nothing is turned."""
        return turn_of(self.effects)

    def to_frame(self) -> pd.DataFrame:
        """Return the pool and its what-ifs, a row each: estimates of benefit on the analysis scale."""
        ends = np.sort([self.turn * self.pooled.ci_lb, self.turn * self.pooled.ci_ub])
        own = {"estimate": self.turn * self.pooled.estimate, "se": self.pooled.se, "tau2": self.pooled.tau2}
        found: dict[str, Any] = {"pool": own | dict(zip(("ci_lb", "ci_ub"), ends, strict=True))}
        fits = {"pet_peese": self.pet_peese, "trim_and_fill": self.trim_and_fill, **self.selection}
        for code, fit in fits.items():
            found[code] = {name: getattr(fit, name, np.nan) for name in ("estimate", "se", "ci_lb", "ci_ub", "tau2")}
        rows = [
            {"code": code, "label": label, "withheld": self.withheld.get(code, ()), "note": self.notes.get(code, "")}
            | found.get(code, {})
            for code, label in ROWS.items()
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings and every number, also those that words keep back."""
        settings = {name: getattr(self, name) for name in "outcome measure method ci level sized line_trials".split()}
        fits = {name: getattr(self, name) for name in ("egger", "egger_lm", "pet_peese", "trim_and_fill")}
        return (
            settings
            | {"scale": "benefit" if self.effects.is_settled else "effect", "k": self.pooled.k}
            | {code: None if fit is None else asdict(fit) for code, fit in fits.items()}
            | {"selection": {code: asdict(fit) for code, fit in self.selection.items()}}
            | {"rows": self.to_frame().to_dict("records"), "notes": self.notes}
            | {"withheld": sorted({code for codes in self.withheld.values() for code in codes})}
        )

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: the pool and its what-ifs; where one is kept back, why."""
        frame = self.to_frame()
        kept_back = ["; ".join(WITHHELD[code] for code in codes) for codes in frame["withheld"]]
        effect = [
            "" if why or np.isnan(row.estimate) else self.in_words(row.estimate, row.ci_lb, row.ci_ub)
            for row, why in zip(frame.itertuples(), kept_back, strict=True)
        ]
        says = "{measure} ({level} CI)" if MEASURES[self.measure].ratio else "Benefit, {measure} ({level} CI)"
        heading = says.format(measure=self.measure, level=share(self.level))
        shown = pd.DataFrame({"If": frame["label"], heading: effect})
        why = [a or b for a, b in zip(kept_back, frame["note"], strict=True)]
        return shown.assign(**{"Not shown because": why}) if any(why) else shown

    def in_words(self, benefit: float, lower: float, upper: float) -> str:
        """Print a benefit with its interval as the outcome's measure is read: a ratio the way the outcome has it."""
        return printed_benefit(self.effects, self.turn * benefit, self.turn * lower, self.turn * upper)

    def __str__(self) -> str:
        of = f"{self.effects.outcome_label}, {count(self.pooled.k, 'effect')}"
        if self.egger is None or self.withheld.get("egger"):
            return f"{of}: too few to test whether small trials differ"
        return f"{of}: small against large trials, {p_value(self.egger.pval)}"


def examine_small_studies(
    effects: Effects, *, method: Method = METHOD, ci: CiMethod | None = None, level: float = LEVEL
) -> SmallStudy:
    """Ask whether small trials differ from large ones, and what the pool would be if results were missing.

    Parameters
    ----------
    effects : Effects
    method, ci, level
        Of the pool, the regressions and trim and fill, as `pool` takes them. Selection models are fitted by maximum
        likelihood, with the normal interval.

    Returns
    -------
    SmallStudy
        On the benefit scale. Egger's test [egger1997bias] and PET-PEESE [stanley2014meta] use sample sizes for measures
        whose standard error contains the effect [pustejovsky2019testing]; trim and fill fills in on the side of no
        benefit [duval2000trim]; selection favours a one-sided p for benefit [vevea1995general]. Where which direction
        is better is not settled, there is no side for the last two.

    Raises
    ------
    NotEstimableError
        Where no trial can be pooled.
    ChoiceError
        For a method, interval or level that does not exist, or a method that pools events.

    Examples
    --------
    >>> print(examine_small_studies(compute_effects(load_evidence(), "hope")))
    Hope, 7 effects: too few to test whether small trials differ
    """
    require_effects(effects, "examine_small_studies")
    method, ci, level = model_choices(method, ci, level)
    pooled = pool(effects, method=method, ci=ci, level=level)
    frame = effects.frame
    benefit, vi, has, line = _line(effects)
    sized, sizes = effects.measure in SIZED, line["ni"]
    options: dict[str, Any] = {"method": method, "ci": ci, "level": level}
    made: dict[str, Callable[[], Any]] = {
        "egger": lambda: egger(benefit[has], vi[has], model="rma", **line, **options),
        "egger_lm": lambda: egger(benefit[has], vi[has], level=level, **line),
        "pet_peese": lambda: pet_peese(benefit[has], vi[has], ni=sizes, model="rma", **options),
    }
    if effects.is_settled:
        made["trim_and_fill"] = lambda: trim_and_fill(benefit, vi, side="left", **options)
        for code, steps in STEPS.items():
            made[code] = lambda steps=steps: selection_model(benefit, vi, steps=steps, level=level)
    fits, notes = _fitted(made)
    line_trials = int(frame.loc[has, "trial"].nunique())
    return SmallStudy(
        outcome=effects.outcome,
        measure=effects.measure,
        method=method,
        ci=ci,
        level=level,
        pooled=pooled,
        egger=fits.get("egger"),
        egger_lm=fits.get("egger_lm"),
        sized=sized,
        line_trials=line_trials,
        pet_peese=fits.get("pet_peese"),
        trim_and_fill=fits.get("trim_and_fill"),
        selection={code: fits[code] for code in STEPS if code in fits},
        withheld=_withheld(effects, fits, line_trials),
        notes=notes,
    )


def funnel_test(
    effects: Effects, *, method: Method = METHOD, ci: CiMethod | None = None, level: float = LEVEL
) -> FunnelTest | None:
    """Ask by Egger's test alone whether small trials differ from large ones, as `examine_small_studies` does.

    Parameters
    ----------
    effects : Effects
    method, ci, level
        As `examine_small_studies` takes them.

    Returns
    -------
    FunnelTest or None
        None where fewer than ten trials stand behind the line, or it cannot be estimated.
    """
    method, ci, level = model_choices(method, ci, level)
    benefit, vi, has, line = _line(effects)
    if effects.frame.loc[has, "trial"].nunique() < TRIALS_PER_COVARIATE:
        return None
    try:
        return egger(benefit[has], vi[has], model="rma", method=method, ci=ci, level=level, **line)
    except NotEstimableError:
        return None


def _line(effects: Effects) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
    """Return benefits, their variances, which of them a line can take, and what it regresses them on."""
    frame = effects.frame
    benefit, vi = turn_of(effects) * frame["yi"].to_numpy(float), frame["vi"].to_numpy(float)
    if effects.measure not in SIZED:
        return benefit, vi, np.ones(len(frame), bool), {"predictor": "sei", "ni": None}
    ni = _sizes(frame)
    has = np.isfinite(ni)
    return benefit, vi, has, {"predictor": SIZED[effects.measure], "ni": ni[has]}


def _sizes(frame: pd.DataFrame) -> np.ndarray:
    """Return n1 n2 / (n1 + n2), whose inverse is 1 / n1 + 1 / n2; a cluster trial's by its effective numbers."""
    n1, n2 = frame["n_intervention"].to_numpy(float), frame["n_comparator"].to_numpy(float)
    return n1 * n2 / (n1 + n2) / frame["design_effect"].fillna(1.0).to_numpy(float)


def _fitted(made: dict[str, Callable[[], Any]]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what can be estimated by its code, and of the rest why not."""
    fits, notes = {}, {}
    for code, fit in made.items():
        try:
            fits[code] = fit()
        except NotEstimableError as error:
            notes[code] = str(error)
    return fits, notes


def _withheld(effects: Effects, fits: dict[str, Any], line_trials: int) -> dict[str, tuple[str, ...]]:
    """Return why words keep numbers back, by what they belong to."""
    found: dict[str, tuple[str, ...]] = {} if is_enough(effects) else {"pool": ("pool_below_three_trials",)}
    for code in ("egger", *list(ROWS)[1:]):
        trials = line_trials if code in ("egger", "pet_peese") else effects.n_trials
        codes = ["small_study_below_ten_trials"] if trials < TRIALS_PER_COVARIATE else []
        if not effects.is_settled and code in SETTLED_ONLY:
            codes.append("direction_unsettled")
        if isinstance(fit := fits.get(code), SelectionFit):
            codes += ["interval_below_four_effects"] if fit.counts.min() < FEWEST_IN_INTERVAL else []
            codes += ["weight_at_its_end"] if fit.at_end.any() else []
        if codes:
            found[code] = tuple(codes)
    return found
