"""What to read, judge or find out next: what could move a verdict or narrow an interval most, and where to enter it.

What one more result would do is computed, not guessed: it is added to the pool at many values that the pool itself
expects of one more trial. What stands in the pool unread or unjudged is left out, and what a report is silent about is
put at its bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.coverage import all_effects
from synthesis.answers.fidelity import FidelityScores, score_column, score_fidelity
from synthesis.answers.hypotheses import declared_hypotheses
from synthesis.answers.verdicts import FEWEST_TRIALS, TRIALS_PER_COVARIATE, favours, is_enough
from synthesis.choices import LEVEL, METHOD, CiMethod, model_choices
from synthesis.effects import Effects, compute_effects
from synthesis.effects.kept import content_about
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import READ_FROM
from synthesis.kept import kept
from synthesis.results import Result
from synthesis.statistics.distributions import t_quantile
from synthesis.statistics.lines import Fits, fit_lines, fit_means
from synthesis.wording import count, listed, lower_first, number, percent

UNUSABLE = ("without_numbers", "not_convertible")
# So many values, equally likely, of what one more trial may find.
VALUES = 21
# A chance below it is not called one.
LEAST_CHANCE = 0.05

KINDS = {
    "numbers": "give its numbers",
    "paper": "check its figures",
    "judgement": "judge its risk of bias",
    "silence": "find out what its report is silent about",
}
WHAT = {
    "numbers": "{label} ({people}): find the numbers of its result on {outcome}",
    "paper": "{label} ({people}): check its figures on {outcome}, read in {place}, against its own paper",
    "judgement": "{label} ({people}): judge its risk of bias",
    "silence": "{label} ({people}): find out what its report is silent about ({silent} of {components} components)",
}
THIRD = "it would be the third trial, and {outcome} could be averaged"
CHANGES = "judged by the other trials, there is a chance of {chance} that the average would then say something else"
NARROWS = "its interval would become about {share} narrower"
WITHOUT = "without this trial the average on {outcome} would say something else"
HANGS = "without this trial the average on {outcome} moves by {moves} standard errors"
SLOPE_CHANGES = "at one end of what it may have done, what the slope on {outcome} says would change"
SLOPE_MOVES = "the slope on {outcome} may move by {moves} standard errors"
ENTER = "Enter it in {file}{row}."
NOTHING = "Nothing is left to read, judge or find out that these data know of."
COLUMNS = """
    kind trial label n outcome outcome_label also flips third chance narrower moves file row read_from silent components
""".split()


@dataclass(frozen=True, eq=False)
class Worklist(Result):
    """What would help most, first what could change an answer.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a kind of work (code of `KINDS`) and trial, about the outcome on which it matters most: trial, label, n
        (people), outcome, outcome_label, also (other outcomes), flips (whether it could change what an average or a
        slope says), third (whether it would be the third trial), chance (that it does, of one more result), narrower
        (share of the interval's width, of one more result), moves (in standard errors of the average or slope), file
        and row to fill, read_from, silent and components (of the arm's core components).

    Examples
    --------
    >>> work = find_work(evidence, outcomes=["hope"])
    >>> print(work)
    11 pieces of work could change an answer; give its numbers: 7 trials; check its figures: 7 trials
    """

    table: pd.DataFrame

    def sentences(self, *, most: int = 5) -> list[str]:
        """Say the first few, each with what it could do and where it is entered."""
        return [_said(row) for row in self.table.head(most).itertuples()] or [NOTHING]

    def to_frame(self) -> pd.DataFrame:
        """Return every row."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return every row, and the kinds in words."""
        return {"kinds": KINDS, "rows": self.table.to_dict("records")}

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows."""
        rows = self.table
        return pd.DataFrame(
            {
                "Trial": rows["label"],
                "People": [number(n, 0) for n in rows["n"]],
                "To do": rows["kind"].map(KINDS),
                "Matters most for": rows["outcome_label"],
                "And for": [listed(list(also)) if also else "" for also in rows["also"]],
                "Could change what it says": np.where(rows["flips"] | rows["third"], "yes", "no"),
                "Chance of that": ["" if np.isnan(c) else percent(100 * c) for c in rows["chance"]],
                "Narrower by": ["" if np.isnan(c) else percent(100 * c) for c in rows["narrower"]],
                "Moves (standard errors)": [number(moves) if moves == moves else "" for moves in rows["moves"]],
                "Where": [_place(row) for row in rows.itertuples()],
            }
        )

    def __str__(self) -> str:
        kinds = self.table["kind"].value_counts()
        said = [f"{KINDS[kind]}: {count(n, 'trial')}" for kind, n in kinds.items()]
        return f"{count(int(self.table['flips'].sum()), 'piece')} of work could change an answer; {'; '.join(said)}"


def find_work(
    evidence: Evidence,
    *,
    outcomes: Sequence[str] | None = None,
    effects: Mapping[str, Effects] | None = None,
    scores: FidelityScores | None = None,
    level: float = LEVEL,
) -> Worklist:
    """Find what could move a verdict or narrow an interval most, if it were read, judged or found out.

    Parameters
    ----------
    evidence : Evidence
    outcomes : sequence of str, optional
        Only these, by key or label.
    effects : mapping of str to Effects, optional
        As `all_effects` gives them, where they are at hand.
    scores : FidelityScores, optional
    level : float
        Of the intervals.

    Returns
    -------
    Worklist

    Notes
    -----
    One more result has the variance that its number of people gives in this pool (the median of variance times people)
    and is added at 21 equally likely values of the pool's prediction, t with k - 1 degrees of freedom and the variance
    tau2 + se2 + that. `chance` is the share of them at which the average says something else; `narrower` the median
    change of the interval's width. Silence is put at all absent and at all present, others at their calibrated scores.
    What could change an answer stands first, within it the outcomes of declared hypotheses of dose, then the trials
    with the most people.

    Examples
    --------
    >>> print(find_work(evidence, outcomes=["hope"]).sentences()[0])
    Puschner et al. (2025) (615 people): find the numbers of its result on hope: judged by the
    other trials, there is a chance of 14% that the average would then say something else; its
    interval would become about 21% narrower. Enter it in
    data/trials/puschner2025effectiveness/outcomes.csv, row 3.
    """
    _, ci, level = model_choices(METHOD, None, level)
    if outcomes:
        found = [compute_effects(evidence, name) for name in outcomes]
        effects = {own.outcome: own for own in found}
    effects = all_effects(evidence) if effects is None else effects
    scores = score_fidelity(evidence) if scores is None else scores
    judged = len(evidence.risk_of_bias) > 0
    rows = [row for own in effects.values() for row in _about(own, evidence, scores, ci, level, judged)]
    declared = {
        name
        for own in declared_hypotheses(evidence.codebook)
        if own.test == "slope" and own.role != "exploratory"
        for name in own.outcomes
    }
    return Worklist(_ranked(pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "also"]), declared))


def _content(
    effects: Effects, evidence: Evidence, scores: FidelityScores, ci: CiMethod, level: float, judged: bool
) -> list[Any]:
    return [content_about(evidence, effects.outcome), effects, scores, ci, level, judged]


@kept(_content)
def _about(
    effects: Effects, evidence: Evidence, scores: FidelityScores, ci: CiMethod, level: float, judged: bool
) -> list[dict[str, Any]]:
    """Say of every trial what work on an outcome could do."""
    if not effects.is_settled:
        return []
    return [
        *_one_more(effects, evidence, ci, level),
        *_in_the_pool(effects, ci, level, judged=judged),
        *_silence(effects, scores, ci, level),
    ]


def _one_more(effects: Effects, evidence: Evidence, ci: CiMethod, level: float) -> list[dict[str, Any]]:
    """Say of every trial that measured an outcome without usable numbers what its numbers could do."""
    left, frame = effects.left_out, effects.frame
    left = left[left["kind"].isin(UNUSABLE) & ~left["trial"].isin(frame["trial"])]
    left = left.sort_values("timepoint_months", ascending=False, kind="stable").drop_duplicates("trial")
    randomised = evidence.trials.set_index("trial")["n_randomised"]
    people = (left["n_intervention"] + left["n_comparator"]).fillna(left["trial"].map(randomised))
    said = [_row("numbers", row, effects, n=n) for row, n in zip(left.itertuples(), people, strict=True)]
    if effects.n_trials == FEWEST_TRIALS - 1:
        return [row | {"third": True} for row in said]
    if not is_enough(effects):
        return said
    y, v = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float)
    size = (frame["n_intervention"] + frame["n_comparator"]).to_numpy(float)
    per_person = np.nanmedian(v * size) if np.isfinite(size).any() else np.nan
    now = fit_means(y[:, None], v[:, None])
    low, high = _ends(now, ci, level)
    side, width, se = favours(low[0], high[0]), high[0] - low[0], now.standard_error(ci)[0]
    places = t_quantile((np.arange(VALUES) + 0.5) / VALUES, len(y) - 1)
    for row in said:
        new = per_person / row["n"]
        if not np.isfinite(new):
            continue
        values = now.estimate[0] + places * np.sqrt(now.tau2[0] + se**2 + new)
        more = fit_means(
            np.vstack([np.repeat(y[:, None], VALUES, axis=1), values]),
            np.vstack([np.repeat(v[:, None], VALUES, axis=1), np.full(VALUES, new)]),
        )
        lows, highs = _ends(more, ci, level)
        chance = float(np.mean([favours(*own) is not side for own in zip(lows, highs, strict=True)]))
        row |= {
            "chance": chance,
            "flips": chance >= LEAST_CHANCE,
            "narrower": float(1 - np.median(highs - lows) / width),
            "moves": float(np.mean(np.abs(more.estimate - now.estimate[0])) / se),
        }
    return said


def _in_the_pool(effects: Effects, ci: CiMethod, level: float, *, judged: bool) -> list[dict[str, Any]]:
    """Say of what is pooled unread or unjudged how far the average hangs on it."""
    frame = effects.frame.reset_index(drop=True)
    if effects.n_trials <= FEWEST_TRIALS:
        return []
    y, v = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float)
    now = fit_means(y[:, None], v[:, None])
    side, se = favours(*(end[0] for end in _ends(now, ci, level))), now.standard_error(ci)[0]
    rows, told = [], list(frame[_TOLD].itertuples())
    for trial, places in frame.groupby("trial", sort=False).groups.items():
        own = told[places[0]]
        kinds = ["paper"] if own.read_from not in ("", "paper") else []
        kinds += ["judgement"] if judged and not own.rob else []
        if not kinds:
            continue
        kept = frame["trial"].ne(trial).to_numpy()
        without = fit_means(y[kept][:, None], v[kept][:, None])
        flips = favours(*(end[0] for end in _ends(without, ci, level))) is not side
        moves = float(abs(without.estimate[0] - now.estimate[0]) / se)
        n = own.n_intervention + own.n_comparator
        rows += [_row(kind, own, effects, n=n) | {"flips": flips, "moves": moves} for kind in kinds]
    return rows


def _silence(effects: Effects, scores: FidelityScores, ci: CiMethod, level: float) -> list[dict[str, Any]]:
    """Say of every trial whose report is silent on components how far the slope could move if they were known."""
    if not len(effects.frame) or scores.arms.empty:
        return []
    frame = effects.with_moderators(scores.contrasts(effects.frame)).frame
    column = score_column("calibrated")
    frame = frame[frame[column].notna()].reset_index(drop=True)
    if frame["trial"].nunique() < TRIALS_PER_COVARIATE or frame[column].nunique() < 2:
        return []
    y, v, x = (frame[name].to_numpy(float) for name in ("benefit", "vi", column))
    now = fit_lines(y[:, None], v[:, None], x)
    side, se = favours(*(end[0] for end in _ends(now, ci, level))), now.standard_error(ci)[0]
    of_arms = scores.arms[["trial", "arm", "reported", "components"]].itertuples(index=False)
    told = {(trial, arm): (int(reported), int(components)) for trial, arm, reported, components in of_arms}
    rows, effects_told = [], list(frame[_TOLD].itertuples())
    for trial, places in frame.groupby("trial", sort=False).groups.items():
        row = effects_told[places[0]]
        reported, components = told[trial, row.intervention_arm]
        if reported == components:
            continue
        ends = np.repeat(x[:, None], 2, axis=1)
        ends[places] = frame.loc[places, ["fidelity_lower", "fidelity_upper"]].to_numpy(float)
        fits = fit_lines(np.repeat(y[:, None], 2, axis=1), np.repeat(v[:, None], 2, axis=1), ends)
        sides = {favours(*own) for own in zip(*_ends(fits, ci, level), strict=True)}
        moves = float(np.max(np.abs(fits.estimate - now.estimate[0])) / se)
        n = row.n_intervention + row.n_comparator
        about = {"flips": sides != {side}, "moves": moves, "silent": components - reported, "components": components}
        rows.append(_row("silence", row, effects, n=n) | about)
    return rows


# What a row of the list says of an effect, or is found by.
_TOLD = "trial label read_from rob intervention_arm n_intervention n_comparator file row".split()


def _ends(fits: Fits, ci: CiMethod, level: float) -> tuple[np.ndarray, np.ndarray]:
    half = t_quantile((1 + level) / 2, fits.reference(ci)) * fits.standard_error(ci)
    return fits.estimate - half, fits.estimate + half


def _row(kind: str, own: Any, effects: Effects, *, n: float) -> dict[str, Any]:
    """Return a row about one trial and outcome, with nothing computed yet."""
    folder = PurePosixPath(own.file).parent
    elsewhere = {"judgement": "risk_of_bias.csv", "silence": "components.csv"}
    in_table = kind not in elsewhere
    return {
        "kind": kind,
        "trial": own.trial,
        "label": own.label,
        "n": n,
        "outcome": effects.outcome,
        "outcome_label": effects.outcome_label,
        "flips": False,
        "third": False,
        "chance": np.nan,
        "narrower": np.nan,
        "moves": np.nan,
        "file": own.file if in_table else str(folder / elsewhere[kind]),
        "row": int(own.row) if in_table else 0,
        "read_from": own.read_from,
        "silent": 0,
        "components": 0,
    }


def _ranked(rows: pd.DataFrame, declared: set[str]) -> pd.DataFrame:
    """Order by what could change an answer, declared outcomes first, then by people; one row a kind and trial."""
    if rows.empty:
        return pd.DataFrame(columns=COLUMNS)
    first = rows["flips"] | rows["third"]
    order = pd.DataFrame(
        {
            "first": ~first,
            "declared": ~rows["outcome"].isin(declared),
            "n": -rows["n"].fillna(0.0),
            "moves": -rows["moves"].fillna(0.0),
        }
    )
    rows = rows.loc[order.sort_values(list(order), kind="stable").index]
    others = rows.groupby(["kind", "trial"], sort=False)["outcome_label"].agg(lambda labels: tuple(labels[1:]))
    kept = rows.drop_duplicates(["kind", "trial"]).reset_index(drop=True)
    keys = pd.MultiIndex.from_frame(kept[["kind", "trial"]])
    return kept.assign(also=others.reindex(keys).to_numpy())[COLUMNS]


def _said(row: Any) -> str:
    outcome = lower_first(row.outcome_label)
    what = WHAT[row.kind].format(
        label=row.label,
        people=count(row.n, "person", "people") if row.n == row.n else "number of people unknown",
        outcome=outcome,
        place=READ_FROM[row.read_from].words if row.read_from in READ_FROM else "a place that is not named",
        silent=row.silent,
        components=row.components,
    )
    does = "; ".join(_does(row, outcome))
    return f"{what}{': ' if does else ''}{does}. {ENTER.format(file=_from_here(row.file), row=_numbered(row))}"


def _does(row: Any, outcome: str) -> Iterable[str]:
    """Say what it could do, by what is known of that."""
    if row.third:
        yield THIRD.format(outcome=outcome)
    if row.kind == "numbers" and row.chance >= LEAST_CHANCE:
        yield CHANGES.format(chance=percent(100 * row.chance))
    if row.narrower > 0:
        yield NARROWS.format(share=percent(100 * row.narrower))
    if row.kind in ("paper", "judgement"):
        yield (WITHOUT if row.flips else HANGS).format(outcome=outcome, moves=number(row.moves))
    if row.kind == "silence":
        yield (SLOPE_CHANGES if row.flips else SLOPE_MOVES).format(outcome=outcome, moves=number(row.moves))


def _numbered(row: Any) -> str:
    return f", row {row.row}" if row.row else ""


def _place(row: Any) -> str:
    return f"{_from_here(row.file)}{_numbered(row)}"


def _from_here(file: str) -> str:
    """Return a path as seen from the folder that holds the notebooks: they run below it, who reads stands in it."""
    while file.startswith("../"):
        file = file.removeprefix("../")
    return file
