"""Coder agreement of a whole evidence base: per component of the codebook, and over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from synthesis.choices import LEVEL, SEED
from synthesis.errors import DataError, Finding
from synthesis.results import Result
from synthesis.statistics.agreement.raters import CoderAgreement, rater_agreement
from synthesis.wording import bracketed, number, percent, whole

if TYPE_CHECKING:
    from synthesis.evidence import Evidence

CONSENSUS = "consensus"
CATEGORIES = (0, 1, 2)
UNIT = ["trial", "arm", "component"]


@dataclass(frozen=True, eq=False)
class AgreementTable(Result):
    """How far coders agree on each component.

    Attributes
    ----------
    components : DataFrame
        One row per component, in the codebook's order: component, the counts of `CoderAgreement` (its clusters, the
        trials, as n_trials), each coefficient with `_ci_lb` and `_ci_ub`, notes. Percentages run from 0 to 100.
    overall : dict
        The same for all components pooled, a unit being (trial, arm, component). Its intervals take trials as the
        independent units, so ratings within a trial may depend on each other. Chance agreement is that of the pooled
        ratings: where components differ in prevalence the pooled kappa and alpha can exceed every component's own.
    coders : tuple of str
        The coders who entered; consensus rows did not.
    level : float
        Confidence level of the intervals.
    bootstrap, seed : int
        Resamples of trials behind the intervals (0: score intervals) and their seed.
    labels, mechanisms : mapping of str to str
        What the codebook calls each component, and the code of its mechanism; none for one that it does not have.

    Examples
    --------
    >>> agreement = coder_agreement(evidence)
    >>> print(agreement)
    2 coders, 905 codes rated by two or more in 97 trials: 90% agree, AC2 0.93 [0.91, 0.94], alpha
    0.87 [0.83, 0.90]; on whether the report says anything (2159 codes): 95% agree, AC1 0.90 [0.87,
    0.92]
    >>> round(agreement.overall["gwet_ac1"], 2)
    0.87
    """

    components: pd.DataFrame
    overall: dict[str, Any]
    coders: tuple[str, ...]
    level: float = LEVEL
    bootstrap: int = 0
    seed: int = SEED
    labels: Mapping[str, str] = field(default_factory=dict)
    mechanisms: Mapping[str, str] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Return the components and, last, a row `overall`."""
        overall = pd.DataFrame([{"component": "overall"} | self.overall])
        return pd.concat([self.components, overall], ignore_index=True) if len(self.components) else overall

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON object; undefined numbers are nan."""
        return {
            "components": self.components.to_dict(orient="records"),
            "overall": dict(self.overall),
            "coders": list(self.coders),
            "level": self.level,
        }

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: each component with its agreement and two coefficients."""
        frame = self.to_frame()
        return pd.DataFrame(
            {
                "Component": frame["component"],
                "n": frame["n"].map(whole),
                "Agree": frame["percent"].map(percent),
                "AC2": frame["gwet_ac2"].map(number),
                "Alpha": frame["krippendorff_alpha"].map(number),
            }
        )

    def __str__(self) -> str:
        entry = self.overall
        if not entry["n"]:
            return f"No component of any arm was rated by two coders ({entry['n_units']} were looked at by two)."
        return (
            f"{len(self.coders)} coders, {entry['n']} codes rated by two or more in {entry['n_trials']} trials: "
            f"{percent(entry['percent'])} agree, AC2 {_shown(entry, 'gwet_ac2')}, "
            f"alpha {_shown(entry, 'krippendorff_alpha')}; "
            f"on whether the report says anything ({entry['n_units']} codes): "
            f"{percent(entry['reporting_percent'])} agree, AC1 {_shown(entry, 'reporting_gwet_ac1')}"
        )


def _shown(entry: dict[str, Any], name: str) -> str:
    return f"{number(entry[name])} {bracketed(entry[f'{name}_ci_lb'], entry[f'{name}_ci_ub'])}"


def coder_agreement(
    evidence: Evidence, *, level: float = LEVEL, bootstrap: int = 0, seed: int = SEED
) -> AgreementTable:
    """How far coders agree, per component and overall.

    Parameters
    ----------
    evidence : Evidence
        Its `components` (trial, arm, component, coder, rating) are used, and of `codebook.components` order, labels and
        mechanisms.
    level : float
        Confidence level of the intervals.
    bootstrap : int
        Resamples of trials for percentile intervals; 0, the default, for score intervals (see Notes).
    seed : int
        Of the bootstrap.

    Returns
    -------
    AgreementTable

    Notes
    -----
    Rows of the coder `consensus` are left out. An empty rating says "the report does not say" and enters the reporting
    coefficients; a missing row says that the coder did not look and enters nothing. The coefficients and intervals are
    those of `rater_agreement`, with trials as clusters throughout, since arms of a trial share a report.

    References
    ----------
    cohen1960coefficient, cohen1968weighted, gwet2008, gwet2014handbook, krippendorff2011computing.

    Examples
    --------
    >>> agreement = coder_agreement(evidence)
    >>> agreement.components[["component", "n", "gwet_ac2"]].round(2).head(2)
                  component    n  gwet_ac2
    0  disclosed_experience  117      0.93
    1         story_sharing   41      0.94
    """
    known = evidence.codebook.components.set_index("component")
    found = agreement_of_frame(evidence.components, list(known.index), level=level, bootstrap=bootstrap, seed=seed)
    return replace(found, labels=known["label"].to_dict(), mechanisms=known["mechanism"].to_dict())


def agreement_of_frame(
    components: pd.DataFrame,
    order: Sequence[str],
    *,
    level: float = LEVEL,
    bootstrap: int = 0,
    seed: int = SEED,
) -> AgreementTable:
    """How far coders agree, from a plain frame of ratings.

    Parameters
    ----------
    components : DataFrame
        trial, arm, component, coder, rating (0, 1, 2 or nan); `row`, if there, is quoted in errors.
    order : sequence of str
        Components in the order wanted; those without a rating are kept, and others found follow at the end.
    level, bootstrap, seed
        As for `coder_agreement`.

    Returns
    -------
    AgreementTable

    Raises
    ------
    DataError
        If a rating is not 0, 1 or 2, a coder's name is empty, or a coder rated the same component of an arm twice.
    """
    rows = components[components["coder"] != CONSENSUS].reset_index(drop=True)
    _refuse_unusable(rows)
    units = rows.drop_duplicates(UNIT)
    unit = rows.groupby(UNIT, sort=False).ngroup().to_numpy()
    coder, coders = pd.factorize(rows["coder"], sort=True)
    ratings = np.full((len(units), len(coders)), np.nan)
    ratings[unit, coder] = rows["rating"].to_numpy(dtype=float, na_value=np.nan)
    looked = np.zeros(ratings.shape, dtype=bool)
    looked[unit, coder] = True

    trial_of, component_of = (units[name].to_numpy(dtype=object) for name in ("trial", "component"))
    options = {"categories": CATEGORIES, "level": level, "bootstrap": bootstrap, "seed": seed}
    names = list(dict.fromkeys([*order, *component_of]))
    entries = []
    for name in names:
        mine = component_of == name
        agreement = rater_agreement(ratings[mine], looked=looked[mine], clusters=trial_of[mine], **options)
        entries.append({"component": name} | _record(agreement))
    overall = _record(rater_agreement(ratings, looked=looked, clusters=trial_of, **options))
    frame = pd.DataFrame(entries, columns=["component", *overall])
    return AgreementTable(frame, overall, tuple(map(str, coders)), level, bootstrap, seed)


def _record(agreement: CoderAgreement) -> dict[str, Any]:
    """Return the flat record with clusters called what they are here, trials."""
    return {"n_trials" if key == "n_clusters" else key: value for key, value in agreement.to_dict().items()}


def _refuse_unusable(rows: pd.DataFrame) -> None:
    """Raise one error that lists every row from which agreement cannot be computed."""
    rating = rows["rating"].to_numpy(dtype=float, na_value=np.nan)
    nameless = rows["coder"].isna() | (rows["coder"] == "")
    strange = ~np.isnan(rating) & ~np.isin(rating, CATEGORIES)
    twice = rows.duplicated([*UNIT, "coder"], keep=False)
    faults = [
        (nameless, "coder", "has no coder.", "Name who rated this row."),
        (strange, "rating", "has a rating that is not 0, 1 or 2.", "Leave it empty where the report does not say."),
        (twice, "component", "was rated twice by the same coder.", "Keep one row per coder, arm and component."),
    ]
    findings = [
        _finding(row, column, message, hint)
        for fault, column, message, hint in faults
        for row in rows[np.asarray(fault)].to_dict(orient="records")
    ]
    if findings:
        raise DataError(findings)


def _finding(row: dict[str, Any], column: str, message: str, hint: str) -> Finding:
    value = None if pd.isna(row[column]) else str(row[column])
    line = None if pd.isna(row.get("row")) else int(row["row"])
    return Finding(
        severity="error",
        file=f"trials/{row['trial']}/components.csv",
        row=line,
        column=column,
        value=value,
        message=f"{row['component']} of arm {row['arm']} {message}",
        hint=hint,
        rule="agreement_ratings",
    )
