"""The open database of peer-support trials (doi 10.5281/zenodo.7687898) laid out as a data root, row by row.

Only what the rules of plausibility read: no decisions, no repairs, the pre-calculated g with the sign that its scale
gives it. The file itself is not part of the repository.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

from builders.tables import read_rows

ROOT = Path(__file__).parents[2]
OPEN_DATABASE = ROOT.parent / "shared" / "metapsy-peer-support" / "data.csv"

# What a name in the database begins with -> outcome and instrument of data/codebook.
INSTRUMENTS = {
    "CAPE": ("psychosis", "Community Assessment of Psychic Experiences"),
    "Lancashire": ("quality_of_life", "Lancashire Quality of Life Profile"),
    "Boston": ("empowerment", "Empowerment Scale"),
    "WHOQOL -total": ("quality_of_life", "WHOQOL-BREF total"),
    "Mental Health Confidence": ("self_efficacy", "Mental Health Confidence Scale"),
    "Brief Symptom Inventory - Global": ("symptoms", "Brief Symptom Inventory global severity"),
    "Brief Symptom Inventory": ("symptoms", "Brief Symptom Inventory"),
    "WHOQOL-BREF - env": ("quality_of_life", "WHOQOL-BREF environment"),
    "RAS": ("recovery", "Recovery Assessment Scale"),
    "Texas": ("symptoms", "Texas Christian University Health Form, psychological distress"),
    "SF-36 - POOLED": ("quality_of_life", "SF-36 (scales pooled)"),
    "SF-36- mean": ("functioning", "SF-36 social functioning"),
    "Quality of Life Scale": ("quality_of_life", "Quality of Life Scale"),
    "Total LSP": ("functioning", "Life Skills Profile"),
    "Brief Psychiatric": ("symptoms", "Brief Psychiatric Rating Scale"),
    "GAF": ("functioning", "Global Assessment of Functioning"),
    "Well-being": ("recovery", "Well-being Scale"),
    "EPDS": ("depression", "Edinburgh Postnatal Depression Scale"),
    "UCLA": ("loneliness", "UCLA Loneliness Scale"),
    "Rosenberg": ("self_esteem", "Rosenberg Self-Esteem Scale"),
    "CES-D": ("depression", "Center for Epidemiologic Studies Depression Scale"),
    "EQ-5D - health": ("quality_of_life", "EQ-5D visual analogue scale"),
    "EQ-5D": ("quality_of_life", "EQ-5D"),
    "EUROHIS": ("quality_of_life", "EUROHIS-QOL 8 items"),
    "Empowerment Scale -Power": ("empowerment", "Empowerment Scale, power-powerlessness"),
    "Empowerment": ("empowerment", "Empowerment Scale"),
    "Questionnaire on": ("recovery", "Questionnaire about the Process of Recovery"),
    "HSCL": ("symptoms", "Hopkins Symptom Checklist 25"),
    "Lehman's Quality of Life - subj": ("quality_of_life", "Lehman Quality of Life Interview, subjective"),
    "Lehman": ("quality_of_life", "Lehman Quality of Life Interview"),
    "POOLED - Lehman": ("quality_of_life", "Lehman Quality of Life Interview"),
    "Social Provisions": ("social_support", "Social Provisions Scale"),
    "EPDS >": ("depression_caseness", "Edinburgh Postnatal Depression Scale above 12"),
    "CES-D >": ("depression_caseness", "Center for Epidemiologic Studies Depression Scale above 16"),
    "Presence of MDD": ("depression_caseness", "major depression by structured interview"),
    "SCID": ("depression_caseness", "major depression by structured interview"),
    "CGI": ("symptoms", "Clinical Global Impression severity"),
    "General Self": ("self_efficacy", "General Self-Efficacy Scale"),
    "Beck scale": ("suicidality", "Beck Scale for Suicidal Ideation"),
    "POOLED! NIH": ("social_support", "NIH Toolbox social relationships (pooled)"),
    "Hope Scale": ("hope", "Hope Scale"),
    "EPSI": ("symptoms", "Eating Pathology Symptoms Inventory"),
    "ED-QOL": ("quality_of_life", "Eating Disorder Quality of Life"),
    "BASIS": ("symptoms", "BASIS-24 overall"),
    "Personal Growth": ("recovery", "Personal Growth and Recovery Scale"),
    "Perceived Social": ("social_support", "Perceived Social Support for Parenting"),
    "Manchester": ("quality_of_life", "Manchester Short Assessment of Quality of Life"),
    "Dutch": ("empowerment", "Dutch Empowerment Scale"),
}


def lay_out(folder: Path) -> Path:
    """Write the database as a data root below a folder and return it; row N stands at `source` "row N"."""
    root = folder / "data"
    shutil.copytree(ROOT / "data" / "codebook", root / "codebook")
    better = {
        row["instrument"]: row["better"] for row in read_rows(root / "codebook" / "instruments.csv", delimiter=",")
    }
    trials: dict[str, list[dict[str, str]]] = {}
    for number, row in enumerate(read_rows(OPEN_DATABASE, delimiter=";"), start=1):
        trials.setdefault(_key(row["study"]), []).append({**row, "number": str(number)})
    for key, rows in trials.items():
        _write_trial(root / "trials" / key, rows, better)
    return root


def _write_trial(place: Path, rows: list[dict[str, str]], better: dict[str, str]) -> None:
    place.mkdir(parents=True)
    outcomes = [outcome for row in rows for outcome in _outcomes(row, better)]
    sizes = [int(o["n_intervention"] or 0) + int(o["n_comparator"] or 0) for o in outcomes]
    year, country = rows[0]["year"], rows[0]["country"]
    trial = {"year": year, "country": country, "design": "parallel", "n_randomised": str(max(*sizes, 2, 2))}
    arms = [{"arm": arm, "role": "intervention", "label": arm} for arm in {o["intervention_arm"]: 1 for o in outcomes}]
    _write(place / "trial.csv", [trial])
    _write(place / "arms.csv", [*arms, {"arm": "control", "role": "comparator", "label": "control"}])
    _write(place / "outcomes.csv", outcomes)
    _write(place / "components.csv", [], "arm,component,coder")
    _write(place / "risk_of_bias.csv", [], "tool,domain,judgement,assessor,source")


def _outcomes(row: dict[str, str], better: dict[str, str]) -> list[dict[str, str]]:
    """Return the row's result on its scale, and one of its counts, which the file prints for another instrument."""
    cell = {column: _number(text) for column, text in row.items()}
    support = re.search(r"high|low", row["instrument"])
    common = {
        "timepoint_months": cell["time_weeks"] or "0",
        "intervention_arm": f"peer_{support[0]}" if support else "peer",
        "comparator_arm": "control",
    }
    outcome, instrument = _place(row["instrument"])
    turned = better[instrument] == "lower" and float(cell[".g"]) != 0
    on_scale = {
        "outcome": outcome,
        "instrument": instrument,
        **common,
        "n_intervention": cell["n_arm1"],
        "mean_intervention": cell["mean_arm1"],
        "sd_intervention": cell["sd_arm1"],
        "events_intervention": "",
        "n_comparator": cell["n_arm2"],
        "mean_comparator": cell["mean_arm2"],
        "sd_comparator": cell["sd_arm2"],
        "events_comparator": "",
        "effect_measure": "SMD",
        "estimate": f"-{cell['.g']}".replace("--", "") if turned else cell[".g"],
        "standard_error": cell[".g_se"],
        "source": f"row {row['number']}",
        "notes": _baseline(cell),
    }
    if not cell["event_arm1"]:
        return [on_scale]
    outcome, instrument = _place(row["dich"])
    counts = dict.fromkeys(on_scale, "") | common | {"outcome": outcome, "instrument": instrument}
    counts |= {"events_intervention": cell["event_arm1"], "events_comparator": cell["event_arm2"]}
    counts |= {"n_intervention": cell["totaln_arm1"], "n_comparator": cell["totaln_arm2"]}
    return [on_scale, counts | {"source": f"row {row['number']}, counts"}]


def _place(name: str) -> tuple[str, str]:
    name = name.encode("cp1252", "ignore").decode("utf-8", "ignore")
    return next(INSTRUMENTS[start] for start in sorted(INSTRUMENTS, key=len, reverse=True) if name.startswith(start))


def _baseline(cell: dict[str, str]) -> str:
    m1, s1, m2, s2 = (cell[f"baseline_{c}"] for c in ("m_arm1", "sd_arm1", "mean_arm2", "sd_arm2"))
    return f"Baseline {m1} ({s1}) v {m2} ({s2})." if m1 and s1 and m2 and s2 else ""


def _key(study: str) -> str:
    name, _, year = study.encode("cp1252", "ignore").decode("utf-8", "ignore").rpartition(", ")
    return re.sub(r"[^a-z]", "", name.lower().replace("ü", "u")) + year


def _number(text: str) -> str:
    text = text.replace(",", ".")
    return text if re.fullmatch(r"-?\d+(\.\d+)?", text) else ""


def _write(path: Path, rows: list[dict[str, str]], header: str = "") -> None:
    columns = list(rows[0]) if rows else header.split(",")
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
