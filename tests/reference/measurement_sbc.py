"""Simulation-based calibration of the measurement model's sampler, into measurement_sbc.json.

    PYTHONPATH=tests python tests/reference/measurement_sbc.py

Batches of reviews; what is finished is kept at once, and the same command goes on from there.
"""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from builders.measured import DELTAS, calibrate_sampler
from synthesis.choices import SEED

FILE = Path(__file__).with_suffix(".json")
SETTINGS = {"seed": SEED, "batches": 8, "sets": 256, "draws": 63, "thin": 16, "warmup": 300, "deltas": list(DELTAS)}


def main() -> None:
    found = {"settings": SETTINGS, "versions": {}, "batches": []}
    if FILE.exists():
        before = json.loads(FILE.read_text(encoding="utf-8"))
        if before["settings"] == SETTINGS:
            found = before
    own = {name: SETTINGS[name] for name in ("draws", "thin", "warmup")}
    for batch in range(len(found["batches"]), SETTINGS["batches"]):

        def told(done: int, planned: int, number: int = batch) -> None:
            print(f"\rbatch {number + 1} of {SETTINGS['batches']}: {done} of {planned}", end="", file=sys.stderr)

        ranks = calibrate_sampler(SETTINGS["sets"], seed=[SETTINGS["seed"], batch], told=told, **own)
        counts = {name: np.bincount(values, minlength=own["draws"] + 1).tolist() for name, values in ranks.items()}
        found["batches"].append(counts)
        found["versions"] = {"python": platform.python_version()} | {name: version(name) for name in ("numpy", "scipy")}
        part = FILE.with_suffix(".part")
        lines = ",\n".join("  " + json.dumps(one) for one in found["batches"])
        head = json.dumps({name: found[name] for name in ("settings", "versions")}, indent=1).rsplit("\n}", 1)[0]
        part.write_text(f'{head},\n "batches": [\n{lines}\n ]\n}}\n', encoding="utf-8")
        part.replace(FILE)
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
