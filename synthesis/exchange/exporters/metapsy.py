"""Export in the Metapsy data standard, for metapsyTools and every reader of its databases."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from synthesis.evidence import Evidence
from synthesis.exchange.cells import WEEKS_A_MONTH, negated, shown
from synthesis.exchange.exporters.result import Export, write_table
from synthesis.exchange.exporters.rows import ExportRow, carried_header, export_rows
from synthesis.exchange.notes import Notes

_BIAS = {
    "randomisation": "RoB_D1",
    "deviations": "RoB_D2",
    "missing_data": "RoB_D3",
    "measurement": "RoB_D4",
    "selective_reporting": "RoB_D5",
    "overall": "overall_RoB",
}
_WORDS = {"low": "Low risk", "some_concerns": "Some concerns", "high": "High risk"}
HEADER = """
    study outcome_category condition_arm1 condition_arm2 multi_arm1 multi_arm2 outcome_type instrument rating
    time time_weeks .g .g_se .log_rr .log_rr_se precalc_g precalc_g_se
    mean_arm1 sd_arm1 n_arm1 mean_change_arm1 sd_change_arm1 n_change_arm1 event_arm1 totaln_arm1 rand_arm1
    mean_arm2 sd_arm2 n_arm2 mean_change_arm2 sd_change_arm2 n_change_arm2 event_arm2 totaln_arm2 rand_arm2
    year country RoB_D1 RoB_D2 RoB_D3 RoB_D4 RoB_D5 overall_RoB full_ref
""".split()


def export_metapsy(evidence: Evidence, output: Path | str, *, force: bool = False) -> Export:
    """Write the results as a Metapsy database.

    Parameters
    ----------
    evidence : Evidence
    output : path
        A CSV file, or a folder for `data.csv` with the export report.
    force : bool
        Whether a file that exists may be replaced.

    Returns
    -------
    Export

    Notes
    -----
    `.g` is positive in favour of the intervention, as the standard has it, whatever the direction of the scale; where
    that is not settled it is the difference of the arms as printed, and the export report says so. Columns
    such as `outcomes.p_value` carry what the standard has no column for; `synthesis import metapsy` reads them back.
    """
    notes = Notes()
    rows = export_rows(evidence, notes)
    bias = _bias(evidence, notes)
    lines = [row.carried() | _standard(row, evidence) | bias.get(row.key, {}) for row in rows]
    _note_unsettled(rows, notes)
    header = [*HEADER, *carried_header(rows)]
    made_by = "synthesis export metapsy"
    return write_table(Path(output), "data.csv", header, lines, notes, made_by=made_by, force=force)


def _note_unsettled(rows: list[ExportRow], notes: Notes) -> None:
    """Note the outcomes whose effects are written as they are, because nobody has settled which direction is good."""
    open_ = [
        row
        for row in rows
        if row.effect is not None and np.isnan(row.effect["benefit"]) and row.effect["yi"] == row.effect["yi"]
    ]
    for outcome in dict.fromkeys(row.cell("outcome", "outcome") for row in open_):
        message = f"{outcome}: which direction is better is not settled; its effects are plain differences of the arms."
        notes.add("undecided", "direction_unsettled", message, value=outcome)


def _standard(row: ExportRow, evidence: Evidence) -> dict[str, str]:
    months = row.cell("outcomes", "timepoint_months")
    made = {
        "study": row.label.replace(" (", ", ").rstrip(")"),
        "outcome_category": row.cell("outcome", "label"),
        "condition_arm1": row.cell("arm1", "label"),
        "condition_arm2": row.cell("arm2", "label"),
        "instrument": row.cell("outcomes", "instrument"),
        "time": "post",
        "time_weeks": shown(float(months) * WEEKS_A_MONTH, 6),
        "year": row.cell("trial", "year"),
        "country": row.cell("trial", "country"),
        "full_ref": evidence.bibliography.reference(row.key),
        "outcome_type": "dich" if row.cell("outcomes", "events_intervention") else "msd",
        "rand_arm1": row.cell("arm1", "n_randomised"),
        "rand_arm2": row.cell("arm2", "n_randomised"),
    }
    return made | _figures(row) | _effects(row)


def _figures(row: ExportRow) -> dict[str, str]:
    made = {}
    for arm, side in ((1, "intervention"), (2, "comparator")):
        mean, sd, n, events = (row.cell("outcomes", f"{name}_{side}") for name in ("mean", "sd", "n", "events"))
        change = "_change" if row.cell("outcomes", "change") == "yes" else ""
        made |= {f"mean{change}_arm{arm}": mean, f"sd{change}_arm{arm}": sd}
        if events:
            made |= {f"event_arm{arm}": events, f"totaln_arm{arm}": n}
        if not events or mean:
            made[f"n{change}_arm{arm}"] = n
    if row.cell("outcomes", "change") == "yes":
        made["outcome_type"] = "change"
    return made


def _effects(row: ExportRow) -> dict[str, str]:
    made = {}
    if row.cell("outcomes", "effect_measure") == "SMD":
        turned = row.cell("instrument", "better") == "lower"
        value = row.cell("outcomes", "estimate")
        made = {"precalc_g": negated(value) if turned else value}
        made["precalc_g_se"] = row.cell("outcomes", "standard_error")
    effect = row.effect
    if effect is not None and np.isfinite(effect["yi"]):
        if effect["measure"] == "SMD":
            # Without a settled direction there is no benefit: what the rows give, first minus second arm, is written.
            g = effect["benefit"] if np.isfinite(effect["benefit"]) else effect["yi"]
            made |= {".g": shown(g, 15), ".g_se": shown(effect["sei"], 15)}
        elif effect["measure"] == "RR":
            own = -effect["yi"] if effect["aligned"] else effect["yi"]
            made |= {".log_rr": shown(own, 15), ".log_rr_se": shown(effect["sei"], 15)}
    return made


def _bias(evidence: Evidence, notes: Notes) -> dict[str, dict[str, str]]:
    """Return the judgements of RoB 2 by trial; of several assessors the first."""
    judged: dict[str, dict[str, str]] = {}
    others = 0
    for row in evidence.risk_of_bias.itertuples():
        column = _BIAS.get(row.domain) if row.tool == "rob2" else None
        cells = judged.setdefault(row.trial, {})
        if column is None or column in cells:
            others += 1
        else:
            cells[column] = _WORDS.get(row.judgement, "")
    if others:
        message = f"{others} judgements of other tools and further assessors have no column; they are carried only."
        notes.add("left_out", "judgement", message)
    return judged
