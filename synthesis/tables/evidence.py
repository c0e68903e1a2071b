"""Tables of the evidence base: trials, doubts and decisions, the flow of the search, references."""

from __future__ import annotations

import pandas as pd

from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import DESIGNS, JUDGEMENTS, NOT_JUDGED
from synthesis.wording import months, whole


def evidence_table(evidence: Evidence) -> pd.DataFrame:
    """Show every trial: who, where, how many, what was compared, how long, how biased."""
    trials, arms = evidence.trials, evidence.arms
    peers = arms[arms["role"].eq("intervention")]
    others = arms[arms["role"].eq("comparator")]
    judged = {trial: JUDGEMENTS[code].words for trial, code in evidence.overall_risk_of_bias().items()}
    return pd.DataFrame(
        {
            "Trial": trials["trial"].map(evidence.labels),
            "Country": trials["country"],
            "People": trials["population"],
            "Randomised": trials["n_randomised"].map(whole),
            "Design": trials["design"].map(DESIGNS),
            "Peer support": trials["trial"].map(peers.groupby("trial")["label"].agg("; ".join)),
            "Compared with": trials["trial"].map(others.groupby("trial")["label"].agg("; ".join)),
            "Months followed": trials["followup_months"].map(months),
            "Risk of bias": [judged.get(trial, NOT_JUDGED) for trial in trials["trial"]],
        }
    )


def decisions_table(evidence: Evidence, outcome: str | None = None) -> pd.DataFrame:
    """Show the decisions of the review team in force, all of them or those on one outcome."""
    rows = evidence.decisions
    rows = rows if outcome is None else rows[rows["outcome"].eq(evidence.codebook.outcome_key(outcome))]
    return pd.DataFrame(
        {
            "Trial": rows["trial"].map(evidence.labels),
            "Outcome": rows["outcome"].map(evidence.codebook.outcomes.set_index("outcome")["label"]),
            "Instrument": rows["instrument"],
            "Decision": rows["decision"].str.replace("_", " "),
            "Column": rows["column"],
            "Value": rows["value"],
            "Reason": rows["reason"],
            "By": rows["decided_by"],
        }
    )


def suspicions_table(evidence: Evidence) -> pd.DataFrame:
    """Show every recorded doubt about a printed number with its answer."""
    rows = evidence.suspicions
    return pd.DataFrame(
        {
            "Trial": rows["trial"].map(evidence.labels),
            "Number": rows["column"],
            "What": rows["what"],
            "Why it is doubted": rows["why"],
            "Answer": rows["answer"],
            "Evidence": rows["evidence"],
        }
    )


def not_entered_table(evidence: Evidence) -> pd.DataFrame:
    """Show the results that were met and not entered, with the reason."""
    rows = evidence.left_out
    return pd.DataFrame(
        {
            "Trial": rows["trial"].map(evidence.labels),
            "Outcome": rows["outcome"],
            "Instrument": rows["instrument"],
            "Figures": rows["figures"],
            "Reason": rows["reason"],
        }
    )


def flow_table(evidence: Evidence) -> pd.DataFrame:
    """Show the PRISMA 2020 counts of the search [page2021]."""
    rows = evidence.search_flow
    return pd.DataFrame({"Step": rows["description"], "Number": rows["n"].map(whole)})


def references_table(evidence: Evidence) -> pd.DataFrame:
    """Show the main report of every trial."""
    trials = evidence.trials["trial"]
    return pd.DataFrame(
        {"Trial": trials.map(evidence.labels), "Main report": [evidence.bibliography.reference(key) for key in trials]}
    )
