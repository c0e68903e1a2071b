"""Citation keys: trial folders, other reports and the codebook's citations against the bibliography."""

from __future__ import annotations

from synthesis.errors import Finding
from synthesis.evidence.bibliography.library import Bibliography
from synthesis.evidence.checks.cells import like
from synthesis.evidence.checks.keys import Frames, items_of
from synthesis.evidence.contract import TRIAL_NAME, load_contract
from synthesis.evidence.findings import report
from synthesis.evidence.reading import RawEvidence
from synthesis.evidence.rules.contract import RULES


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
            findings += report(
                "unknown_citation",
                rows[rows[field.name].isin(list(unknown))],
                table.name,
                field.name,
                lambda row, unknown=unknown, name=field.name: (
                    f"{', '.join(unknown[getattr(row, name)])} has no entry in {bibliography.path.as_posix()}."
                ),
                lambda row, unknown=unknown, name=field.name: (
                    like(unknown[getattr(row, name)][0], known) or "Add the entry, or correct the key."
                ),
            )
    return findings


def _is_key(trial: str) -> bool:
    return bool(TRIAL_NAME.fullmatch(trial))


def _no_entry(raw: RawEvidence, trial: str, bibliography: Bibliography) -> Finding:
    return Finding(
        severity=RULES["no_bib_entry"].severity,
        file=(raw.root / "trials" / trial).as_posix(),
        row=None,
        column=None,
        value=trial,
        message=f"The trial has no entry in {bibliography.path.as_posix()}.",
        hint=like(trial, sorted(bibliography.keys)) or f"Add the main report with the key {trial}.",
        rule="no_bib_entry",
    )
