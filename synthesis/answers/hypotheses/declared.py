"""What was written down before it was tested, and the fingerprint that binds it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from synthesis.answers.fidelity import SCORES
from synthesis.choices import CI, FORMER_SCORES, METHOD, SCORE, TIMEPOINT
from synthesis.evidence.codebook import Codebook
from synthesis.kept import fingerprint_of_table, remembered
from synthesis.wording import listed

# Columns of the codebook that a score, or a prediction, rests on.
BOUND_COLUMNS = ("component", "mechanism", "predicts")
BOUND_TEXTS = ("family", "statement", "score", "expected_direction", "test", "rule", "amends")
SHORT = 12

# The tests that can be run, and the predictors that each takes; none where it reads them for itself.
TESTS = {
    "slope": ("fidelity",),
    "joint": ("fidelity",),
    "gate": ("fidelity_minimum", "fidelity_product"),
    "equivalence": ("fidelity",),
    "sequence": (),
    "specificity": (),
    "rivals": (),
}
# Tests of a sign that was declared.
DIRECTED = ("slope", "joint", "gate", "specificity")
# The test of a hypothesis that could not be run as it was first written.
AS_AMENDED = "as_amended"
NO_RULE = "as first written it had no rule that can be run; what amends it is run"
UNKNOWN_TEST = "its test is '{found}', which is none of {known}"
UNKNOWN_SCORE = "its score is '{found}', which is none of {known}"
OTHER_PREDICTOR = "its predictor is '{found}', and this test takes {known}"
NO_DIRECTION = "it expects no direction, so there is no sign to be found"


@dataclass(frozen=True)
class Hypothesis:
    """A row of codebook/hypotheses.csv.

    Attributes
    ----------
    hypothesis, family, role, label, statement : str
    predictors, outcomes : tuple of str
    score, expected_direction, test, rule, declared, amends, note : str
    fingerprint : str
        The first twelve digits of the SHA-256 of role, family, statement, predictors, score, outcomes, direction, test,
        rule, what it amends, the codebook's columns that scores and predictions rest on, and the model's settings.
    """

    hypothesis: str
    family: str
    role: str
    label: str
    statement: str
    predictors: tuple[str, ...]
    score: str
    outcomes: tuple[str, ...]
    expected_direction: str
    test: str
    rule: str
    declared: str
    amends: str
    note: str
    fingerprint: str

    @property
    def tested_score(self) -> str:
        """The score that its test takes, by the name in force; the first plan's where the row names none."""
        return FORMER_SCORES.get(self.score, self.score) or SCORE

    @property
    def is_amendment(self) -> bool:
        """Whether it changes a hypothesis that was declared before."""
        return bool(self.amends)


def declared_hypotheses(codebook: Codebook) -> list[Hypothesis]:
    """Return the hypotheses of a data root in the order of the file; none where it has no such file."""
    table, bound = codebook.hypotheses, fingerprint_of_table(codebook.components)

    def find() -> list[Hypothesis]:
        return [_hypothesis(row, codebook) for row in table.fillna("").to_dict("records")]

    return list(remembered(table, f"declared {bound}", find))


def declared_fingerprint(codebook: Codebook) -> str:
    """Return one fingerprint of all hypotheses; empty where none is declared."""
    own = [hypothesis.fingerprint for hypothesis in declared_hypotheses(codebook)]
    return sha256(" ".join(own).encode("ascii")).hexdigest()[:SHORT] if own else ""


def is_exploratory(codebook: Codebook, outcome: str) -> bool:
    """Say whether a review declared hypotheses of dose, and none of them on this outcome.

    Examples
    --------
    >>> is_exploratory(evidence.codebook, "recovery"), is_exploratory(evidence.codebook, "loneliness")
    (False, True)
    """
    dose = [own for own in declared_hypotheses(codebook) if own.test == "slope" and own.role != "exploratory"]
    return bool(dose) and all(own.outcomes and outcome not in own.outcomes for own in dose)


def why_not_run(own: Hypothesis) -> str:
    """Say why a hypothesis cannot be run as it is written; empty where it can."""
    if own.test == AS_AMENDED:
        return NO_RULE
    takes = TESTS.get(own.test)
    if takes is None:
        return UNKNOWN_TEST.format(found=own.test, known=listed(list(TESTS)))
    if own.tested_score not in SCORES:
        return UNKNOWN_SCORE.format(found=own.score, known=listed(list(SCORES)))
    if takes and not (own.predictors and set(own.predictors) <= set(takes)):
        return OTHER_PREDICTOR.format(found="; ".join(own.predictors), known=listed(list(takes)))
    return NO_DIRECTION if own.expected_direction == "none" and own.test in DIRECTED else ""


def _hypothesis(row: dict[str, str], codebook: Codebook) -> Hypothesis:
    text = {name: str(row.get(name, "")) for name in _TEXTS}
    role = text.pop("role") or ("primary" if row.get("primary") == "yes" else "secondary")
    lists = {"predictors": _items(row.get("predictor", "")), "outcomes": _items(row.get("outcomes", ""))}
    bound = {name: text[name] for name in BOUND_TEXTS} | lists | {"role": role}
    bound |= {"method": METHOD, "ci": CI, "timepoint": TIMEPOINT}
    bound["codebook"] = codebook.components[list(BOUND_COLUMNS)].fillna("").to_numpy(str).tolist()
    digest = sha256(json.dumps(bound, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
    return Hypothesis(**text, **lists, role=role, fingerprint=digest[:SHORT])


_TEXTS = """
    hypothesis family role label statement score expected_direction test rule declared amends note
""".split()


def _items(cell: str) -> tuple[str, ...]:
    return tuple(_stripped(str(cell).split(";")))


def _stripped(parts: Iterable[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()]
