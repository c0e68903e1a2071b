"""Generated data of any size: a root of copied trials, and the data rows of an invented review.

Sample data, not evidence.
"""

from __future__ import annotations

import csv
import math
import shutil
from itertools import cycle, islice
from pathlib import Path

import numpy as np

COCHRANE = (
    "Analysis group,Analysis number,Analysis name,Subgroup,Applicability,Study,Study year,GIV Mean,GIV SE,"
    "Experimental mean,Experimental SD,Experimental cases,Experimental N,Control mean,Control SD,Control cases,"
    "Control N,O-E,Variance,Weight,Mean,CI start,CI end,Footnotes"
).split(",")


def many_trials(source: Path, place: Path, trials: int) -> tuple[Path, Path]:
    """Write a data root of so many trials, copies of a root's own under other names; return it and its bibliography.

    Parameters
    ----------
    source : pathlib.Path
        A data root whose `references.bib` lies beside it.
    place : pathlib.Path
        An empty folder.
    trials : int
    """
    folders = sorted(path for path in (source / "trials").iterdir() if path.is_dir())
    bibliography = (source.parent / "references.bib").read_text(encoding="utf-8")
    shutil.copytree(source / "codebook", place / "data" / "codebook")
    entries = []
    for number, folder in enumerate(islice(cycle(folders), trials)):
        key = f"{folder.name}{number}"
        shutil.copytree(folder, place / "data" / "trials" / key)
        entries.append(
            f"@article{{{key},\n  author = {{Sample, Number}},\n  title = {{Generated trial {number}}},\n"
            f"  journal = {{Samples}},\n  year = {{{1990 + number % 30}}}\n}}\n"
        )
    references = place / "references.bib"
    references.write_text("\n".join([bibliography, *entries]), encoding="utf-8")
    return place / "data", references


def cochrane_rows(path: Path, rows: int, *, seed: int = 3) -> Path:
    """Write the data rows of an invented review: two of three analyses with events, one with means."""
    rng = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COCHRANE, restval="")
        writer.writeheader()
        for number in range(rows):
            analysis, study = number // 12, int(rng.integers(rows // 10 + 1))
            writer.writerow(
                {
                    "Analysis group": analysis // 20 + 1,
                    "Analysis number": analysis % 20 + 1,
                    "Analysis name": f"Outcome {analysis % 20 + 1} at {analysis % 20 + 1} months",
                    "Applicability": "SUBGROUP_AND_OVERALL",
                    "Study": f"Author{study} {1990 + study % 30}",
                    "Study year": 1990 + study % 30,
                }
                | (_events(rng) if analysis % 3 else _means(rng))
            )
    return path


def _events(rng: np.random.Generator) -> dict[str, object]:
    n1, n2 = (int(n) for n in rng.integers(20, 200, 2))
    a, c = int(rng.integers(1, n1)), int(rng.integers(1, n2))
    log_rr, se = math.log(a / n1 / (c / n2)), math.sqrt(1 / a - 1 / n1 + 1 / c - 1 / n2)
    printed = [round(math.exp(log_rr + z * se), 6) for z in (0, -1.96, 1.96)]
    counts = {"Experimental cases": a, "Experimental N": n1, "Control cases": c, "Control N": n2}
    return counts | dict(zip(("Mean", "CI start", "CI end"), printed, strict=True))


def _means(rng: np.random.Generator) -> dict[str, object]:
    n1, n2 = (int(n) for n in rng.integers(20, 200, 2))
    m1, m2 = (round(float(m), 2) for m in rng.normal(10, 3, 2))
    s1, s2 = (round(float(s), 2) for s in rng.uniform(2, 5, 2))
    md, se = m1 - m2, math.sqrt(s1**2 / n1 + s2**2 / n2)
    printed = [round(md + z * se, 6) for z in (0, -1.96, 1.96)]
    arms = {"Experimental mean": m1, "Experimental SD": s1, "Experimental N": n1}
    arms |= {"Control mean": m2, "Control SD": s2, "Control N": n2}
    return arms | dict(zip(("Mean", "CI start", "CI end"), printed, strict=True))
