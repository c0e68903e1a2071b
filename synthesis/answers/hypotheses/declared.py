"""What was written down before it was tested, and the fingerprint that binds it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from synthesis.choices import CI, METHOD, TIMEPOINT
from synthesis.evidence.codebook import Codebook

# Columns of the codebook that a score, or a prediction, rests on.
BOUND_COLUMNS = ("component", "mechanism", "predicts")
SHORT = 12


@dataclass(frozen=True)
class Hypothesis:
    """A row of codebook/hypotheses.csv.

    Attributes
    ----------
    hypothesis, family, role, label, statement : str
    predictors, outcomes : tuple of str
    score, expected_direction, test, rule, declared, amends, note : str
    fingerprint : str
        The first twelve digits of the SHA-256 of statement, predictors, score, outcomes, direction, test, rule, the
        codebook's columns that scores and predictions rest on, and the model's settings.
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
    def is_amendment(self) -> bool:
        """Whether it changes a hypothesis that was declared before."""
        return bool(self.amends)


def declared_hypotheses(codebook: Codebook) -> list[Hypothesis]:
    """Return the hypotheses of a data root in the order of the file; none where it has no such file."""
    return [_hypothesis(row, codebook) for row in codebook.hypotheses.fillna("").to_dict("records")]


def _hypothesis(row: dict[str, str], codebook: Codebook) -> Hypothesis:
    text = {name: str(row.get(name, "")) for name in _TEXTS}
    role = text.pop("role") or ("primary" if row.get("primary") == "yes" else "secondary")
    lists = {"predictors": _items(row.get("predictor", "")), "outcomes": _items(row.get("outcomes", ""))}
    bound = {name: text[name] for name in ("statement", "score", "expected_direction", "test", "rule")} | lists
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
