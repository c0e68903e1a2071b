"""Small notebooks and plans that the tests of the reports share."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from synthesis.reports import Job

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write_notebook(path, *cells, parameters=None):
    """Write a notebook of code cells, the first tagged `parameters` if there are any; return its path."""
    sources = [("parameters", parameters)] * (parameters is not None) + [("", cell) for cell in cells]
    content = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {"tags": [tag] if tag else []},
                "source": source,
                "execution_count": None,
                "outputs": [],
            }
            for number, (tag, source) in enumerate(sources)
        ],
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def data_root(folder):
    """Write two small tables and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in {"hope": (0.1, 0.4, 0.2), "recovery": (0.3, -0.1, 0.5)}.items():
        rows = [f"{trial},{value}" for trial, value in zip("ABC", values, strict=True)]
        (folder / f"{name}.csv").write_text("\n".join(["trial,effect", *rows, ""]), encoding="utf-8")
    return folder


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sample_plan(data):
    """Return a plan over `data_root`: one page on everything, one an outcome, one with hostile text."""
    files = {path.name: digest(path) for path in sorted(data.glob("*.csv"))}
    place = {"data": data.as_posix()}
    outcomes = [
        Job(
            NOTEBOOKS / "outcome.ipynb",
            f"outcome-{outcome}",
            title=f"{outcome.capitalize()}: the rows",
            section="Outcomes",
            outcome=outcome,
            parameters={**place, "outcome": outcome},
            files={f"{outcome}.csv": files[f"{outcome}.csv"]},
            cover=True,
        )
        for outcome in ("hope", "recovery")
    ]
    payload = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    return (
        Job(
            NOTEBOOKS / "overview.ipynb",
            "overview",
            section="Start here",
            blurb="a blurb",
            parameters=place,
            files=files,
        ),
        *outcomes,
        Job(NOTEBOOKS / "hostile.ipynb", "hostile", section="Traps", parameters={"payload": payload}),
    )


def tree(folder):
    """Return the digest of every file below a folder, by path."""
    return {path.relative_to(folder).as_posix(): digest(path) for path in folder.rglob("*") if path.is_file()}
