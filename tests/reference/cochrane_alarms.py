"""Counts the doubts of 30 Cochrane reviews that the rules of plausibility were never set on, and prints them.

Run as `python tests/reference/cochrane_alarms.py FOLDER`, with the repository on the path. FOLDER holds a
`<CD>-data-rows.csv` for each review of the public package Pairwise70, written from its `.rda` files by

    for (f in list.files("data", pattern = "_data\\\\.rda$", full.names = TRUE)) {
      load(f, e <- new.env()); d <- get(ls(e)[1], e)
      name <- sub("_data\\\\.rda$", "-data-rows.csv", basename(f))
      write.csv(d, file.path("FOLDER", name), row.names = FALSE, na = "", fileEncoding = "UTF-8")
    }

The 30 are drawn by `SEED` among the names in order; those drawn by `SEEN` before were looked at while the rules were
made, and are drawn no more. Verdicts on what the rules say of them stand in `tests/data/cochrane_verdicts.csv`.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from synthesis.evidence.plausibility import examine
from synthesis.evidence.rules import DOUBTS
from synthesis.exchange.importers import import_revman

END = "-data-rows.csv"
SEED = 2030
# Reviews looked at: seed and number, each drawn among those left by the draws before, in this order.
SEEN = ((20261130, 30), (7, 40), (2027, 30), (2028, 30), (2029, 30))
DRAWN = 30


def draw(names: Sequence[str]) -> list[str]:
    """Return the reviews drawn by `SEED` among those that `SEEN` left."""
    left = sorted(names)
    for seed, number in SEEN:
        taken = set(random.Random(seed).sample(left, number))
        left = [name for name in left if name not in taken]
    return sorted(random.Random(SEED).sample(left, DRAWN))


def doubts_of(path: Path) -> list[tuple[str, str, str, str, str]]:
    """Import a review and return review, trial, row, rule and sentence of every doubt."""
    with tempfile.TemporaryDirectory() as folder:
        root = import_revman(path, Path(folder) / "review").path
        found = [finding for finding in examine(root) if finding.rule in DOUBTS]
    review = path.name.removesuffix(END)
    return [(review, Path(f.file).parent.name, str(f.row), f.rule, f.message) for f in found]


def main(folder: Path) -> None:
    """Print seed, reviews, every doubt and the count of each rule."""
    drawn = draw([path.name for path in folder.glob(f"*{END}")])
    print(f"seed {SEED}, after {', '.join(f'{number} by {seed}' for seed, number in SEEN)}")
    print(*(name.removesuffix(END) for name in drawn))
    found = [doubt for name in drawn for doubt in doubts_of(folder / name)]
    csv.writer(sys.stdout).writerows(found)
    print(f"{len(found)} doubts: {Counter(rule for _, _, _, rule, _ in found).most_common()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
