"""Every subset of an outcome's trials pooled by itself: what splits them, and how far any selection could lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.verdicts import leans, side_in_words
from synthesis.choices import METHOD, MOST_SUBSETS, SEED, Method
from synthesis.effects import Effects, require_effects
from synthesis.errors import NotEstimableError
from synthesis.results import Result
from synthesis.statistics.measures import MEASURES
from synthesis.statistics.subsets import GoshFit, gosh
from synthesis.wording import count, percent

WHOLE = "All {n} subsets of at least two of the {k} effects were pooled by themselves ({method})."
DRAWN = (
    "{n} subsets of at least two of the {k} effects, drawn at random, were pooled by themselves ({method}, "
    "seed {seed})."
)
MIDDLE = "The middle one has {middle}, and 19 of 20 lie from {low} to {high}; {share} towards {side}."
MIDDLE_UNSETTLED = "The middle one has {middle}, and 19 of 20 lie from {low} to {high}."
ALL_LEAN, ALL_BUT, SHARE_LEANS = "all lean", "all but {others} lean", "{share} lean"
SPLITS = (
    "{trial} splits them: with it the middle is {with_it}, without it {without}, and the two have {overlap} in common."
)
HARDLY = (
    "No single trial splits them: {trial} moves the middle most, from {without} without it to {with_it} with it, and "
    "the two have {overlap} in common."
)
FEW = "So few effects have too few subsets to show what splits them."
NO_INTERVAL = (
    "Subsets share their trials, so their spread is no interval and no subset is a better answer than the whole; it "
    "says how far a selection of trials could lead."
)
TOO_FEW = "{outcome} has {effects} to pool; subsets tell trials apart from three on."
# Below this share in common the estimates with and without a trial are called split.
IN_COMMON = 0.2
FEWEST_TO_SHOW = 5
MIDDLE_SHARES = (0.025, 0.5, 0.975)


@dataclass(frozen=True, eq=False)
class Subsets(Result):
    """Pools of subsets of the effects on one outcome.

    Attributes
    ----------
    fit : GoshFit
        On the analysis scale.
    effects : Effects

    Examples
    --------
    >>> found = pool_subsets(compute_effects(evidence, "hope"))
    >>> found.fit.k, len(found.to_frame())
    (7, 7)
    """

    fit: GoshFit
    effects: Effects

    @property
    def is_too_few(self) -> bool:
        """Whether there are too few subsets to show what splits them."""
        return self.fit.k < FEWEST_TO_SHOW

    @property
    def order(self) -> np.ndarray:
        """The effects, that with the least in common with and without it first."""
        return np.argsort([self.fit.in_common(i) for i in range(self.fit.k)], kind="stable")

    def middles(self, effect: int) -> tuple[float, float]:
        """Return the middle estimate of the subsets with an effect, and of those without it."""
        held = self.fit.with_effect[effect]
        return tuple(float(self.fit.quantile(0.5, part)) for part in (held, self.fit.by_estimate - held))  # type: ignore[return-value]

    def to_frame(self) -> pd.DataFrame:
        """Return a row an effect: the middle of the subsets with and without it, and what these have in common."""
        rows = []
        for i, (trial, label) in enumerate(self.effects.frame[["trial", "label"]].itertuples(index=False)):
            with_it, without = self.middles(i)
            rows.append(
                {
                    "trial": trial,
                    "label": label,
                    "with": with_it,
                    "without": without,
                    "in_common": self.fit.in_common(i),
                }
            )
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the rows."""
        fit = self.fit
        low, middle, high = (float(one) for one in fit.quantile(np.array(MIDDLE_SHARES)))
        about = {"outcome": self.effects.outcome, "measure": self.effects.measure, "method": fit.method, "k": fit.k}
        numbers = {"subsets": fit.subsets, "whole": fit.whole, "seed": fit.seed, "above": fit.above}
        numbers |= {"median": middle, "lower": low, "upper": high, "several_modes": fit.several_modes}
        edges, by_both, _ = fit.coarser()
        counts = {"estimate_edges": edges.tolist(), "by_estimate": by_both.sum(axis=1).tolist()}
        return about | numbers | counts | {"rows": self.to_frame().to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: the effects, those that split the subsets first."""
        text = MEASURES[self.effects.measure].text
        rows = self.to_frame().iloc[self.order]
        return pd.DataFrame(
            {
                "Trial": rows["label"],
                "Middle with it": rows["with"].map(text),
                "Without it": rows["without"].map(text),
                "In common": [percent(100 * one) for one in rows["in_common"]],
            }
        )

    def sentences(self) -> list[str]:
        """Say how many subsets there are, where they lie, what splits them, and what that is not."""
        fit, measure = self.fit, MEASURES[self.effects.measure]
        about = {"n": f"{fit.subsets:,}", "k": fit.k, "method": fit.method, "seed": fit.seed}
        low, middle, high = (measure.text(float(one)) for one in fit.quantile(np.array(MIDDLE_SHARES)))
        where = {"middle": middle, "low": low, "high": high}
        first = int(self.order[0])
        with_it, without = self.middles(first)
        split = fit.in_common(first) < IN_COMMON
        most = {
            "trial": self.effects.frame["label"].iloc[first],
            "with_it": measure.text(with_it),
            "without": measure.text(without),
            "overlap": percent(100 * fit.in_common(first)),
        }
        said = [(WHOLE if fit.whole else DRAWN).format(**about)]
        if self.is_too_few:
            return [*said, FEW]
        if self.effects.is_settled:
            up = 2 * fit.above >= fit.subsets
            side = leans(self.effects.turn * (1.0 if up else -1.0))
            where |= {"share": self._leaning(), "side": side_in_words(side, self.effects.names)}
            said.append(MIDDLE.format(**where))
        else:
            said.append(MIDDLE_UNSETTLED.format(**where))
        return [*said, (SPLITS if split else HARDLY).format(**most), NO_INTERVAL]

    def _leaning(self) -> str:
        """Say how many lean to the side of the most; a share that would print as all of them by what is missing."""
        others = min(self.fit.above, self.fit.subsets - self.fit.above)
        if others == 0:
            return ALL_LEAN
        if others < 0.005 * self.fit.subsets:
            return ALL_BUT.format(others=f"{others:,}")
        return SHARE_LEANS.format(share=percent(100 * (1 - others / self.fit.subsets)))

    def __str__(self) -> str:
        return " ".join(self.sentences())


def pool_subsets(effects: Effects, *, method: Method = METHOD, most: int = MOST_SUBSETS, seed: int = SEED) -> Subsets:
    """Pool every subset of the effects on one outcome by itself.

    Parameters
    ----------
    effects : Effects
    method : {"REML", "ML", "PM", "DL", "HE", "EE"}
    most : int
        All subsets where there are no more than this, a random sample of as many otherwise.
    seed : int
        Of a sample.

    Returns
    -------
    Subsets

    Raises
    ------
    NotEstimableError
        With fewer than three effects.
    ChoiceError
        For a method that does not exist, or pools events.

    Notes
    -----
    The graphic display of study heterogeneity [olkin2012gosh].

    Examples
    --------
    >>> found = pool_subsets(compute_effects(evidence, "hope"))
    >>> print(found)
    All 120 subsets of at least two of the 7 effects were pooled by themselves (REML). The middle
    one has 0.23, and 19 of 20 lie from 0.07 to 0.53; all lean towards peer support. No single
    trial splits them: van Gestel-Timmermans et al. (2012) moves the middle most, from 0.15 without
    it to 0.28 with it, and the two have 24% in common. Subsets share their trials, so their ...
    """
    require_effects(effects, "pool_subsets")
    k = len(effects.frame)
    about = {"outcome": effects.outcome_label, "effects": count(k, "effect")}
    if k < 3:
        raise NotEstimableError(TOO_FEW.format(**about))
    yi, vi = effects.frame["yi"].to_numpy(float), effects.frame["vi"].to_numpy(float)
    return Subsets(gosh(yi, vi, method=method, most=most, seed=seed), effects)
