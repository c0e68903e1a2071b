"""Citation keys: trial folders, other reports and the codebook's citations against the bibliography."""

from __future__ import annotations

from synthesis.errors import Finding
from synthesis.evidence.bibliography.library import Bibliography
from synthesis.evidence.checks.cells import like
from synthesis.evidence.checks.keys import Frames, items_of
from synthesis.evidence.contract import TRIAL_NAME, load_contract
from synthesis.evidence.findings import finding, report
from synthesis.evidence.reading import RawEvidence


def check_citations(raw: RawEvidence, frames: Frames, bibliography: Bibliography) -> list[Finding]:
    """Check every citation key; nothing is judged by a bibliography that could not be read."""
    if not bibliography.is_read:
        return []
    known = dict.fromkeys(sorted(bibliography.keys | bibliography.damaged_keys))
    findings = [_no_entry(raw, trial, bibliography) for trial in raw.trials if trial not in known and _is_key(trial)]
    for table in load_contract().values():
        for field in table.fields:
            if not field.citation:
                continue
            rows = frames[table.name]
            unknown = {
                cell: missing
                for cell in rows[field.name].dropna().unique()
                if (missing := [item for item in items_of(cell, field) if item not in known])
            }
            if not unknown:
                continue
            broken = rows[rows[field.name].isin(list(unknown))]
            missing = broken[field.name].map(unknown)
            findings += report(
                "unknown_citation",
                broken,
                table=table.name,
                column=field.name,
                message=missing.map(lambda keys: f"{', '.join(keys)} has no entry in {bibliography.path.as_posix()}."),
                hint=missing.map(lambda keys: like(keys[0], known) or "Add the entry, or correct the key."),
            )
    return findings


def _is_key(trial: str) -> bool:
    return bool(TRIAL_NAME.fullmatch(trial))


def _no_entry(raw: RawEvidence, trial: str, bibliography: Bibliography) -> Finding:
    return finding(
        "no_bib_entry",
        (raw.root / "trials" / trial).as_posix(),
        f"The trial has no entry in {bibliography.path.as_posix()}.",
        like(trial, sorted(bibliography.keys)) or f"Add the main report with the key {trial}.",
        value=trial,
    )
