"""Export as a Frictionless Data Package: every table of the data root with its Table Schema.

The tables of all trials stand together, a column `trial` in front; keys and references between tables are written so
that R, Python and the Frictionless command line check them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from synthesis import __version__
from synthesis.evidence import Evidence
from synthesis.evidence.contract import Table, load_contract
from synthesis.evidence.reading import RawEvidence
from synthesis.exchange.exporters.result import REPORT, Export, note_neutralised
from synthesis.exchange.notes import COLUMNS, Notes
from synthesis.exchange.spreadsheet import write_csv
from synthesis.files import new_folder

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_PLACE = frozenset({"path", "optional", "rows", "fieldsMatch"})
_TRIAL = {
    "name": "trial",
    "title": "Trial",
    "type": "string",
    "description": "Key of the trial: its folder and the BibTeX key of its main report.",
    "constraints": {"required": True},
}


def export_datapackage(evidence: Evidence, output: Path | str) -> Export:
    """Write the tables of the evidence as a data package, with the bibliography.

    Parameters
    ----------
    evidence : Evidence
    output : path
        A folder for `datapackage.json`, a CSV file for each table, and `references.bib`.

    Returns
    -------
    Export
    """
    output, notes = Path(output), Notes()
    raw = evidence.raw
    rows = 0
    with new_folder(output, made_by="synthesis export datapackage") as folder:
        resources = []
        for table in load_contract().values():
            if raw.tables[table.name].empty and table.optional:
                continue
            rows += len(raw.tables[table.name])
            resources.append(_resource(folder, table, raw, notes))
        known = {resource["name"] for resource in resources}
        for resource in resources:
            keys = resource["schema"].get("foreignKeys", [])
            kept = [key for key in keys if key["reference"]["resource"] in known]
            resource["schema"] |= {"foreignKeys": kept} if keys else {}
        (folder / "references.bib").write_bytes(evidence.bibliography.text.encode("utf-8"))
        package = json.dumps(_package(resources), indent=2, ensure_ascii=False)
        (folder / "datapackage.json").write_text(package + "\n", encoding="utf-8")
        write_csv(folder / REPORT, COLUMNS, notes.rows())
    return Export(output, rows, notes)


def _package(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": PROFILE,
        "name": "evidence",
        "title": "Trials, results, ratings and judgements of an evidence synthesis",
        "description": "Tables as printed in the reports of the trials; decisions about them stand beside them.",
        "contributors": [{"title": f"peer-work-synthesis {__version__}", "roles": ["wrangler"]}],
        "resources": resources,
    }


def _resource(folder: Path, table: Table, raw: RawEvidence, notes: Notes) -> dict[str, Any]:
    of_trials = table.scope == "trial"
    header = ["trial", *table.columns] if of_trials else list(table.columns)
    path = folder / f"{table.name}.csv"
    cells = raw.tables[table.name][header].fillna("").to_numpy(str).tolist()
    note_neutralised(write_csv(path, header, cells), notes, path.name)
    content = path.read_bytes()
    return {
        "name": table.name,
        "title": table.title,
        "description": table.description,
        "type": "table",
        "path": path.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": _schema(table) if of_trials else {k: v for k, v in table.schema.items() if k not in _PLACE},
    }


def _schema(table: Table) -> dict[str, Any]:
    """Return the schema of a trial's table when all trials stand in one file."""
    schema = {name: part for name, part in table.schema.items() if name not in _PLACE}
    schema["fields"] = [_TRIAL, *schema["fields"]]
    schema["primaryKey"] = ["trial", *schema["primaryKey"]] if "primaryKey" in schema else None
    if table.name == "trial":
        schema["primaryKey"] = ["trial"]
    schema["uniqueKeys"] = [["trial", *key] for key in schema.get("uniqueKeys", [])]
    keys = [_with_trial(key) for key in schema.get("foreignKeys", [])]
    if table.name != "trial":
        keys.append({"fields": ["trial"], "reference": {"resource": "trial", "fields": ["trial"]}})
    schema["foreignKeys"] = keys
    return {name: part for name, part in schema.items() if part}


def _with_trial(key: dict[str, Any]) -> dict[str, Any]:
    target = key["reference"]["resource"]
    if load_contract()[target].scope != "trial":
        return key
    reference = {"resource": target, "fields": ["trial", *key["reference"]["fields"]]}
    return key | {"fields": ["trial", *key["fields"]], "reference": reference}
