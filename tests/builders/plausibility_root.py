"""A data root made of a few rows, and which rules of plausibility doubt them."""

from __future__ import annotations

import csv
from pathlib import Path

from synthesis.evidence.checks import check_read
from synthesis.evidence.plausibility import find_doubts
from synthesis.evidence.reading import RawEvidence, read_root

INSTRUMENTS = [
    {"instrument": "Total", "outcome": "recovery", "better": "higher"},
    {"instrument": "Sum", "outcome": "recovery", "better": "higher", "minimum": "0", "maximum": "30", "scoring": "sum"},
    {"instrument": "Items", "outcome": "recovery", "better": "higher", "scoring": "mean", "items": "10"},
    {"instrument": "Severity", "outcome": "symptoms", "better": "lower", "minimum": "0", "maximum": "4"},
    {"instrument": "Seven", "outcome": "quality_of_life", "better": "higher", "minimum": "1", "maximum": "7"},
    {"instrument": "Hope", "outcome": "hope", "better": "higher"},
    {"instrument": "Admitted", "outcome": "readmission", "better": "lower"},
    {"instrument": "Visit", "outcome": "service_engagement", "better": "higher"},
]
OUTCOMES = "outcome instrument timepoint_months intervention_arm comparator_arm source".split()
SHORT = {
    "n1": "n_intervention",
    "m1": "mean_intervention",
    "s1": "sd_intervention",
    "e1": "events_intervention",
    "n2": "n_comparator",
    "m2": "mean_comparator",
    "s2": "sd_comparator",
    "e2": "events_comparator",
    "measure": "effect_measure",
    "est": "estimate",
    "se": "standard_error",
    "lo": "ci_lower",
    "hi": "ci_upper",
    "test": "test_statistic",
    "stat": "statistic_value",
    "df": "degrees_of_freedom",
    "p": "p_value",
    "says": "reported_direction",
    "months": "timepoint_months",
}
OUTCOME_OF = {row["instrument"]: row["outcome"] for row in INSTRUMENTS}


def row(instrument="Total", **cells):
    """Return a row of outcomes; cells under the names of SHORT, numbers as they would be printed."""
    named = {SHORT.get(name, name): str(value) for name, value in cells.items()}
    common = {"outcome": OUTCOME_OF[instrument], "instrument": instrument, "timepoint_months": "6"}
    return common | {"intervention_arm": "peer", "comparator_arm": "control", "source": "table 2"} | named


def means(m1, s1, n1, m2, s2, n2, instrument="Total", **cells):
    """Return a row of arm means."""
    return row(instrument, m1=m1, s1=s1, n1=n1, m2=m2, s2=s2, n2=n2, **cells)


def write_root(folder: Path, trials, *, arms=None, trial=None, decisions=(), left_out=(), suspicions=()) -> RawEvidence:
    """Write trials (name -> rows) as a data root and read it; `arms` are sizes, `trial` cells of every trial.csv."""
    data = folder / "data"
    _write(data / "codebook" / "instruments.csv", INSTRUMENTS)
    better = {row["outcome"]: row["better"] for row in INSTRUMENTS}
    outcomes = [
        {"outcome": name, "label": name, "role": "clinical", "measure": "SMD", "better": side}
        for name, side in better.items()
    ]
    _write(data / "codebook" / "outcomes.csv", outcomes)
    _write(data / "codebook" / "components.csv", [], "component,mechanism,label,definition,predicts")
    for name, rows in trials.items():
        place = data / "trials" / name
        facts = {"year": "2020", "country": "Nowhere", "design": "parallel", "n_randomised": "900"} | (trial or {})
        _write(place / "trial.csv", [facts])
        sizes = arms or ("", "")
        _write(
            place / "arms.csv",
            [
                {"arm": "peer", "role": "intervention", "label": "Peer", "n_randomised": str(sizes[0])},
                {"arm": "control", "role": "comparator", "label": "Control", "n_randomised": str(sizes[1])},
            ],
        )
        _write(place / "outcomes.csv", rows, ",".join(OUTCOMES))
        _write(place / "components.csv", [], "arm,component,coder")
        _write(place / "risk_of_bias.csv", [], "tool,domain,judgement,assessor,source")
        if decisions:
            _write(place / "decisions.csv", list(decisions))
    if left_out:
        _write(data / "left_out.csv", list(left_out))
    if suspicions:
        _write(data / "suspicions.csv", list(suspicions))
    return read_root(data)


def doubts(folder, trials, **options):
    """Return the doubts about trials (name -> rows, or the rows of one)."""
    if not isinstance(trials, dict):
        trials = {"alder2020sample": trials}
    return find_doubts(write_root(folder, trials, **options))


def rules(folder, trials, **options):
    """Return (rule, trial, row) of every doubt, sorted."""
    return sorted((f.rule, f.file.split("/")[-2], f.row) for f in doubts(folder, trials, **options))


def doubted(folder, *rows, **options):
    """Return the rules that doubt the rows of one trial."""
    return sorted({f.rule for f in doubts(folder, list(rows), **options)})


def contract_errors(raw):
    """Return the contract's findings about a root; its bibliography is not looked at."""
    from synthesis.evidence.bibliography.library import load_bibliography

    bibliography = load_bibliography(Path(__file__).parents[1] / "trials" / "valid" / "references.bib")
    return check_read(raw, bibliography)


def _write(path: Path, rows, header: str = "") -> None:
    columns = list(dict.fromkeys([*header.split(","), *(name for row in rows for name in row)]))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, [name for name in columns if name], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
