"""Export as the data rows of a Cochrane review's data package, with its settings beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import ndtri

from synthesis.evidence import Evidence
from synthesis.exchange.cells import shown
from synthesis.exchange.exporters.result import Export, write_table
from synthesis.exchange.exporters.rows import ExportRow, carried_header, export_rows
from synthesis.exchange.notes import Notes
from synthesis.statistics.measures import MEASURES

_Z95 = -float(ndtri(0.025))
_ARM = ("mean", "SD", "cases", "N")
HEADER = (
    """
Analysis group, Analysis number, Analysis name, Subgroup, Applicability, Study, Study year, GIV Mean, GIV SE,
Experimental mean, Experimental SD, Experimental cases, Experimental N,
Control mean, Control SD, Control cases, Control N,
O-E, Variance, Weight, Mean, CI start, CI end, Footnotes
""".replace("\n", " ")
    .strip()
    .split(", ")
)
SETTINGS = (
    """
Analysis group, Analysis number, Analysis name, Analysis group name, Data type, Log-scale data,
Experimental group label, Control group label, Effect measure, CI/PI level, Graph label (left), Graph label (right)
""".replace("\n", " ")
    .strip()
    .split(", ")
)
_NAMES = {
    "SMD": "Std. Mean Difference",
    "MD": "Mean Difference",
    "RR": "Risk Ratio",
    "OR": "Odds Ratio",
    "PETO": "Peto Odds Ratio",
    "RD": "Risk Difference",
    "HR": "Hazard Ratio",
    "IRR": "Rate Ratio",
    "ROM": "Ratio of Means",
}
_SIDES = {
    "lower": ("Favours intervention", "Favours comparator"),
    "higher": ("Favours comparator", "Favours intervention"),
}


def export_revman(evidence: Evidence, output: Path | str, *, force: bool = False) -> Export:
    """Write the results as data rows of a review, each outcome domain one analysis.

    Parameters
    ----------
    evidence : Evidence
    output : path
        A CSV file, or a folder for `review-data-rows.csv` and `review-overall-estimates-and-settings.csv`.
    force : bool
        Whether a file that exists may be replaced.

    Returns
    -------
    Export
    """
    notes = Notes()
    rows = export_rows(evidence, notes)
    measured = {row.cell("outcome", "outcome") for row in rows}
    numbers = {
        name: str(n)
        for n, name in enumerate((o for o in evidence.codebook.outcomes["outcome"] if o in measured), start=1)
    }
    lines = [row.carried() | _standard(row, numbers) for row in rows]
    header = [*HEADER, *carried_header(rows)]
    settings = {"review-overall-estimates-and-settings.csv": (SETTINGS, _settings(rows, numbers))}
    return write_table(
        Path(output),
        "review-data-rows.csv",
        header,
        lines,
        notes,
        made_by="synthesis export revman",
        force=force,
        beside=settings,
    )


def _standard(row: ExportRow, numbers: dict[str, str]) -> dict[str, str]:
    made = {
        "Analysis group": "1",
        "Analysis number": numbers[row.cell("outcome", "outcome")],
        "Analysis name": row.cell("outcome", "label"),
        "Subgroup": row.cell("outcomes", "instrument"),
        "Applicability": "SUBGROUP_AND_OVERALL",
        "Study": row.label.replace(" (", " ").rstrip(")"),
        "Study year": row.cell("trial", "year"),
        "Footnotes": row.cell("outcomes", "notes"),
    }
    for side, ours in (("Experimental", "intervention"), ("Control", "comparator")):
        for name, own in zip(_ARM, ("mean", "sd", "events", "n"), strict=True):
            made[f"{side} {name}"] = row.cell("outcomes", f"{own}_{ours}")
    effect = row.effect
    if effect is None or not np.isfinite(effect["yi"]):
        return made
    yi, sei, natural = float(effect["yi"]), float(effect["sei"]), MEASURES[effect["measure"]].natural
    made |= (
        {"GIV Mean": shown(yi, 15), "GIV SE": shown(sei, 15)} if not {"means", "events"} & set(effect["routes"]) else {}
    )
    bounds = {"Mean": yi, "CI start": yi - _Z95 * sei, "CI end": yi + _Z95 * sei}
    return made | {name: f"{float(natural(value)):.6f}" for name, value in bounds.items()}


def _settings(rows: list[ExportRow], numbers: dict[str, str]) -> list[dict[str, str]]:
    first = {}
    for row in rows:
        first.setdefault(row.cell("outcome", "outcome"), row)
    made = []
    for outcome, number in numbers.items():
        row = first[outcome]
        measure = row.cell("outcome", "measure")
        sides = _SIDES.get(row.cell("outcome", "better"), ("", ""))  # unsettled: no side is named
        made.append(
            {
                "Analysis group": "1",
                "Analysis number": number,
                "Analysis name": row.cell("outcome", "label"),
                "Analysis group name": "Intervention against comparator",
                "Data type": "Dichotomous" if MEASURES[measure].inputs == "events" else "Continuous",
                "Log-scale data": str(MEASURES[measure].ratio).upper(),
                "Experimental group label": "Intervention",
                "Control group label": "Comparator",
                "Effect measure": _NAMES[measure],
                "CI/PI level": "95%",
                "Graph label (left)": sides[0],
                "Graph label (right)": sides[1],
            }
        )
    return made
