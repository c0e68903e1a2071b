"""Plausibility: figures that obey the contract and are hard to believe, with the evidence and what would settle it.

Every rule is general: it knows the codebook, the arms and the other rows, and no trial by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path

import numpy as np

from synthesis.errors import Finding
from synthesis.evidence.bibliography.library import load_bibliography
from synthesis.evidence.checks import check_read
from synthesis.evidence.contract import references_of
from synthesis.evidence.plausibility.against_arms import doubt_against_arms
from synthesis.evidence.plausibility.answered import answer
from synthesis.evidence.plausibility.direction import doubt_direction
from synthesis.evidence.plausibility.flow import doubt_flow
from synthesis.evidence.plausibility.judgements import doubt_judgements
from synthesis.evidence.plausibility.neighbours import doubt_neighbours
from synthesis.evidence.plausibility.notes import doubt_notes
from synthesis.evidence.plausibility.numbers import doubt_numbers
from synthesis.evidence.plausibility.printed import gather
from synthesis.evidence.plausibility.recompute import doubt_recomputation
from synthesis.evidence.plausibility.scale import doubt_scale
from synthesis.evidence.plausibility.sizes import doubt_sizes
from synthesis.evidence.plausibility.spread import doubt_spread
from synthesis.evidence.reading import RawEvidence, read_root

__all__ = ["examine", "find_doubts"]


def examine(data: Path | str = "data", *, references: Path | str | None = None) -> list[Finding]:
    """Find every breach of the contract in a data root, and every figure that is hard to believe.

    Parameters
    ----------
    data : path
        The folder with ``codebook`` and ``trials``.
    references : path, optional
        The bibliography; by default inside the data root, else beside it.

    Returns
    -------
    list of Finding
        Sorted by file, row and column. Warnings that a decision answers carry the answer in `answered`.
    """
    raw = read_root(data)
    findings = check_read(raw, load_bibliography(references_of(data, references)))
    findings = answer([*findings, *find_doubts(raw, findings)], raw)
    return sorted(findings, key=attrgetter("place"))


def find_doubts(raw: RawEvidence, contract_findings: Iterable[Finding] = ()) -> list[Finding]:
    """Find figures that are hard to believe.

    Parameters
    ----------
    raw : RawEvidence
        A data root as read.
    contract_findings : iterable of Finding
        What the contract's rules found in it: rows with an error are not judged.

    Returns
    -------
    list of Finding
        Warnings, none of them answered yet; see `synthesis.evidence.rules` for what each asks.
    """
    # Impossible figures divide by zero and overflow; what they give is nan or infinite, and no rule doubts a nan.
    faulty = {(finding.file, finding.row) for finding in contract_findings if finding.severity == "error"}
    with np.errstate(all="ignore"):
        printed = gather(raw, faulty)
        found = [finding for doubt in _FAMILIES for finding in doubt(printed)]
    return [*found, *doubt_judgements(raw, faulty), *doubt_flow(raw, faulty)]


_FAMILIES = (
    doubt_spread,
    doubt_scale,
    doubt_direction,
    doubt_recomputation,
    doubt_against_arms,
    doubt_sizes,
    doubt_notes,
    doubt_neighbours,
    doubt_numbers,
)
