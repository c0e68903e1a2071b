"""Small Cochrane data packages with invented numbers; printed effects by RevMan's formulas, worked out here by hand."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Z = 1.959963984540054
NAME = "CD000001"


def printed(measure: str, a: int, n1: int, c: int, n2: int) -> dict[str, str]:
    """Return effect and interval of two groups' events as a review prints them, to six decimals."""
    b, d, total, both = n1 - a, n2 - c, n1 + n2, a + c
    half = 0.5 if 0 in (a, b, c, d) else 0.0
    A, B, C, D = a + half, b + half, c + half, d + half
    if measure == "RR":
        y, s = math.log(A / (A + B) / (C / (C + D))), math.sqrt(1 / A - 1 / (A + B) + 1 / C - 1 / (C + D))
    elif measure == "OR":
        y, s = math.log(A * D / B / C), math.sqrt(1 / A + 1 / B + 1 / C + 1 / D)
    elif measure == "RD":
        y, s = a / n1 - c / n2, math.sqrt(A * B / (A + B) ** 3 + C * D / (C + D) ** 3)
    else:
        v = n1 * n2 * both * (b + d) / total**2 / (total - 1)
        y, s = (a - n1 * both / total) / v, 1 / math.sqrt(v)
    natural = (lambda x: x) if measure == "RD" else math.exp
    names = ("Mean", "CI start", "CI end")
    return {name: f"{natural(x):.6f}" for name, x in zip(names, (y, y - Z * s, y + Z * s), strict=True)}


def counts(study: str, a: int, n1: int, c: int, n2: int, *, measure: str = "RR", swap: bool = False, **cells) -> dict:
    """Return a data row of events; `swap` prints the effect of people without the event."""
    shown = printed(measure, n1 - a, n1, n2 - c, n2) if swap else printed(measure, a, n1, c, n2)
    row = {"Analysis group": 1, "Analysis number": 1, "Analysis name": "Result", "Study": study, "Study year": 2001}
    row |= {"Experimental cases": a, "Experimental N": n1, "Control cases": c, "Control N": n2}
    return row | shown | {name.replace("_", " "): cell for name, cell in cells.items()}


def setting(**cells) -> dict:
    """Return the settings of analysis 1.1, of risk ratios by inverse variances unless other cells are given."""
    row = {"Analysis group": 1, "Analysis number": 1, "Analysis name": "Result", "Statistical method": "IV"}
    row |= {"Effect measure": "Risk Ratio", "Analysis model": "Fixed effect", "Overall estimates": "true"}
    row |= {"Swap event and non-event": "false", "Graph label (left)": "", "Graph label (right)": ""}
    row |= {
        "Experimental group label": "Drug",
        "Control group label": "Placebo",
        "Mean": "",
        "CI start": "",
        "CI end": "",
    }
    return row | {name.replace("_", " "): cell for name, cell in cells.items()}


def table(rows: Sequence[Mapping]) -> str:
    """Return rows as the text of a CSV file."""
    text = io.StringIO(newline="")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def files(rows: Sequence[Mapping], settings: Sequence[Mapping] = (), **others: Sequence[Mapping]) -> dict[str, str]:
    """Return the files of a package by name: data rows, settings, and others such as `risk_of_bias`."""
    tables = {"data-rows": rows, "overall-estimates-and-settings": settings}
    tables |= {name.replace("_", "-"): of_kind for name, of_kind in others.items()}
    return {f"{NAME}-{kind}.csv": table(of_kind) for kind, of_kind in tables.items() if of_kind}


def write(folder: Path, package: Mapping[str, str]) -> Path:
    """Write a package's files into a folder and return its data rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in package.items():
        (folder / name).write_text(text, encoding="utf-8-sig")
    return folder / f"{NAME}-data-rows.csv"


def zipped(path: Path, package: Mapping[str, str | bytes]) -> Path:
    """Write a package as an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in package.items():
            archive.writestr(name, text)
    return path
