"""How much a slope on fidelity depends on what silent reports are taken to mean: a ladder of readings.

From the score as described, over one that fills silence with what others of its kind did, to silence that means the
same in every report (one probability for all components, then one a component, at its worst and its best) and to
silence that may mean anything, where no bound on the slope exists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from synthesis.answers.fidelity import MAXIMUM, FidelityScores, score_column, score_fidelity
from synthesis.answers.joint import FIDELITY, MEASURE, design_of, fit_joint, gather_effects
from synthesis.answers.verdicts import FEWEST_SCORED, TRIALS_PER_COVARIATE, Side, favours
from synthesis.choices import LEVEL, METHOD, RHO, SEED, CiMethod, Method, model_choices, option
from synthesis.effects import Effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import CORE_MECHANISMS
from synthesis.kept import kept
from synthesis.results import Result
from synthesis.statistics.models import fit_model
from synthesis.statistics.permutation import slope_statistics
from synthesis.statistics.studentised import null_model
from synthesis.wording import interval, number, share, with_interval

# Probabilities that are tried for what a silent report did.
STEPS = np.arange(11) / 10
# Random places from which the worst and the best reading of silence are searched, beside one probability for all.
STARTS = 24
MOST_SWEEPS = 30

RUNGS = {
    "described": "only what reports describe",
    "calibrated": "silent as others that describe it",
    "same": "every silence counts as {pi}",
    "lowest_t": "one meaning a component, lowest t found",
    "highest_t": "one meaning a component, highest t found",
    "anything": "silence may mean anything in each report",
}
FIRST_PLAN, AMENDMENT = "first plan", "amendment"
PLANS = {"described": FIRST_PLAN, "calibrated": AMENDMENT}
COLUMNS = "rung label plan pi k trials slope ci_lb ci_ub t df least most".split()
KEPT_BACK = "With fewer than ten trials no slope is shown; JSON holds them."
NO_SLOPE = "Under no reading of silence do three trials differ in their scores, so there is no slope."
NO_BOUND = "No bound on the slope exists where silence may mean anything in each report{bound}."
BOUND = "; its t lies within ±{t}"
SAME_VERDICT = (
    "What the interval says is the same under every reading tried in which silence means the same in all reports: "
    "{verdict}."
)
OTHER_VERDICT = (
    "What the interval says depends on the reading of silence. On what reports describe: {first}. Otherwise: {others}."
)
NO_FIRST = "no slope of ten trials"
VERDICTS = {
    Side.OPEN: "no association is detected",
    Side.PEER: "more fidelity goes with more benefit",
    Side.OTHER: "more fidelity goes with less benefit",
}


class Silence(NamedTuple):
    """Scores as a function of what silence means: described + silent @ pi.

    Attributes
    ----------
    described : numpy.ndarray, shape (k,)
        What the given ratings add to each effect's score.
    silent : numpy.ndarray, shape (k, c)
        What each unrated component would add if it were present.
    components : list of str
    """

    described: np.ndarray
    silent: np.ndarray
    components: list[str]

    def score(self, pi: np.ndarray) -> np.ndarray:
        """Return the scores where silence means pi, one number or one a component; shape (k,) or (k, d)."""
        values = np.full(len(self.components), float(pi)) if np.ndim(pi) == 0 else np.asarray(pi, float)
        found = self.silent @ values
        return (self.described if found.ndim == 1 else self.described[:, None]) + found


@dataclass(frozen=True, eq=False)
class SilenceLadder(Result):
    """A slope on fidelity under every rung of the ladder.

    Attributes
    ----------
    outcome, outcome_label : str
        Empty and "All outcomes" for the joint model.
    measure : str
    level : float
    table : pandas.DataFrame
        One row a rung: rung (code of `RUNGS`), label, plan (the first plan's row, the amendment's, or empty), pi, k,
        trials, slope with its interval, t, df, least and most (of the score under that reading). The last row,
        `anything`, has no slope; its t is the bound sqrt(Q), nan where there is none: for the joint model, and
        without a floor under the standard error.
    meanings : dict of dict
        For `lowest_t` and `highest_t`: what silence means there, by component.

    Examples
    --------
    >>> ladder = silence_ladder(effects, scores)
    >>> ladder.is_robust, len(ladder.table)
    (True, 16)
    """

    outcome: str
    outcome_label: str
    measure: str
    level: float
    table: pd.DataFrame
    meanings: dict[str, dict[str, float]]

    @property
    def said(self) -> pd.DataFrame:
        """The rungs with a slope that may be said: of ten trials, where any rung has as many."""
        rows = self.table[self.table["slope"].notna()]
        return rows if self.is_descriptive else rows[rows["trials"].ge(TRIALS_PER_COVARIATE)]

    @property
    def sides(self) -> dict[str, list[Side]]:
        """What the interval says on each of the first four rungs that have a slope to be said."""
        found: dict[str, list[Side]] = {}
        for row in self.said.itertuples():
            found.setdefault(row.rung, []).append(favours(row.ci_lb, row.ci_ub))
        return found

    @property
    def is_robust(self) -> bool:
        """Whether the first four rungs say the same."""
        return len({side for own in self.sides.values() for side in own}) == 1

    @property
    def is_descriptive(self) -> bool:
        """Whether there are fewer than ten trials on every rung, so that words and pictures show no slope."""
        return bool(self.table["trials"].max() < TRIALS_PER_COVARIATE)

    @property
    def range(self) -> tuple[float, float]:
        """Ends of all intervals from the least to the most faithful trial, over the first four rungs."""
        rows = self.said
        span = rows["most"] - rows["least"]
        return float((span * rows["ci_lb"]).min()), float((span * rows["ci_ub"]).max())

    def sentences(self) -> list[str]:
        """Say whether the answer depends on what silence means, and what no reading can bound."""
        if self.is_descriptive:
            return [KEPT_BACK]
        sides = self.sides
        first = sides["described"][0] if "described" in sides else None
        others = dict.fromkeys(side for own in sides.values() for side in own if side is not first)
        if self.is_robust:
            said = SAME_VERDICT.format(verdict=VERDICTS[next(iter(sides.values()))[0]])
        else:
            where = [f"{VERDICTS[side]} ({self._where(side)})" for side in others]
            known = VERDICTS[first] if first is not None else NO_FIRST
            said = OTHER_VERDICT.format(first=known, others="; ".join(where))
        bound = self.table.loc[self.table["rung"].eq("anything"), "t"].iloc[0]
        return [said, NO_BOUND.format(bound="" if np.isnan(bound) else BOUND.format(t=number(bound)))]

    def _where(self, side: Side) -> str:
        rows = self.said
        held = [favours(*ends) is side for ends in rows[["ci_lb", "ci_ub"]].to_numpy(float)]
        labels = list(dict.fromkeys(rows.loc[held, "label"]))
        return labels[0] if len(labels) == 1 else f"{len(labels)} of {len(rows)} readings"

    def to_frame(self) -> pd.DataFrame:
        """Return the rungs."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the rungs with what silence means at the extremes."""
        own = {name: getattr(self, name) for name in ("outcome", "measure", "level")}
        return own | {
            "robust": self.is_robust,
            "withheld": ["slope_below_ten_trials"] if self.table["trials"].lt(TRIALS_PER_COVARIATE).any() else [],
            "rungs": self.table.to_dict("records"),
            "meanings": self.meanings,
        }

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each reading of silence and what becomes of the slope."""
        rows = self.table
        kept = rows["trials"].ge(TRIALS_PER_COVARIATE)
        span = (rows["most"] - rows["least"]).where(kept)
        ends = rows[["slope", "ci_lb", "ci_ub"]].mul(span, axis=0).to_numpy(float)
        t = [
            f"within ±{number(t)}" if rung == "anything" and not np.isnan(t) else number(t, signed=True)
            for rung, t in zip(rows["rung"], rows["t"].where(kept), strict=True)
        ]
        scores = ["" if np.isnan(low) else interval(low, high) for low, high in rows[["least", "most"]].to_numpy(float)]
        return pd.DataFrame(
            {
                "Reading of silence": rows["label"],
                "Plan": rows["plan"],
                "Trials": rows["trials"].astype(int),
                "Scores": scores,
                f"Least to most faithful trial ({share(self.level)} CI)": [
                    with_interval(*own, signed=True) for own in ends
                ],
                "t": ["" if own in ("", "–") else own for own in t],
            }
        )

    def __str__(self) -> str:
        return " ".join(self.sentences())


def _content(
    effects: Effects, scores: FidelityScores, method: str, ci: str | None, level: float, seed: int
) -> list[Any]:
    return [effects, scores, model_choices(method, ci, level), seed]


@kept(_content)
def silence_ladder(
    effects: Effects,
    scores: FidelityScores,
    *,
    method: Method = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
    seed: int = SEED,
) -> SilenceLadder:
    """Fit the slope of one outcome's benefit on fidelity under every reading of silence.

    Parameters
    ----------
    effects : Effects
    scores : FidelityScores
    method, ci, level
        As in `fidelity_slope`.
    seed : int
        Of the places from which the extremes are searched.

    Returns
    -------
    SilenceLadder

    Raises
    ------
    NotEstimableError
        With fewer than three coded effects, or an outcome whose direction is not settled.

    Notes
    -----
    Silence as one probability a component is searched for the lowest and the highest t by coordinate ascent over eleven
    steps, from 35 places: the largest found, a bound on t from within, not on the slope [manski2003partial]. Where
    silence may mean anything the slope has none, and `|t|` is at most the root of Cochran's Q; without a floor under
    the standard error (`knapp-hartung`) t has no bound either.

    Examples
    --------
    >>> ladder = silence_ladder(effects, scores)
    >>> print(ladder.sentences()[0])
    What the interval says is the same under every reading tried in which silence means the same in
    all reports: no association is detected.
    """
    method, ci, level = model_choices(method, ci, level)
    if not effects.is_settled:
        raise NotEstimableError(f"Which direction of {effects.outcome_label} is better is not settled.")
    frame = effects.with_moderators(scores.contrasts(effects.frame)).frame
    frame, silence = _coded(frame, scores)
    yi, vi = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float)

    def fitted(x: np.ndarray) -> dict[str, float]:
        fit = fit_model(yi[~np.isnan(x)], vi[~np.isnan(x)], _line(x), method=method, ci=ci, level=level)
        return {"slope": fit.beta[1], "ci_lb": fit.ci_lb[1], "ci_ub": fit.ci_ub[1], "t": fit.statistic[1]} | {
            "df": fit.df
        }

    def statistics(x: np.ndarray) -> np.ndarray:
        same = np.ones(x.shape[1])
        return slope_statistics(yi[:, None] * same, vi[:, None] * same, x, method=method, ci=ci)

    weights = 1 / vi
    Q = float(np.sum(weights * (yi - np.average(yi, weights=weights)) ** 2))
    table, meanings = _rungs(frame, silence, fitted, statistics, seed)
    if ci != "knapp-hartung":
        table.loc[table["rung"].eq("anything"), "t"] = np.sqrt(Q)
    return SilenceLadder(effects.outcome, effects.outcome_label, effects.measure, level, table, meanings)


def joint_silence_ladder(
    evidence: Evidence,
    *,
    outcomes: list[str] | None = None,
    effects: Mapping[str, Effects] | None = None,
    scores: FidelityScores | None = None,
    gathered: pd.DataFrame | None = None,
    rho: float = RHO,
    level: float = LEVEL,
    seed: int = SEED,
) -> SilenceLadder:
    """Fit the slope over all outcomes at once under every reading of silence.

    Parameters
    ----------
    evidence, outcomes, effects, scores, rho, level, seed
        As in `joint`.
    gathered : pandas.DataFrame, optional
        What `gather_effects` gives, where it is at hand.

    Returns
    -------
    SilenceLadder
        Intervals are the wider ones of `Joint`; the extremes are searched at the variances of the model without the
        score, where the score is linear in what silence means, and fitted anew.

    Examples
    --------
    >>> ladder = joint_silence_ladder(evidence, outcomes=["recovery", "hope"])
    >>> ladder.table[["label", "slope"]].round(2).head(2)
                                   label  slope
    0         only what reports describe   0.05
    1  silent as others that describe it  -0.02
    """
    rho, level = option("rho", rho), option("level", level)
    scores = scores if scores is not None else score_fidelity(evidence)
    if gathered is None:
        gathered = gather_effects(evidence, outcomes=outcomes, effects=effects, scores=scores)
    frame, silence = _coded(gathered, scores)
    beside = np.column_stack([np.ones(len(frame)), design_of(frame)])
    cluster = pd.factorize(frame["trial"])[0]
    arrays = frame["benefit"].to_numpy(float), frame["vi"].to_numpy(float), cluster
    model = null_model(*arrays, beside, rho=rho)

    def fitted(x: np.ndarray) -> dict[str, float]:
        known = frame.assign(**{FIDELITY: x}).dropna(subset=[FIDELITY]).reset_index(drop=True)
        fit = fit_joint(known, FIDELITY, rho=rho, level=level, permutations=1, seed=seed)
        t = fit.slope / max(fit.se, fit.se_model)
        return {"slope": fit.slope, "ci_lb": fit.ci_lb_wider, "ci_ub": fit.ci_ub_wider, "t": t, "df": fit.df}

    def statistics(x: np.ndarray) -> np.ndarray:
        return model.statistics(x)[1]

    table, meanings = _rungs(frame, silence, fitted, statistics, seed)
    return SilenceLadder("", "All outcomes", MEASURE, level, table, meanings)


def silence_of(frame: pd.DataFrame, scores: FidelityScores) -> Silence:
    """Return what is described and what is silent in the intervention arms of effects."""
    core = scores.ratings[scores.ratings["mechanism"].isin(CORE_MECHANISMS)]
    sizes = core.drop_duplicates("component").groupby("mechanism")["component"].size()
    weight = core["mechanism"].map(1 / (len(sizes) * sizes)).to_numpy(float)
    rows = core.assign(
        given=weight * core["rating"].fillna(0.0) / MAXIMUM, silent=np.where(core["rating"].isna(), weight, 0.0)
    )
    keys = ["trial", "arm"]
    wanted = pd.MultiIndex.from_frame(frame[["trial", "intervention_arm"]])
    described = rows.groupby(keys, sort=False)["given"].sum()
    silent = rows.pivot_table(index=keys, columns="component", values="silent", sort=False)
    return Silence(
        described.reindex(wanted).to_numpy(float), silent.reindex(wanted).to_numpy(float), list(silent.columns)
    )


def _coded(frame: pd.DataFrame, scores: FidelityScores) -> tuple[pd.DataFrame, Silence]:
    """Keep the effects of coded arms."""
    silence = silence_of(frame, scores)
    coded = ~np.isnan(silence.described)
    if coded.sum() < FEWEST_SCORED:
        raise NotEstimableError(
            f"{coded.sum()} of {len(coded)} effects are of coded arms; a slope needs at least three."
        )
    kept = Silence(silence.described[coded], silence.silent[coded], silence.components)
    return frame[coded].reset_index(drop=True), kept


def _line(x: np.ndarray) -> np.ndarray:
    known = x[~np.isnan(x)]
    return np.column_stack([np.ones(len(known)), known])


def _rungs(
    frame: pd.DataFrame,
    silence: Silence,
    fitted: Callable[[np.ndarray], dict[str, float]],
    statistics: Callable[[np.ndarray], np.ndarray],
    seed: int,
) -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    readings: list[tuple[str, float, np.ndarray]] = [
        (name, np.nan, frame[score_column(name)].to_numpy(float)) for name in ("described", "calibrated")
    ]
    readings += [("same", float(pi), silence.score(pi)) for pi in STEPS]
    meanings = {}
    for name, turn in (("lowest_t", -1.0), ("highest_t", 1.0)):
        pi = _extreme(silence, lambda x, turn=turn: turn * statistics(x), seed)
        meanings[name] = dict(zip(silence.components, pi.tolist(), strict=True))
        readings.append((name, np.nan, silence.score(pi)))
    rows = [_row(name, pi, x, frame, fitted) for name, pi, x in readings]
    rows.append({"rung": "anything", "label": RUNGS["anything"], "k": len(frame), "trials": frame["trial"].nunique()})
    table = pd.DataFrame(rows, columns=COLUMNS)
    if table["slope"].isna().all():
        raise NotEstimableError(NO_SLOPE)
    return table.assign(plan=table["rung"].map(PLANS).fillna("")), meanings


def _row(
    name: str, pi: float, x: np.ndarray, frame: pd.DataFrame, fitted: Callable[[np.ndarray], dict[str, float]]
) -> dict[str, Any]:
    known = ~np.isnan(x)
    row = {"rung": name, "label": RUNGS[name].format(pi=number(pi, 1)), "pi": pi, "k": int(known.sum())}
    row |= {"trials": frame.loc[known, "trial"].nunique()}
    if row["trials"] < FEWEST_SCORED or np.ptp(x[known]) < 1e-12:
        return row
    try:
        found = fitted(x)
    except NotEstimableError:
        return row
    return row | {"least": x[known].min(), "most": x[known].max()} | found


def _extreme(silence: Silence, objective: Callable[[np.ndarray], np.ndarray], seed: int) -> np.ndarray:
    """Climb from all starts at once, one component after the other, to the meaning of silence of the highest value."""
    c = len(silence.components)
    drawn = np.random.default_rng(seed).choice(STEPS, size=(STARTS, c))
    pi = np.vstack([np.repeat(STEPS[:, None], c, axis=1), drawn])
    best = _values(silence, objective, pi)
    for _ in range(MOST_SWEEPS):
        before = best.copy()
        for component in range(c):
            tried = np.repeat(pi, len(STEPS), axis=0)
            tried[:, component] = np.tile(STEPS, len(pi))
            values = _values(silence, objective, tried).reshape(len(pi), len(STEPS))
            chosen = values.argmax(axis=1)
            better = values.max(axis=1) > best
            pi[better, component] = STEPS[chosen[better]]
            best = np.maximum(best, values.max(axis=1))
        if np.all(best <= before + 1e-9):
            break
    return pi[best.argmax()]


def _values(silence: Silence, objective: Callable[[np.ndarray], np.ndarray], pi: np.ndarray) -> np.ndarray:
    """Return the objective for each row of meanings; the worst where all scores are the same."""
    x = silence.score(pi.T)
    differs = np.ptp(x, axis=0) > 1e-12
    values = np.full(len(pi), -np.inf)
    if differs.any():
        values[differs] = np.nan_to_num(objective(x[:, differs]), nan=-np.inf)
    return values
