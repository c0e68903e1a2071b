"""The summary of findings over all outcomes: rows to print, numbers to compute with, and who has rated.

Outcomes that were declared and that nobody reported in numbers have their row too [guyatt2025core6].
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from synthesis.answers.coverage import all_effects
from synthesis.answers.grading.grade import Grading, grade_outcome, is_rated
from synthesis.answers.grading.rows import ProfileRow, SummaryRow, kind_of, profile_rows, summary_row
from synthesis.answers.grading.rules import NUMBERS, RULE_VERSION
from synthesis.answers.grading.sof import SCHEMA_NAME, SOF_VERSION, sof_outcome
from synthesis.choices import LEVEL, METHOD, CiMethod, PoolMethod, pool_choices
from synthesis.effects import compute_effects
from synthesis.evidence import Evidence
from synthesis.results import Result, to_json
from synthesis.wording import count, listed

NOBODY_SIGNED = "Nobody has signed yet: reviewers.csv names no one who rates or decides."
SIGNED = "Who rates and decides: {people}."
PERSON = "{reviewer} ({role}; interests: {interests}; funding: {funding})"
NOT_ENTERED = "not entered"
NOBODY_RATED = (
    "Nobody has rated the certainty of this evidence (GRADE) yet: a dash stands where a certainty will, and no "
    "sentence says how sure one can be of an effect. The rules' suggestions stand in the evidence profile with their "
    "facts."
)
RATED = "People have rated the certainty for {rated} of {outcomes}."
STALE = "Rated on earlier data and to be confirmed: {outcomes}; what is said of them is held back until then."
CONVENTION = (
    "For {outcomes} the threshold is a convention and no minimal important difference: nobody has yet set from which "
    "size these outcomes matter to people."
)
NO_THRESHOLD = "For {outcomes} nobody has set a threshold, so nothing is suggested on target and imprecision."
UNCHECKED = (
    "The rules follow Core GRADE (BMJ 2025). Its papers could not be read in full here: of {numbers} numbers {quoted} "
    "were taken from quotations and {authors} from its authors' answers to questions, which want checking against the "
    "papers; {conventions} are conventions of this toolkit."
)


@dataclass(frozen=True, eq=False)
class SummaryOfFindings(Result):
    """What the trials found on every outcome, with the certainty that people gave it.

    Attributes
    ----------
    gradings : dict of Grading
        By outcome, in the codebook's order; a part of an outcome's pool that was rated by itself follows it, under
        ``outcome:pool``.
    evidence : Evidence
    method, ci, level
        As `pool` was given them.

    Examples
    --------
    >>> found = summarise_findings(evidence, outcomes=["recovery"])
    >>> print(found)
    1 outcome, 1 pooled, 0 rated
    >>> found.who()[0]
    'Nobody has signed yet: reviewers.csv names no one who rates or decides.'
    """

    gradings: dict[str, Grading]
    evidence: Evidence
    method: str
    ci: str
    level: float

    def rows(self, *kinds: str) -> tuple[SummaryRow, ...]:
        """Return the rows, all or those of some kinds (codes of `rows.KINDS`)."""
        return tuple(row for row in self._rows if not kinds or row.kind in kinds)

    @cached_property
    def _rows(self) -> tuple[SummaryRow, ...]:
        return tuple(summary_row(grading) for grading in self.gradings.values())

    def profile(self, outcome: str, pool: str = "") -> tuple[ProfileRow, ...]:
        """Return the rows of the evidence profile of one outcome, or of a part of its pool that was rated."""
        return profile_rows(self.gradings[_name(self.evidence.codebook.outcome_key(outcome), pool)])

    @property
    def pooled(self) -> dict[str, Grading]:
        """The outcomes with a pooled statement."""
        return {name: own for name, own in self.gradings.items() if kind_of(own) == "pooled"}

    def who(self) -> list[str]:
        """Say who has signed and rated, or that nobody has."""
        people = [_person(row) for row in self.evidence.reviewers.to_dict("records")]
        said = [SIGNED.format(people=listed(people)) if people else NOBODY_SIGNED]
        if not is_rated(self.evidence):
            return [*said, NOBODY_RATED]
        rated = [own for own in self.pooled.values() if own.certainty]
        said.append(RATED.format(rated=len(rated), outcomes=count(len(self.pooled), "pooled outcome")))
        stale = [name for name, own in self.pooled.items() if own.certainty and own.is_stale]
        return [*said, STALE.format(outcomes=self._labels(stale))] if stale else said

    def basis(self) -> list[str]:
        """Say what the rules stand on: thresholds that are conventions or missing, numbers that want checking."""
        own = {name: grading.facts.threshold for name, grading in self.pooled.items()}
        convention = [name for name, threshold in own.items() if threshold and threshold.kind == "convention"]
        missing = [name for name, threshold in own.items() if threshold is None]
        said = [
            sentence.format(outcomes=self._labels(names))
            for sentence, names in ((CONVENTION, convention), (NO_THRESHOLD, missing))
            if names
        ]
        read = Counter(number.read if number.source else "" for number in NUMBERS.values())
        counts = {"quoted": read["quotation"], "authors": read["authors"], "conventions": read[""]}
        return [*said, UNCHECKED.format(numbers=len(NUMBERS), **counts)]

    def _labels(self, names: Sequence[str]) -> str:
        if len(names) > 3:
            return count(len(names), "outcome")
        return listed([self.gradings[name].facts.effects.outcome_label.lower() for name in names])

    def to_frame(self) -> pd.DataFrame:
        """Return one row an outcome: codes and numbers, then the text cells."""
        rows = []
        for grading, row in zip(self.gradings.values(), self.rows(), strict=True):
            pooled, facts = grading.facts.pooled, grading.facts
            numbers = {name: None if pooled is None else getattr(pooled, name) for name in NUMBER_COLUMNS}
            threshold = None if facts.threshold is None else facts.threshold.size
            scale = "" if facts.threshold is None else facts.threshold.scale
            own = {"measure": facts.effects.measure, "trials": facts.effects.n_trials, **numbers}
            rows.append(
                {"outcome": row.outcome, "kind": row.kind, **own, "threshold_size": threshold, "threshold_scale": scale}
                | {"certainty_code": grading.certainty, "stale": grading.is_stale}
                | {name: cell for name, cell in row.to_dict().items() if name not in ("outcome", "kind")}
            )
        frame = pd.DataFrame(rows)
        return frame.astype({"k": "Int64", "n": "Int64"}) if len(frame) else frame

    def to_csv(self) -> str:
        """Return the frame as `sof.csv`: UTF-8, a header, numbers unrounded, nothing where there is none."""
        text = io.StringIO()
        self.to_frame().to_csv(text, index=False, lineterminator="\n")
        return text.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Return `sof.json`: every number unrounded, every cell, certainty in FHIR's codes."""
        review = self.evidence.codebook.review
        return {
            "schema": SCHEMA_NAME,
            "version": SOF_VERSION,
            "rule_version": RULE_VERSION,
            "title": review.title,
            "question": review.question,
            "intervention": review.names.intervention,
            "comparator": review.names.comparator,
            "model": {"method": self.method, "ci": self.ci, "level": self.level},
            "rated": is_rated(self.evidence),
            "reviewers": self.evidence.reviewers[list(REVIEWER_COLUMNS)].to_dict("records"),
            "outcomes": [sof_outcome(grading) for grading in self.gradings.values()],
        }

    def to_json(self) -> str:
        """Return `sof.json` as text, which `sof.schema.json` describes."""
        return f"{to_json(self.to_dict())}\n"

    def shown(self) -> pd.DataFrame:
        """Return what a notebook shows: outcome, participants, effect and certainty."""
        rows = self.rows()
        return pd.DataFrame(
            {
                "Outcome": [row.name for row in rows],
                "Participants": [row.participants for row in rows],
                "Effect": [row.effect for row in rows],
                "Certainty": [row.certainty for row in rows],
            }
        )

    def __str__(self) -> str:
        rated = sum(bool(own.certainty) for own in self.gradings.values())
        return f"{count(len(self.gradings), 'outcome')}, {len(self.pooled)} pooled, {rated} rated"


REVIEWER_COLUMNS = ("reviewer", "role", "interests", "funding", "since")
NUMBER_COLUMNS = "k n estimate ci_lb ci_ub pi_lb pi_ub tau2 I2".split()


def summarise_findings(
    evidence: Evidence,
    *,
    outcomes: Sequence[str] = (),
    method: PoolMethod = METHOD,
    ci: CiMethod | None = None,
    level: float = LEVEL,
) -> SummaryOfFindings:
    """Summarise the findings on every declared outcome, with the rules' suggestions and people's ratings.

    Parameters
    ----------
    evidence : Evidence
    outcomes : sequence of str
        Only these, by key or label; by default every outcome of the codebook, reported or not.
    method, ci, level
        As `pool` takes them.

    Returns
    -------
    SummaryOfFindings

    Examples
    --------
    >>> found = summarise_findings(load_evidence(), outcomes=["recovery", "resilience"])
    >>> print(found)
    2 outcomes, 1 pooled, 0 rated
    """
    method, ci, level = pool_choices(method, ci, level)
    names = [evidence.codebook.outcome_key(name) for name in outcomes] or list(evidence.codebook.outcomes["outcome"])
    known = {} if outcomes else all_effects(evidence)
    model: dict[str, Any] = {"method": method, "ci": ci, "level": level}
    gradings = {}
    for name in names:
        effects = known.get(name) or compute_effects(evidence, name)
        for part in ("", *_rated_parts(evidence, name)):
            gradings[_name(name, part)] = grade_outcome(evidence, name, pool=part, effects=effects, **model)
    return SummaryOfFindings(gradings, evidence, method, ci, level)


def _name(outcome: str, pool: str) -> str:
    return f"{outcome}:{pool}" if pool else outcome


def _rated_parts(evidence: Evidence, outcome: str) -> list[str]:
    """Return the parts of an outcome's pool that hold a judgement of their own."""
    rows = evidence.grade
    return list(rows.loc[rows["outcome"].eq(outcome) & rows["judgement"].ne("") & rows["pool"].ne(""), "pool"].unique())


def _person(row: dict[str, str]) -> str:
    """Say who somebody is, with the interests and funding that were entered."""
    return PERSON.format(**{name: cell or NOT_ENTERED for name, cell in row.items() if isinstance(cell, str)})
