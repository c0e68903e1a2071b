"""Tables of what was declared, and of what explains the differences between trials."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.hypotheses import HypothesesTested


def declared_table(found: HypothesesTested) -> pd.DataFrame:
    """Show every hypothesis as it was written down, with what binds it.

    Examples
    --------
    >>> from synthesis.tables import declared_table
    >>> found = run_hypotheses(evidence.reporting("recovery"), brief=True, permutations=99)
    >>> declared_table(found).columns.tolist()
    ['Hypothesis', 'What should be seen', 'Rule', 'Role', 'Declared', 'Amends', 'What was known',
    'Fingerprint']
    """
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
    """Show every hypothesis and outcome with its verdict.

    Examples
    --------
    >>> from synthesis.tables import verdicts_table
    >>> found = run_hypotheses(evidence.reporting("recovery"), brief=True, permutations=99)
    >>> verdicts_table(found).columns.tolist()
    ['Hypothesis', 'Role', 'Outcome', 'Verdict', 'Trials', 'Least to most faithful trial (95% CI)',
    'p (Holm)']
    """
    return found.shown().drop(columns="Fingerprint")


def joint_rivals_table(found: HypothesesTested, score: str) -> pd.DataFrame:
    """Show the rivals over all outcomes, with fidelity on one score beside each; empty where there is no such model.

    Examples
    --------
    >>> from synthesis.tables import joint_rivals_table
    >>> found = run_hypotheses(evidence.reporting("recovery"), permutations=19)
    >>> print(text_table(joint_rivals_table(found, "calibrated").iloc[:2, :3]))
    Explained by                             Trials  Slope (95% CI)
    ---------------------------------------------------------------
    year of the main report (per ten years)      18  +0.20 (0.04 to 0.35)
    people with severe mental illness            18  −0.06 (−0.21 to 0.08)
    """
    return found.rivals[score].shown() if score in found.rivals else pd.DataFrame()


def specificity_table(found: HypothesesTested) -> pd.DataFrame:
    """Show single components over all outcomes; empty where the test was not run.

    Examples
    --------
    >>> from synthesis.tables import specificity_table
    >>> found = run_hypotheses(evidence.reporting("recovery"), permutations=19)
    >>> print(text_table(specificity_table(found).iloc[:2, :4]))
    Component                                          Predicted outcomes, mean z  Other ...
    --------------------------------------------------------------------------------------------...
    Disclosed shared lived experience                                       −0.77 ...
    Intentional sharing of personal story in contacts                       −1.49 ...
    """
    if found.specificity is None or not found.specificity.is_testable:
        return pd.DataFrame()
    return found.specificity.shown()
