"""From the rows of one outcome to one effect per comparison of arms, with everything left out and why.

The order is: decisions, the route from what was printed to an effect, clustering, direction, time point and instrument,
shared arms. Every assumption a row needed is a code in its `assumptions`; `note` says them in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from synthesis.choices import DEPENDENCE, ICC, TIMEPOINT, Dependence, MeasureCode, chosen, timepoint_months
from synthesis.effects.assumptions import has
from synthesis.effects.kept import content_of_effects
from synthesis.effects.left_out import KINDS, explain, kind_in_words
from synthesis.effects.pooled import chosen_rows, pooled_rows, readable, usable
from synthesis.effects.routes import ROUTES
from synthesis.effects.rows import computed_rows, prepare_rows
from synthesis.errors import ChoiceError, InputError
from synthesis.evidence import Evidence
from synthesis.evidence.readings import AS_PRINTED, Readings
from synthesis.evidence.vocabulary import BENEFIT_SIGN, NEUTRAL, UNSETTLED, Names
from synthesis.kept import kept
from synthesis.results import Result
from synthesis.statistics.distributions import normal_quantile
from synthesis.statistics.measures import MEASURE_LABELS, MEASURES
from synthesis.wording import count, months

# Two routes to one effect disagree when they are further apart than this share of the effect's standard error.
CROSS_CHECK_TOLERANCE = 0.25

FRAME_COLUMNS = """
    trial label yi vi sei benefit instrument timepoint_months intervention_arm comparator_arm comparator_type
    aligned routes assumptions note decisions decided
    n_intervention n_comparator mean_intervention sd_intervention mean_comparator sd_comparator
    events_intervention events_comparator scoring period change adjusted sd_ratio adjusted_r
    design design_effect cluster_size icc
    counted_events_intervention counted_n_intervention counted_events_comparator counted_n_comparator
    shared rob reported_direction read_from doi source file row
""".split()
CHECK_COLUMNS = "trial label instrument timepoint_months route yi check_route check_yi file row".split()


@dataclass(frozen=True, eq=False)
class Effects(Result):
    """The effects of one outcome, ready to pool.

    Attributes
    ----------
    outcome, outcome_label, measure, timepoint : str
        What they are effects on, in which measure and at which time.
    better : {"higher", "lower", "unsettled"}
        The direction of the outcome that is good for people; unsettled where nobody has settled it, or that of a scale
        among the effects: no side is then named, and `benefit` and `turn` are nan.
    as_printed : bool
        True where decisions of the review team were ignored.
    icc : float
        Intracluster correlation assumed where a cluster trial reports none.
    frame : pandas.DataFrame
        One row an effect. `yi`, `vi` on the analysis scale (log for ratios), intervention minus comparator, every
        instrument turned the outcome's way (`aligned` says which were turned); `benefit` positive in favour of what is
        tried. `routes`, `assumptions` and `decisions` are tuples of codes (of `effects.routes.ROUTES`,
        `effects.assumptions.ASSUMPTIONS`, `effects.decisions.DECISIONS`); `note` and `decided` say them to people.
        `doi` is that of the trial's main report; `source` and `read_from` say what was read.
        The `counted_` columns hold the fourfold table of an effect from counts as a pool of events takes it: its share
        of a divided arm, effective numbers of a cluster trial, arms on exchanged sides where the effect was turned.
    left_out : pandas.DataFrame
        Every other row of the outcome, with the same columns as far as they exist, and its `cause` (code of
        `effects.left_out.REASONS`), `kind` (a code of `effects.left_out.KINDS`) and `reason` in words.
    cross_checks : pandas.DataFrame
        Rows with a second route to the same effect: both values and whether they agree.
    names : Names
        What the review calls what is tried and what it is compared with.
    readings : Readings
        How figures of models were read.
    dependence : {"one", "che"}
        Whether all results of a comparison at every time are averaged, or stand as effects of their own.

    Examples
    --------
    >>> print(effects)
    17 effects of 17 trials on personal recovery (SMD)
    >>> effects.frame[["label", "yi", "vi"]].round(3).head(2)
                       label     yi     vi
    0   Barbic et al. (2009)  0.908  0.134
    1  Chinman et al. (2015) -0.075  0.049
    >>> effects.n_trials
    17
    """

    outcome: str
    outcome_label: str
    measure: str
    timepoint: str
    better: str
    as_printed: bool
    icc: float
    frame: pd.DataFrame
    left_out: pd.DataFrame
    cross_checks: pd.DataFrame
    names: Names = NEUTRAL
    readings: Readings = AS_PRINTED
    dependence: str = DEPENDENCE

    @property
    def settings(self) -> dict[str, Any]:
        """The keywords of `compute_effects` that read rows as these were read, whatever the root's own readings."""
        own = {name: getattr(self, name) for name in ("measure", "timepoint", "as_printed", "icc", "dependence")}
        return own | self.readings.given()

    @property
    def n_trials(self) -> int:
        """Trials behind the effects; a trial with several comparisons counts once."""
        return int(self.frame["trial"].nunique())

    @property
    def is_settled(self) -> bool:
        """Whether it is settled which direction is good for people."""
        return self.better != UNSETTLED

    @property
    def turn(self) -> float:
        """What turns an effect into benefit: -1 where lower is better, nan where that is not settled."""
        return BENEFIT_SIGN[self.better]

    def to_frame(self) -> pd.DataFrame:
        """Return the effects."""
        return self.frame.copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the settings, the effects and what was left out, as plain values."""
        settings = {
            name: getattr(self, name) for name in ("outcome", "measure", "timepoint", "better", "as_printed", "icc")
        }
        return (
            settings
            | self.readings._asdict()
            | {
                "effects": self.frame.to_dict("records"),
                "left_out": self.left_out.to_dict("records"),
            }
        )

    def with_moderators(self, moderators: pd.DataFrame) -> Effects:
        """Return the effects with moderator columns joined.

        Parameters
        ----------
        moderators : pandas.DataFrame
            One row a trial, or a trial and intervention arm, or a comparison; keyed by `trial` and whichever of the
            columns intervention_arm (or `arm`, as fidelity scores have it) and comparator_arm it has. Moderators of the
            same name that were joined before are replaced; the columns of the effects themselves are kept.
        """
        if "intervention_arm" not in moderators:
            moderators = moderators.rename(columns={"arm": "intervention_arm"})
        keys = [name for name in ("trial", "intervention_arm", "comparator_arm") if name in moderators]
        new = [name for name in moderators if name not in FRAME_COLUMNS]
        frame = self.frame.drop(columns=[name for name in new if name in self.frame])
        return replace(self, frame=frame.merge(moderators[keys + new], on=keys, how="left", validate="many_to_one"))

    def subset(self, keep: pd.Series) -> Effects:
        """Return only the effects for which `keep` is true."""
        return replace(self, frame=self.frame[keep.to_numpy()].reset_index(drop=True))

    def participants(self) -> tuple[int, int]:
        """Count the people analysed, each arm once, and the effects whose arm sizes are unknown."""
        largest: dict[tuple[str, str], float] = {}
        unknown = np.zeros(len(self.frame), bool)
        for side in ("intervention", "comparator"):
            sizes = self.frame[f"n_{side}"].to_numpy(float)
            unknown |= np.isnan(sizes)
            arms = zip(self.frame["trial"].array, self.frame[f"{side}_arm"].array, strict=True)
            for arm, size in zip(arms, sizes, strict=True):
                if size > largest.get(arm, 0.0):
                    largest[arm] = size
        return int(sum(largest.values())), int(unknown.sum())

    def why_left_out(self) -> str:
        """Say in a sentence how many rows were left out for which kind of reason."""
        counts = self.left_out["kind"].value_counts()
        parts = [f"{counts[kind]} {kind_in_words(kind, self.measure)}" for kind in KINDS if counts.get(kind, 0)]
        if parts:
            return f"Rows left out: {', '.join(parts)}."
        return "No trial measured it." if self.frame.empty else ""

    def shown(self) -> pd.DataFrame:
        """Return the effects as a notebook shows them: the effect and its interval first."""
        measure, half = MEASURES[self.measure], normal_quantile(0.975) * self.frame["sei"]
        intervals = zip(self.frame["yi"] - half, self.frame["yi"] + half, strict=True)
        return pd.DataFrame(
            {
                "Trial": self.frame["label"],
                self.measure: self.frame["yi"].map(measure.text),
                "95% CI": [measure.interval(*ends) for ends in intervals],
                "Instrument": self.frame["instrument"],
                "Month": self.frame["timepoint_months"].map(months),
                "From": ["; ".join(ROUTES[code].says for code in codes) for codes in self.frame["routes"]],
            }
        )

    def __str__(self) -> str:
        found = f"{count(len(self.frame), 'effect')} of {count(self.n_trials, 'trial')}"
        return f"{found} on {self.outcome_label.lower()} ({self.measure})"


@kept(content_of_effects)
def compute_effects(
    evidence: Evidence,
    outcome: str,
    *,
    measure: MeasureCode | str | None = None,
    timepoint: str = TIMEPOINT,
    as_printed: bool = False,
    icc: float = ICC,
    adjusted_r: float | str | None = None,
    small_trial_t: bool | None = None,
    printed_df: bool | None = None,
    prefer_adjusted: bool = False,
    dependence: Dependence = DEPENDENCE,
) -> Effects:
    """Compute one effect per comparison of arms on one outcome.

    Parameters
    ----------
    evidence : Evidence
    outcome : str
        An outcome domain of the codebook, by its key or its label: `"recovery"`, `"Personal recovery"`.
    measure : {"SMD", "MD", "ROM", "OR", "PETO", "RR", "RD", "HR", "IRR"}, optional
        Effect measure; the codebook's for the domain by default.
    timepoint : str
        `longest` follow-up with a usable result (default), `closest:MONTHS`, or `all` (every time point and instrument,
        averaged within a comparison with an assumed correlation, so that no trial counts twice).
    as_printed : bool
        Ignore the review team's decisions.
    icc : float
        Intracluster correlation assumed for cluster trials that report none.
    adjusted_r : float or "none", optional
        Correlation of an outcome with what its model was adjusted for, the baseline above all. An SMD standardised by
        the residual SD of a model is multiplied by sqrt(1 - r2), one standardised by an SD of changes by
        sqrt(2(1 - r)), its variance by the square; "none" leaves both as they are. The root's own reading by default,
        as for the two that follow.
    small_trial_t : bool, optional
        Find the standard error behind the interval of a mean difference by t where fewer than 60 people an arm were
        analysed.
    printed_df : bool, optional
        Use degrees of freedom that a report prints in the place of n1 + n2 - 2.
    prefer_adjusted : bool
        Put an adjusted estimate before the arms' raw final means, standardised by the arms' SDs.
    dependence : {"one", "che"}
        With `timepoint="all"`: average a comparison's results, or keep each as an effect, for `pool_dependent`.

    Returns
    -------
    Effects

    Raises
    ------
    ChoiceError
        For an outcome, measure, time point or reading that does not exist.

    Examples
    --------
    >>> effects = compute_effects(load_evidence(), "recovery")
    >>> print(effects)
    17 effects of 17 trials on personal recovery (SMD)
    """
    domain = evidence.codebook.outcome(outcome)
    outcome = str(domain["outcome"])
    measure = chosen("measure", measure or str(domain["measure"]), MEASURE_LABELS)
    timepoint_months(timepoint)
    dependence = chosen("dependence", dependence, get_args(Dependence))  # type: ignore[assignment]
    if not 0 <= icc <= 1:
        raise ChoiceError("icc", icc, ["a number from 0 to 1, such as 0.05"])
    readings = evidence.codebook.review.readings.but(
        adjusted_r=adjusted_r, small_trial_t=small_trial_t, printed_df=printed_df, prefer_adjusted=prefer_adjusted
    )
    rows = prepare_rows(evidence, outcome, as_printed=as_printed)
    computed = computed_rows(rows, measure, domain["better"], icc, readings)
    selected = chosen_rows(computed, evidence.codebook, timepoint)
    read = {"icc": icc, "readings": readings, "timepoint": timepoint, "dependence": dependence}
    pooled = pooled_rows(selected, measure, domain["better"], **read)
    others, names = readable(computed.drop(index=selected.index)), evidence.codebook.review.names
    return Effects(
        outcome=outcome,
        outcome_label=str(domain["label"]),
        measure=measure,
        timepoint=timepoint,
        better=UNSETTLED if has(pooled["assumptions"], "scale_unsettled").any() else str(domain["better"]),
        as_printed=as_printed,
        icc=icc,
        frame=pooled[FRAME_COLUMNS].reset_index(drop=True),
        left_out=explain(others, measure, names)[[*FRAME_COLUMNS, "cause", "kind", "reason"]].reset_index(drop=True),
        cross_checks=_cross_checks(computed[usable(computed)]),
        names=names,
        readings=readings,
        dependence=dependence,
    )


def require_effects(given: object, what: str) -> None:
    """Refuse what is not `Effects`, and say how they are made.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from synthesis.effects import require_effects
    >>> require_effects(effects, "pool")
    >>> require_effects([0.1, 0.3], "pool")
    Traceback (most recent call last):
        ...
    synthesis.errors.InputError: pool takes effects, not list: compute_effects makes them of ...
    """
    if not isinstance(given, Effects):
        raise InputError(
            f"{what} takes effects, not {type(given).__name__}: "
            "compute_effects makes them of evidence, effects_from of numbers."
        )


def effects_listing(evidence: Evidence, outcome: str | None = None, **options: Any) -> pd.DataFrame:
    """List every row of one outcome, or of all, with its effect where there is one.

    Parameters
    ----------
    evidence : Evidence
    outcome : str, optional
    **options
        As `compute_effects` takes them.

    Returns
    -------
    pandas.DataFrame
        outcome, measure, the columns of `Effects.frame`, `status` (pooled, or the kind of reason why not), `cause` and
        `reason`.

    Examples
    --------
    >>> listing = effects_listing(evidence, "hope")
    >>> listing["status"].value_counts().to_dict()
    {'pooled': 7, 'without_numbers': 7, 'not_selected': 4}
    """
    measured = set(evidence.outcomes["outcome"])
    names = [outcome] if outcome else [name for name in evidence.codebook.outcomes["outcome"] if name in measured]
    parts = []
    for name in names:
        effects = compute_effects(evidence, name, **options)
        pooled = effects.frame.assign(status="pooled", cause="", reason="")
        rows = pd.concat([pooled, effects.left_out.rename(columns={"kind": "status"})], ignore_index=True)
        rows.insert(0, "outcome", effects.outcome)
        rows.insert(1, "measure", effects.measure)
        parts.append(rows.sort_values(["trial", "row"], kind="stable"))
    columns = ["outcome", "measure", *FRAME_COLUMNS, "status", "cause", "reason"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _cross_checks(rows: pd.DataFrame) -> pd.DataFrame:
    """Compare the two routes of every row that has two."""
    two = rows[rows["check_route"].ne("")]
    apart = (two["yi"] - two["check_yi"]).abs() / two["sei"]
    return (
        two[CHECK_COLUMNS].assign(difference_in_se=apart, agrees=apart <= CROSS_CHECK_TOLERANCE).reset_index(drop=True)
    )
