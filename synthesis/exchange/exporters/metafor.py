"""Export for R's metafor: one table with effects, raw figures and moderators, ready for escalc and rma."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from synthesis.effects import effects_listing
from synthesis.evidence import Evidence
from synthesis.exchange.cells import shown
from synthesis.exchange.exporters.result import Export, write_table
from synthesis.exchange.notes import Notes

_RENAMED = {
    "m1i": "mean_intervention",
    "sd1i": "sd_intervention",
    "n1i": "n_intervention",
    "m2i": "mean_comparator",
    "sd2i": "sd_comparator",
    "n2i": "n_comparator",
    "ai": "events_intervention",
    "ci": "events_comparator",
}
HEADER = """
    outcome measure slab yi vi sei pooled m1i sd1i n1i m2i sd2i n2i ai bi ci di
    aligned benefit routes assumptions decisions status cause reason note decided
    trial instrument timepoint_months intervention_arm comparator_arm comparator_type change
    adjusted design_effect shared rob reported_direction year country source
""".split()


def export_metafor(
    evidence: Evidence, output: Path | str, *, outcome: str | None = None, force: bool = False
) -> Export:
    """Write every result with its effect as metafor names things.

    Parameters
    ----------
    evidence : Evidence
    output : path
        A CSV file, or a folder for `metafor.csv` with the export report.
    outcome : str, optional
        One outcome domain; all by default.
    force : bool
        Whether a file that exists may be replaced.

    Returns
    -------
    Export

    Notes
    -----
    `rma(yi, vi, data = subset(d, pooled & outcome == "recovery"), slab = slab, test = "knha")` is the pool of
    `synthesis pool recovery --ci knapp-hartung`. `yi` is turned the outcome's way where `aligned` is TRUE; the raw
    figures stand on the instrument's own scale, so `escalc` gives `-yi` there.
    """
    notes = Notes()
    listing = effects_listing(evidence, outcome)
    years = evidence.trials.set_index("trial")[["year", "country"]]
    lines = [_line(row, years) for row in listing.to_dict("records")]
    for row in listing.itertuples():
        if row.status != "pooled":
            message = f"pooled is FALSE: {row.reason.rstrip('.')}."
            notes.add("left_out", row.status, message, trial=row.trial, row=row.row)
    made_by = "synthesis export metafor"
    return write_table(Path(output), "metafor.csv", HEADER, lines, notes, made_by=made_by, force=force)


def _line(row: dict, years: pd.DataFrame) -> dict[str, str]:
    line = {name: _cell(row.get(name)) for name in HEADER}
    line |= {name: _cell(row[ours]) for name, ours in _RENAMED.items()}
    for rest, events, n in (
        ("bi", "events_intervention", "n_intervention"),
        ("di", "events_comparator", "n_comparator"),
    ):
        line[rest] = _cell(row[n] - row[events])
    line |= {"slab": row["label"], "pooled": _cell(row["status"] == "pooled")}
    return line | {name: _cell(years.loc[row["trial"], name]) for name in ("year", "country")}


def _cell(value: object) -> str:
    """Return a value as R reads it: TRUE and FALSE, every digit, codes joined by ";", nothing for what is missing."""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, bool | np.bool_):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | np.floating):
        return shown(float(value), 17) if np.isfinite(value) else ""
    return "" if value is None else str(value)
