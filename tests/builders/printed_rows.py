"""A data root made of a few rows, and which rules of plausibility doubt them."""

from __future__ import annotations

from pathlib import Path

from builders.roots import build_root
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


def printed_means(m1, s1, n1, m2, s2, n2, instrument="Total", **cells):
    """Return a row of arm means."""
    return row(instrument, m1=m1, s1=s1, n1=n1, m2=m2, s2=s2, n2=n2, **cells)


def write_root(folder: Path, trials, *, arms=("", ""), trial=None, decisions=(), **lists) -> RawEvidence:
    """Write trials (name -> rows) as a data root and read it.

    `arms` are sizes, `trial` cells of every trial.csv, `decisions` rows of every decisions.csv; `left_out` and
    `suspicions` are lists of the data root.
    """
    better = {row["outcome"]: row["better"] for row in INSTRUMENTS}
    facts = {"year": "2020", "n_randomised": "900"} | (trial or {})
    sizes = {name: {"n_randomised": size} for name, size in zip(("peer", "control"), arms, strict=True)}
    data = build_root(
        folder,
        [row | {"trial": name} for name, rows in trials.items() for row in rows],
        trials=dict.fromkeys(trials, facts),
        arms=dict.fromkeys(trials, sizes),
        decisions=[{"reason": "", "decided_by": ""} | row | {"trial": name} for name in trials for row in decisions],
        outcomes=[
            {"outcome": name, "label": name, "role": "clinical", "measure": "SMD", "better": side}
            for name, side in better.items()
        ],
        instruments=INSTRUMENTS,
        lists=lists,
    )
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
