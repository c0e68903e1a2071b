"""Every rule of the contract asked of a whole data root."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

from synthesis.errors import Finding
from synthesis.evidence.bibliography.library import Bibliography, load_bibliography
from synthesis.evidence.checks.cells import check_cells, tidy
from synthesis.evidence.checks.certainty import check_certainty
from synthesis.evidence.checks.choices import check_choices
from synthesis.evidence.checks.citations import check_citations
from synthesis.evidence.checks.decisions import check_decisions
from synthesis.evidence.checks.designs import check_designs
from synthesis.evidence.checks.directions import check_directions
from synthesis.evidence.checks.judgements import check_judgements, check_ratings, check_scales
from synthesis.evidence.checks.keys import check_keys
from synthesis.evidence.checks.lists import check_duplicates, check_lists
from synthesis.evidence.checks.results import OutcomeRows, check_estimates, check_figures, check_statistics
from synthesis.evidence.checks.sufficiency import check_sufficiency
from synthesis.evidence.contract import load_contract, references_of
from synthesis.evidence.reading import RawEvidence, read_root


def check(data: Path | str = "data", *, references: Path | str | None = None) -> list[Finding]:
    """Find every breach of the contract in a data root.

    Parameters
    ----------
    data : path
        The folder with ``codebook`` and ``trials``.
    references : path, optional
        The bibliography; by default inside the data root, else beside it.

    Returns
    -------
    list of Finding
        Sorted by file, row and column; empty when there is nothing to mend. Nothing is raised.
    """
    return check_read(read_root(data), load_bibliography(references_of(data, references)))


def check_read(raw: RawEvidence, bibliography: Bibliography) -> list[Finding]:
    """Find every breach of the contract in a data root that was read already; see `check`."""
    findings = [*raw.findings, *bibliography.findings]
    if any(finding.rule == "not_a_data_root" for finding in raw.findings):
        return list(raw.findings)
    frames = {}
    for name, table in load_contract().items():
        findings += check_cells(raw.tables[name], table)
        frames[name] = tidy(raw.tables[name], table)
        findings += check_duplicates(frames[name], table)

    rows = OutcomeRows(frames["outcomes"])
    for check_rows in (check_figures, check_estimates, check_statistics, check_sufficiency):
        findings += check_rows(rows)
    findings += check_designs(frames)
    findings += check_judgements(frames["risk_of_bias"])
    findings += check_ratings(frames["components"])
    findings += check_scales(frames["codebook_instruments"])
    findings += check_directions(frames["codebook_outcomes"], frames["codebook_instruments"])
    findings += check_certainty(frames)
    findings += check_choices(frames["codebook_multiverse"])
    findings += check_keys(raw, frames)
    findings += check_citations(raw, frames, bibliography)
    findings += check_decisions(raw, frames)
    findings += check_lists(raw, frames)
    return sorted(findings, key=attrgetter("place"))
