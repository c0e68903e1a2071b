"""Data roots with a search flow: both arms of PRISMA 2020, an earlier version, boxes with several lines."""

from __future__ import annotations

from builders.roots import build_evidence, means
from synthesis.evidence import Evidence

BOTH = (
    ("previous_studies", "", 3), ("previous_reports", "", 4),
    ("database_results", "", 100), ("database_specific_results", "PsycInfo", 60),
    ("database_specific_results", "MEDLINE", 40), ("register_results", "", 10),
    ("duplicates", "", 30), ("records_screened", "", 80), ("records_excluded", "", 40),
    ("dbr_sought_reports", "", 40), ("dbr_notretrieved_reports", "", 5), ("dbr_assessed", "", 35),
    ("dbr_excluded", "Not randomised", 12), ("dbr_excluded", "No <peers> & no $worker$", 8),
    ("citations_results", "", 12), ("other_sought_reports", "", 10), ("other_notretrieved_reports", "", 1),
    ("other_assessed", "", 9), ("other_excluded", "", 4), ("new_studies", "", 18), ("new_reports", "", 20),
    ("total_studies", "", 21), ("total_reports", "", 24),
)  # fmt: skip


def flow_rows(counts=BOTH):
    """Return rows of search_flow from (name, description, n); None leaves the number empty."""
    return [{"data": name, "description": words, "n": n} for name, words, n in counts]


def changed(name: str, n: int | None):
    """Return the counts of `BOTH` with another number at the first row of a name."""
    place = next(i for i, row in enumerate(BOTH) if row[0] == name)
    return [*BOTH[:place], (name, BOTH[place][1], n), *BOTH[place + 1 :]]


def searched(folder, counts=BOTH, trials: int = 3) -> Evidence:
    """Return the evidence of a root with these counts and so many trials of one outcome."""
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash{2001 + i}sample") for i in range(trials)]
    return build_evidence(folder, rows, lists={"search_flow": flow_rows(counts)})
