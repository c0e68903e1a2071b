"""Tables of the evidence base: trials, doubts and decisions, the flow of the search, references."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from synthesis.evidence import Evidence
from synthesis.evidence.contract import load_contract
from synthesis.evidence.vocabulary import (
    DESIGNS,
    HARMS,
    JUDGEMENTS,
    NOT_JUDGED,
    PEER_STATUS,
    POPULATION_GROUPS,
    SCORINGS,
)
from synthesis.wording import cited, months, whole

FIGURES_ARE = {"yes": "worked out or inferred here", "no": "printed"}


def evidence_table(evidence: Evidence) -> pd.DataFrame:
    """Show every trial: who, where, how many, what was compared, how long, how biased; no column that no trial fills.

    Examples
    --------
    >>> from synthesis.tables import evidence_table
    >>> table = evidence_table(evidence)
    >>> table.columns.tolist(), len(table)
    (['Trial', 'Country', 'Setting', 'People', 'Group', 'Randomised', 'Design', 'Peer support',
    'The peers', 'Compared with', 'Months followed', 'Risk of bias'], 97)
    """
    trials, arms, (tried, _) = evidence.trials, evidence.arms, evidence.codebook.review.names.heads
    peers = arms[arms["role"].eq("intervention")]
    others = arms[arms["role"].eq("comparator")]
    judged = {trial: JUDGEMENTS[code].words for trial, code in evidence.overall_risk_of_bias().items()}
    table = pd.DataFrame(
        {
            "Trial": trials["trial"].map(evidence.labels),
            "Country": trials["country"],
            "Setting": trials["setting"],
            "People": trials["population"],
            "Group": [POPULATION_GROUPS[code].words if code else "" for code in trials["population_group"]],
            "Randomised": trials["n_randomised"].map(whole),
            "Design": trials["design"].map(DESIGNS),
            tried: trials["trial"].map(peers.groupby("trial")["label"].agg("; ".join)),
            "The peers": _status(trials, peers),
            "Compared with": trials["trial"].map(others.groupby("trial")["label"].agg("; ".join)),
            "Months followed": trials["followup_months"].map(months),
            "Risk of bias": [judged.get(trial, NOT_JUDGED) for trial in trials["trial"]],
        }
    )
    return table.loc[:, table.ne("").any()] if len(table) else table


def _status(trials: pd.DataFrame, peers: pd.DataFrame) -> list[str]:
    """Return who each trial's peers are, each status once."""
    told = peers[peers["peer_status"].ne("")].groupby("trial")["peer_status"]
    said = {trial: list(dict.fromkeys(codes)) for trial, codes in told}
    return ["; ".join(PEER_STATUS[code].words for code in said.get(trial, [])) for trial in trials["trial"]]


def codes_table(evidence: Evidence) -> pd.DataFrame:
    """Show what the codes of people, peers and scoring rest on, and what they leave open.

    Examples
    --------
    >>> from synthesis.tables import codes_table
    >>> table = codes_table(evidence)
    >>> table.columns.tolist()
    ['Trial', 'Code', 'Given', 'Rests on', 'Open', 'Source']
    """
    rows = evidence.code_reasons
    titles = {(table.name, field.name): field.title for table in load_contract().values() for field in table.fields}
    return pd.DataFrame(
        {
            "Trial": rows["trial"].map(evidence.labels),
            "Code": [titles[place] for place in zip(rows["table"], rows["column"], strict=True)],
            "Given": [_meaning(code) for code in rows["value"]],
            "Rests on": rows["reason"],
            "Open": rows["open_point"],
            "Source": [cited(evidence.doi(trial), place) if place else "" for trial, place in _places(rows)],
        }
    )


def harms_table(evidence: Evidence) -> pd.DataFrame:
    """Show what the texts say of harms, people lost, take-up and costs; what was not printed says so.

    Examples
    --------
    >>> from synthesis.tables import harms_table
    >>> harms_table(evidence).columns.tolist()
    ['About', 'Trial', 'Whom', 'Finding', 'Figures', 'Figures are', 'Source']
    """
    order = {code: place for place, code in enumerate(HARMS)}
    rows = evidence.harms.sort_values("what", key=lambda codes: codes.map(order), kind="stable")
    return pd.DataFrame(
        {
            "About": rows["what"].map(HARMS),
            "Trial": rows["trial"].map(evidence.labels),
            "Whom": rows["arm"],
            "Finding": rows["detail"],
            "Figures": rows["figures"],
            "Figures are": [FIGURES_ARE[code] if shown else "" for code, shown in _figures(rows)],
            "Source": [cited(evidence.doi(trial), place) for trial, place in _places(rows)],
        }
    ).reset_index(drop=True)


def _places(rows: pd.DataFrame) -> Iterable[tuple[str, str]]:
    return zip(rows["trial"], rows["source"], strict=True)


def _figures(rows: pd.DataFrame) -> Iterable[tuple[str, str]]:
    return zip(rows["derived"], rows["figures"], strict=True)


def _meaning(code: str) -> str:
    known = POPULATION_GROUPS | PEER_STATUS
    return known[code].words if code in known else SCORINGS.get(code, code)


def decisions_table(evidence: Evidence, outcome: str | None = None) -> pd.DataFrame:
    """Show the decisions of the review team in force, all of them or those on one outcome.

    Examples
    --------
    >>> from synthesis.tables import decisions_table
    >>> decisions_table(evidence, "hope").iloc[0].to_dict()
    {'Trial': 'Cook et al. (2012a)', 'Outcome': 'Hope', 'Instrument': 'State Hope Scale',
    'Decision': 'keep', 'Column': '', 'Value': '', 'Reason': "The p belongs to group by time over
    all assessments, not to the difference at the last one, and is turned into an effect with the
    numbers randomised. It is used because the text read holds no means for this time; the ...
    """
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
    """Show every recorded doubt about a printed number with its answer.

    Examples
    --------
    >>> from synthesis.tables import suspicions_table
    >>> suspicions_table(evidence).columns.tolist()
    ['Trial', 'Number', 'What', 'Why it is doubted', 'Answer', 'Evidence']
    """
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
    """Show the results that were met and not entered, with the reason.

    Examples
    --------
    >>> from synthesis.tables import not_entered_table
    >>> table = not_entered_table(evidence)
    >>> table.columns.tolist()
    ['Trial', 'Outcome', 'Instrument', 'Figures', 'Reason']
    """
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
    """Show the PRISMA 2020 counts of the search [page2021].

    Examples
    --------
    >>> from synthesis.tables import flow_table
    >>> print(text_table(flow_table(evidence).head(3)))
    Step                                                                Number
    --------------------------------------------------------------------------
    Studies in a previous version of this review                             0
    Reports in a previous version of this review                             0
    Records from databases: no systematic database search has been run       0
    """
    rows = evidence.search_flow
    return pd.DataFrame({"Step": rows["description"], "Number": rows["n"].map(whole)})


def references_table(evidence: Evidence) -> pd.DataFrame:
    """Show the main report of every trial.

    Examples
    --------
    >>> from synthesis.tables import references_table
    >>> references_table(evidence).iloc[0].to_dict()
    {'Trial': 'Alvarez-Jimenez et al. (2021)', 'Main report': "Alvarez-Jimenez, Mario; Koval,
    Peter; Schmaal, Lianne; Bendall, Sarah; O'Sullivan, Shaunagh; Cagliarini, Daniela; D'Alfonso,
    Simon; Rice, Simon; Valentine, Lee; Penn, David L.; et al. (2021). The Horyzons project: a
    randomized controlled trial of a novel online social therapy to maintain treatment effects ...
    """
    trials = evidence.trials["trial"]
    return pd.DataFrame(
        {"Trial": trials.map(evidence.labels), "Main report": [evidence.bibliography.reference(key) for key in trials]}
    )
