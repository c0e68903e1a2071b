"""Checking and reading the shipped trials: as a command, Python's start included, and in a running process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from benchmarks.machine import callers_environment
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import Timing, time_calls
from synthesis.evidence import load_evidence
from synthesis.evidence.checks import check
from synthesis.evidence.contract import load_contract

ROOT = Path(__file__).parents[1]
SMALLEST_START = "print()"
START_WITH_PANDAS = "import pandas"
PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"


def run(
    *,
    data: Path = ROOT / "data",
    references: Path = ROOT / "references.bib",
    repeats: int = 7,
    full: bool = False,
) -> list[Section]:
    """Time `synthesis check`, the check alone, and the reading of a data root.

    Parameters
    ----------
    data, references : pathlib.Path
    repeats : int
    full : bool
        Makes no difference.
    """
    files = sorted(data.rglob("*.csv"))
    size = f"{len(list((data / 'trials').iterdir()))} trials in {len(files)} files"
    return [
        _commands(data, references, size, repeats),
        _checking(data, references, files, size, repeats),
        _reading(data, references, files, size, repeats),
    ]


def _commands(data: Path, references: Path, size: str, repeats: int) -> Section:
    checked, done = _command(
        ["-m", "synthesis", "check", "--data", str(data), "--references", str(references)], repeats
    )
    helped, _ = _command(["-m", "synthesis", "--help"], repeats)
    pandas, _ = _command(["-c", START_WITH_PANDAS], repeats)
    python, _ = _command(["-c", SMALLEST_START], repeats)
    entries = (
        Entry("synthesis", "check", checked),
        Entry("synthesis", "--help", helped),
        Entry("Python", START_WITH_PANDAS, pandas, note="before any work on tables"),
        Entry("Python", "nothing", python, note="the start alone"),
    )
    faults = [] if done.returncode in (0, 1) else [f"synthesis check failed: {done.stderr.strip()[-300:]}"]
    return Section(f"As a command, Python's start included: {size}", entries, faults=tuple(faults))


def _command(arguments: Sequence[str], repeats: int) -> tuple[Timing, subprocess.CompletedProcess[str]]:
    return time_calls(
        lambda: subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=callers_environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        ),
        repeats=repeats,
    )


def _checking(data: Path, references: Path, files: Sequence[Path], size: str, repeats: int) -> Section:
    ours, findings = time_calls(lambda: check(data, references=references), repeats=repeats)
    entries = [Entry("synthesis", "check", ours, note="every rule, across files, and the bibliography")]
    checks = []
    if find_spec("frictionless") is None:
        entries.append(Entry("frictionless", "validate", None, note="absent: make setup installs it"))
    else:
        theirs, faults = time_calls(lambda: _frictionless(data), repeats=1, warm_up=lambda: _frictionless(data, most=5))
        entries.append(Entry("frictionless", "validate", theirs, note="the same Table Schemas, each file by itself"))
        errors = sum(finding.severity == "error" for finding in findings)
        if errors == 0:  # only on data without errors must both say the same: ours knows more rules
            checks.append(Check("errors found by frictionless in data that are in order", float(faults), 0.0))
    entries.append(
        Entry("pandas", "read_csv", _read_all(files, repeats), note="the same files as text, nothing checked")
    )
    return Section(f"Checking in a running process: {size}", tuple(entries), tuple(checks))


def _frictionless(data: Path, most: int | None = None) -> int:
    """Validate the files of trials and codebook, or the first `most`; return the number of errors."""
    from frictionless import Resource

    trials = sorted(path.name for path in (data / "trials").iterdir())
    tables = [(table, table.path.format(trial=trial)) for table in load_contract().values() for trial in trials]
    places = {place: table for table, place in tables if table.scope != "root" and (data / place).exists()}
    errors = 0
    for place, table in list(places.items())[:most]:
        schema = {name: value for name, value in table.schema.items() if name != "foreignKeys"}
        descriptor = {"$schema": PROFILE, "name": table.name, "path": place, "encoding": "utf-8", "schema": schema}
        report = Resource.from_descriptor(descriptor, basepath=str(data)).validate()
        errors += len(report.flatten(["type"]))
    return errors


def _reading(data: Path, references: Path, files: Sequence[Path], size: str, repeats: int) -> Section:
    ours, evidence = time_calls(lambda: load_evidence(data, references=references), repeats=repeats)
    trials = len(list((data / "trials").iterdir()))
    entries = (
        Entry("synthesis", "load_evidence", ours, note="checked, typed and joined"),
        Entry("pandas", "read_csv", _read_all(files, repeats), note="the same files as text, nothing checked"),
    )
    missing = float(trials - evidence.trials["trial"].nunique())
    return Section(f"Reading in a running process: {size}", entries, (Check("trials not loaded", missing, 0.0),))


def _read_all(files: Sequence[Path], repeats: int) -> Timing:
    return time_calls(lambda: [pd.read_csv(path, dtype=str) for path in files], repeats=repeats)[0]
