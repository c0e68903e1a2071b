"""Hypotheses as declared: what each says, how it is tested, and what it comes to."""

from synthesis.answers.hypotheses.declared import Hypothesis, declared_fingerprint, declared_hypotheses, is_exploratory
from synthesis.answers.hypotheses.run import HypothesesTested, run_hypotheses
from synthesis.answers.hypotheses.tested import Tested

__all__ = [
    "HypothesesTested",
    "Hypothesis",
    "Tested",
    "declared_fingerprint",
    "declared_hypotheses",
    "is_exploratory",
    "run_hypotheses",
]
