"""Small data roots for one edge each, written as contributors write them and read through the whole loader.

A row of outcomes is a dict of its cells. Trials, arms, codebook and bibliography are made to fit the rows; what a test
is about is given, the rest has a plain default.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from synthesis.evidence import Evidence, load_evidence
from synthesis.evidence.contract import load_contract

Row = Mapping[str, Any]

OUTCOMES = (
    {"outcome": "recovery", "label": "Personal recovery", "role": "clinical", "measure": "SMD", "better": "higher"},
    {"outcome": "symptoms", "label": "Symptoms", "role": "clinical", "measure": "SMD", "better": "lower"},
    {"outcome": "readmission", "label": "Readmission", "role": "service_use", "measure": "RR", "better": "lower"},
    {"outcome": "employment", "label": "Employment", "role": "service_use", "measure": "RR", "better": "higher"},
    {"outcome": "bed_days", "label": "Days in hospital", "role": "service_use", "measure": "MD", "better": "lower"},
)
INSTRUMENTS = (
    {"instrument": "Recovery Scale", "outcome": "recovery", "better": "higher"},
    {"instrument": "Recovery Questionnaire", "outcome": "recovery", "better": "higher"},
    {"instrument": "Distress Scale", "outcome": "recovery", "better": "lower"},
    {"instrument": "Symptom Scale", "outcome": "symptoms", "better": "lower"},
    {"instrument": "Wellness Scale", "outcome": "symptoms", "better": "higher"},
    {"instrument": "admission", "outcome": "readmission", "better": "lower"},
    {"instrument": "community stay", "outcome": "readmission", "better": "higher"},
    {"instrument": "paid work", "outcome": "employment", "better": "higher"},
    {"instrument": "bed days", "outcome": "bed_days", "better": "lower"},
)
COMPONENTS = (
    ("sharing", "trust"),
    ("listening", "trust"),
    ("example", "role_modelling"),
    ("role", "role_modelling"),
    ("linkage", "bridging"),
    ("network", "bridging"),
    ("supervision", "enabling"),
)
DEFAULT_TRIAL = "ash2001sample"
SOURCE = "invented; sample data"


def means(m1: float, sd1: float, n1: float, m2: float, sd2: float, n2: float, **cells: Any) -> dict[str, Any]:
    """Return a row of outcomes with arm means."""
    given = {"mean_intervention": m1, "sd_intervention": sd1, "n_intervention": n1}
    return given | {"mean_comparator": m2, "sd_comparator": sd2, "n_comparator": n2} | cells


def events(a: float, n1: float, c: float, n2: float, **cells: Any) -> dict[str, Any]:
    """Return a row of outcomes with arm events; of readmission unless another outcome is given."""
    row = {"events_intervention": a, "n_intervention": n1, "events_comparator": c, "n_comparator": n2}
    return {"outcome": "readmission", "instrument": "admission"} | row | cells


def sizes(n1: float, n2: float, **cells: Any) -> dict[str, Any]:
    """Return a row of outcomes with arm sizes and whatever else is given."""
    return {"n_intervention": n1, "n_comparator": n2} | cells


def build_evidence(root: Path, rows: Sequence[Row], **parts: Any) -> Evidence:
    """Write a data root and load it; see `build_root`."""
    return load_evidence(build_root(root, rows, **parts), references=root / "references.bib")


def build_root(
    root: Path,
    rows: Sequence[Row],
    *,
    trials: Mapping[str, Row] | None = None,
    arms: Mapping[str, Mapping[str, Row]] | None = None,
    ratings: Mapping[str, Mapping[str, Mapping[str, float | None]]] | None = None,
    components: Sequence[Row] | None = None,
    decisions: Sequence[Row] = (),
    bias: Mapping[str, str] = MappingProxyType({}),
    outcomes: Sequence[Row] = OUTCOMES,
    instruments: Sequence[Row] = INSTRUMENTS,
    lists: Mapping[str, Sequence[Row]] = MappingProxyType({}),
    review: Row = MappingProxyType({}),
    hypotheses: Sequence[Row] = (),
    predicts: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """Write a data root and return its folder, the bibliography beside it.

    Parameters
    ----------
    root : pathlib.Path
        An empty folder; the data go to its `data`, the bibliography beside it.
    rows : sequence of dict
        Rows of outcomes; `trial` says whose (one trial by default), `outcome` is recovery by default.
    trials, arms : dict, optional
        Cells of a trial, and of an arm of a trial, that are not the defaults.
    ratings : dict, optional
        trial -> arm -> component -> rating by one coder; None is an empty cell.
    components : sequence of dict, optional
        Whole rows of components.csv with their `trial`, in the place of `ratings`.
    decisions : sequence of dict
        Rows of decisions.csv with their `trial`.
    bias : dict, optional
        Overall risk of bias of trials.
    outcomes, instruments : sequence of dict
        The codebook's rows, in order of preference.
    lists : dict, optional
        Rows of left_out and suspicions.
    review : dict
        Cells of review.csv that are not the defaults.
    hypotheses : sequence of dict
        Rows of hypotheses.csv; without any there is no such file.
    predicts : dict
        Outcomes that components predict; by default the first of the codebook.
    """
    names = dict.fromkeys([row.get("trial", DEFAULT_TRIAL) for row in rows] + list(trials or {}))
    names = list(names) or [DEFAULT_TRIAL]
    data = root / "data"
    _write_codebook(data, outcomes, instruments, review, predicts)
    if hypotheses:
        _write(data, "codebook_hypotheses", [{"label": "Sample", "statement": "Sample"} | row for row in hypotheses])
    years = {name: (trials or {}).get(name, {}).get("year", 2001 + i % 20) for i, name in enumerate(names)}
    for name in names:
        mine = [row for row in rows if row.get("trial", DEFAULT_TRIAL) == name]
        cells = (trials or {}).get(name, {})
        _write(data, "trial", [{"year": years[name], "country": "Nowhere", "design": "parallel"} | cells], name)
        _write(data, "arms", _arms(mine, (arms or {}).get(name, {})), name)
        _write(data, "outcomes", [_outcome_row(row) for row in mine], name)
        rated = [row for row in components if row["trial"] == name] if components else _rated(ratings, name)
        _write(data, "components", rated, name)
        judged = [{"tool": "rob2", "domain": "overall", "judgement": bias[name]}] if name in bias else []
        _write(data, "risk_of_bias", [row | {"assessor": "Sample 2020"} for row in judged], name)
        decided = [row for row in decisions if row.get("trial", DEFAULT_TRIAL) == name]
        if decided:
            _write(data, "decisions", [{"reason": "sample", "decided_by": "team"} | row for row in decided], name)
    entries = [_entry(name, year) for name, year in years.items()]
    (root / "references.bib").write_text("\n".join(entries), encoding="utf-8")
    for name, listed in lists.items():
        if listed:
            _write(data, name, listed)
    return data


def _write_codebook(
    data: Path, outcomes: Sequence[Row], instruments: Sequence[Row], review: Row, predicts: Mapping[str, str]
) -> None:
    _write(data, "codebook_outcomes", [{"definition": "Sample"} | row for row in outcomes])
    _write(data, "codebook_instruments", instruments)
    sides = {"intervention_label": "peer support", "comparator_label": "the comparison"}
    _write(data, "codebook_review", [{"title": "Sample review"} | sides | dict(review)])
    model = [
        {"component": name, "mechanism": mechanism, "label": name.capitalize(), "definition": "Sample"}
        for name, mechanism in COMPONENTS
    ]
    usual = outcomes[0]["outcome"]
    _write(data, "codebook_components", [row | {"predicts": predicts.get(row["component"], usual)} for row in model])


def _arms(rows: Sequence[Row], given: Mapping[str, Row]) -> list[Row]:
    roles = {"peer": "intervention", "control": "comparator"}
    for row in rows:
        roles |= {
            row.get("intervention_arm", "peer"): "intervention",
            row.get("comparator_arm", "control"): "comparator",
        }
    roles |= {arm: cells["role"] for arm, cells in given.items() if "role" in cells}
    usual = {"intervention": {}, "comparator": {"comparator_type": "usual_care"}}
    return [{"arm": arm, "role": role, "label": arm} | usual[role] | given.get(arm, {}) for arm, role in roles.items()]


def _outcome_row(row: Row) -> Row:
    plain = {"outcome": "recovery", "timepoint_months": 12, "intervention_arm": "peer", "comparator_arm": "control"}
    instrument = {"recovery": "Recovery Scale", "symptoms": "Symptom Scale", "readmission": "admission"}
    instrument |= {"employment": "paid work", "bed_days": "bed days"}
    row = plain | row
    return {"instrument": instrument.get(row["outcome"], ""), "source": SOURCE} | row


def _rated(ratings: Mapping | None, name: str) -> list[Row]:
    return [
        {"arm": arm, "component": component, "coder": "coder-1", "rating": rating, "basis": "planned"}
        for arm, rated in (ratings or {}).get(name, {}).items()
        for component, rating in rated.items()
    ]


def _write(data: Path, table: str, rows: Sequence[Row], trial: str = "") -> None:
    contract = load_contract()[table]
    place = data / contract.path.format(trial=trial)
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, contract.columns, restval="", extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            extra = {"n_randomised": 1000} if table == "trial" else {}
            fill = {name: SOURCE for name in ("source",) if name in contract.columns}
            writer.writerow(fill | extra | {k: "" if v is None else v for k, v in row.items()})


def _entry(name: str, year: int) -> str:
    author = name.rstrip("0123456789").split("2")[0].capitalize()
    return (
        f"@article{{{name},\n  author = {{{author}, Ann and Other, Bo}},\n  title = {{A sample trial}},\n"
        f"  journal = {{Journal of Samples}},\n  year = {{{year}}}\n}}\n"
    )
