"""Run the benchmarks: `python -m benchmarks [--only NAME] [--full] [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path

from benchmarks.machine import current_load, describe_machine, limit_threads

BENCHMARKS = (
    "fits",
    "permutations",
    "joint",
    "measurement",
    "pools",
    "subsets",
    "multiverse",
    "command_line",
    "report",
    "explorer",
    "scale",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; exit 1 where contestants disagree or a command failed: such times mean nothing."""
    options = _parser().parse_args(arguments)
    limit_threads()
    machine = describe_machine()
    # Only now: numpy looks at the threads it may have when it is imported.
    from benchmarks.peers import metafor_versions, why_no_metafor
    from benchmarks.table import section_text

    machine = replace(machine, libraries=machine.libraries | metafor_versions())
    _say("\n".join(machine.lines()))
    if why_no_metafor():
        _say(f"metafor does not take part: {why_no_metafor()}.")

    sections = []
    for name in options.only or BENCHMARKS:
        for section in import_module(f"benchmarks.{name}").run(full=options.full):
            _say(f"\n{section_text(section)}")
            sections.append((name, section))
    if options.json:
        record = {
            "machine": asdict(machine) | {"load_after": current_load()},
            "sections": [{"benchmark": name} | section.to_dict() for name, section in sections],
        }
        options.json.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(section.sound for _, section in sections) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time the toolkit beside its peers.")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, help="one benchmark; repeat for several")
    parser.add_argument("--full", action="store_true", help="spare no peer: several minutes more")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every repetition there as well")
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
