"""Imports held against published Cochrane reviews: what is read, what meets the print, what is asked, what is doubted.

`python -m benchmarks.cochrane FOLDER` reads every Cochrane data package below a folder: `*-data-rows.csv`, with the
other files of its package beside it where there are any. Packages are downloaded from a review's page; the public
collection Pairwise70 (github.com/mahmood789/Pairwise70) holds the rows of 595 reviews as R files, which
`benchmarks/cochrane.R` turns into such CSV files. `tests/foreign/cochrane-data-rows.csv` is a small sample with
invented numbers.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthesis.effects import Effects

ENDING = "data-rows.csv"
SEED = 20261130


def main(arguments: Sequence[str] | None = None) -> int:
    """Import the reviews of a folder and print the table; exit 1 where one could not be imported."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cochrane", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds the packages")
    parser.add_argument("--reviews", type=int, help="draw so many  [default: all]")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the draw  [default: {SEED}]")
    options = parser.parse_args(arguments)
    found = sorted(options.folder.rglob(f"*{ENDING}"))
    drawn = random.Random(options.seed).sample(found, options.reviews) if options.reviews else found
    counts: Counter[str] = Counter()
    for number, path in enumerate(sorted(drawn), start=1):
        counts.update(_review(path))
        sys.stderr.write(f"[{number}/{len(drawn)}] {path.name}\n")
    print("\n".join(table(counts, seed=options.seed if options.reviews else None)))
    return 1 if counts["reviews not imported"] else 0


def _review(path: Path) -> Counter[str]:
    """Count what becomes of one review."""
    from synthesis.effects import compute_effects
    from synthesis.errors import SynthesisError
    from synthesis.evidence import load_evidence
    from synthesis.evidence.plausibility import examine
    from synthesis.evidence.rules import DOUBTS
    from synthesis.exchange.importers import import_revman

    counts: Counter[str] = Counter(reviews=1)
    with tempfile.TemporaryDirectory() as place:
        try:
            made = import_revman(path, Path(place) / "root")
            evidence = load_evidence(made.path, references=made.path / "references.bib")
        except SynthesisError as error:
            sys.stderr.write(f"{path.name}: {error}\n")
            return counts + Counter({"reviews not imported": 1})
        counts["rows"] += len(evidence.outcomes)
        counts["analyses"] += len(evidence.codebook.outcomes)
        counts.update(f"direction {code}" for code in evidence.codebook.outcomes["better"])
        counts.update(f"measure {note.kind}" for note in made.notes.notes if note.rule == "measure")
        counts.update(f"pool {note.kind}" for note in made.notes.notes if note.rule == "printed_pool")
        doubts = [f for f in examine(made.path, references=made.path / "references.bib") if f.rule in DOUBTS]
        counts["doubts"] += len(doubts)
        counts.update(f"doubt {finding.rule}" for finding in doubts)
        for outcome in evidence.codebook.outcomes["outcome"]:
            effects = compute_effects(evidence, outcome)
            counts.update(_effects(effects))
    return counts


def _effects(effects: Effects) -> Counter[str]:
    """Count printed effects that the row's own figures give again, on the natural scale."""
    from synthesis.statistics.measures import MEASURES

    measure, rows = MEASURES[effects.measure], effects.cross_checks
    ours, printed = measure.natural(rows["yi"].to_numpy(float)), measure.natural(rows["check_yi"].to_numpy(float))
    met = abs(ours - printed) <= 0.005
    silent = int(effects.left_out["kind"].eq("not_estimable").sum())
    own = {f"effects {effects.measure}": len(rows), f"met {effects.measure}": int(met.sum())}
    return Counter({"effects": len(rows), "met": int(met.sum()), "rows that tell nothing": silent} | own)


def table(counts: Counter[str], *, seed: int | None = None) -> list[str]:
    """Return the table's lines."""
    drawn = "" if seed is None else f", drawn by the seed {seed}"
    told = counts["direction lower"] + counts["direction higher"]
    lines = [
        f"{counts['reviews']} reviews{drawn}, {counts['reviews not imported']} not imported",
        f"{counts['rows']:,} rows on {counts['analyses']:,} analyses",
        f"measures told {counts['measure decided']:,}, stand-ins that say so {counts['measure undecided']:,}",
        f"directions told {told:,}, left open {counts['direction unsettled']:,}",
        f"printed effects met to 0.005: {counts['met']:,} of {counts['effects']:,} that figures of the row give again",
    ]
    measures = sorted(name.removeprefix("effects ") for name in counts if name.startswith("effects "))
    lines += [f"  {code}: {counts[f'met {code}']:,} of {counts[f'effects {code}']:,}" for code in measures]
    lines += [
        f"rows that tell nothing of their measure, pooled nowhere: {counts['rows that tell nothing']:,}",
        f"printed pools met {counts['pool decided']:,}, unlike ours with the reason {counts['pool differs']:,}",
        f"doubts of `synthesis check`: {counts['doubts']:,}",
    ]
    rules = Counter({name.removeprefix("doubt "): n for name, n in counts.items() if name.startswith("doubt ")})
    return [*lines, *(f"  {rule}: {n:,}" for rule, n in rules.most_common())]


if __name__ == "__main__":
    sys.exit(main())
