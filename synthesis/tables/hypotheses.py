"""Tables of what was declared, and of what explains the differences between trials."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.hypotheses import HypothesesTested


def declared_table(found: HypothesesTested) -> pd.DataFrame:
    """Show every hypothesis as it was written down, with what binds it."""
    rows = found.hypotheses
    return pd.DataFrame(
        {
            "Hypothesis": [f"{own.hypothesis} {own.label}" for own in rows],
            "What should be seen": [own.statement for own in rows],
            "Rule": [own.rule for own in rows],
            "Role": [own.role for own in rows],
            "Declared": [own.declared for own in rows],
            "Amends": [own.amends for own in rows],
            "What was known": [own.note for own in rows],
            "Fingerprint": [own.fingerprint for own in rows],
        }
    )


def verdicts_table(found: HypothesesTested) -> pd.DataFrame:
    """Show every hypothesis and outcome with its verdict."""
    return found.shown().drop(columns="Fingerprint")


def joint_rivals_table(found: HypothesesTested, score: str) -> pd.DataFrame:
    """Show the rivals over all outcomes, with fidelity on one score beside each; empty where there is no such model."""
    return found.rivals[score].shown() if score in found.rivals else pd.DataFrame()


def specificity_table(found: HypothesesTested) -> pd.DataFrame:
    """Show single components over all outcomes; empty where the test was not run."""
    if found.specificity is None or not found.specificity.is_testable:
        return pd.DataFrame()
    return found.specificity.shown()
