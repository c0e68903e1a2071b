"""Many trials and large reviews: check and load of generated data roots, and the import of a Cochrane-style file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.generated import cochrane_rows, many_trials
from benchmarks.machine import callers_environment
from benchmarks.record import Check, Entry, Section
from benchmarks.timing import Timing

ROOT = Path(__file__).parents[1]
SIZES = (1_000, 3_000)
FULL_SIZES = (1_000, 10_000)

# Each step runs in a process of its own, because a process's peak of memory never falls.
STEP = """
import json, resource, sys, time
from pathlib import Path
what, *arguments = sys.argv[1:]
if what == "check":
    from synthesis.evidence.plausibility import examine
    call = lambda: len(examine(Path(arguments[0]), references=Path(arguments[1])))
elif what == "load":
    from synthesis.evidence import load_evidence
    call = lambda: len(load_evidence(Path(arguments[0]), references=Path(arguments[1])).trials)
elif what == "import":
    from synthesis.exchange.importers import import_revman
    call = lambda: import_revman(Path(arguments[0]), Path(arguments[1])).to_dict()
else:
    import pandas as pd
    call = lambda: sum(len(pd.read_csv(path, dtype=str)) for path in sorted(Path(arguments[0]).rglob("*.csv")))
clock, processor = time.perf_counter(), time.process_time()
found = call()
seconds = time.perf_counter() - clock, time.process_time() - processor
# Linux counts into ru_maxrss what the process that started this one had taken; its own peak stands in its status.
own = Path("/proc/self/status")
if own.exists():
    peak = int(own.read_text().partition("VmHWM:")[2].split()[0]) / 2**10
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps({"seconds": seconds, "megabytes": peak, "found": found}))
"""


def run(
    *,
    source: Path = ROOT / "data",
    sizes: tuple[int, ...] | None = None,
    rows: int = 50_000,
    full: bool = False,
) -> list[Section]:
    """Time check and load of generated data roots, and the import of a generated Cochrane package.

    Parameters
    ----------
    source : pathlib.Path
        The data root whose trials are copied.
    sizes : tuple of int, optional
        Trials of each generated root.
    rows : int
        Rows of the generated review.
    full : bool
        Up to ten thousand trials.
    """
    chosen = sizes or (FULL_SIZES if full else SIZES)
    return [*(_trials(source, trials) for trials in chosen), _import(rows)]


def _trials(source: Path, trials: int) -> Section:
    with TemporaryDirectory(prefix="synthesis-") as folder:
        data, references = many_trials(source, Path(folder), trials)
        files = len(list(data.rglob("*.csv")))
        steps = {what: _step(what, data, references) for what in ("check", "load", "read")}
    names = {"check": ("synthesis", "check"), "load": ("synthesis", "load_evidence"), "read": ("pandas", "read_csv")}
    entries = tuple(_entry(*names[what], step) for what, step in steps.items())
    loaded = abs(trials - steps["load"]["found"]) if "found" in steps["load"] else float("nan")
    return Section(
        f"{trials:,} generated trials in {files:,} files",
        entries,
        (Check("trials not loaded", float(loaded), 0.0),),
        notes=(
            "Check holds every rule of the contract and of plausibility; pandas only reads the same files as text.",
        ),
        faults=tuple(step["fault"] for step in steps.values() if "fault" in step),
    )


def _import(rows: int) -> Section:
    with TemporaryDirectory(prefix="synthesis-") as folder:
        alone = Path(folder) / "source"
        alone.mkdir()
        source = cochrane_rows(alone / "SAMPLE-data-rows.csv", rows)
        ours = _step("import", source, Path(folder) / "imported")
        peer = _step("read", alone)
    return Section(
        f"Import of a Cochrane-style file of {rows:,} rows",
        (_entry("synthesis", "import revman", ours), _entry("pandas", "read_csv", peer)),
        notes=("The import writes a data root that check accepts; pandas only reads the file as text.",),
        faults=tuple(step["fault"] for step in (ours, peer) if "fault" in step),
    )


def _step(what: str, *arguments: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", STEP, what, *map(str, arguments)],
        cwd=ROOT,
        env=callers_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        return {"fault": f"{what} failed: {done.stderr.strip()[-300:]}"}
    return json.loads(done.stdout)


def _entry(who: str, what: str, step: dict) -> Entry:
    if "fault" in step:
        return Entry(who, what, None, note="failed")
    clock, processor = step["seconds"]
    return Entry(who, what, Timing((clock,), (processor,)), note=f"peak memory {step['megabytes']:.0f} MB")
