"""The tables of a trial as they stand before anyone has read its report: what can be known is filled in, no more.

A cell is left empty wherever the report must speak, so that `synthesis check` lists what remains to fill in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from synthesis.evidence.contract import tables_of
from synthesis.evidence.vocabulary import DOMAINS, HARMS

TOOL = "rob2"

Row = Mapping[str, str]


@dataclass(frozen=True)
class Arm:
    """An arm by its name and its role, intervention or comparator."""

    name: str
    role: str


def trial_files(year: str, arms: Sequence[Arm], components: Sequence[str], coders: Sequence[str]) -> dict[str, str]:
    """Return the text of each file of a new trial by its name.

    Parameters
    ----------
    year : str
        Year of the main report.
    arms : sequence of Arm
    components : sequence of str
        Components of the codebook; each coder rates each of them in each intervention arm.
    coders : sequence of str
        One block of rows each.
    """
    peers = [arm.name for arm in arms if arm.role == "intervention"]
    others = [arm.name for arm in arms if arm.role == "comparator"]
    rows: dict[str, list[Row]] = {
        "trial": [{"year": year}],
        "arms": [{"arm": arm.name, "role": arm.role} for arm in arms],
        "outcomes": [{"intervention_arm": peer, "comparator_arm": other} for peer, other in product(peers, others)],
        "components": [
            {"arm": peer, "component": component, "coder": coder}
            for coder, peer, component in product(coders, peers, components)
        ],
        "risk_of_bias": [{"tool": TOOL, "domain": domain} for domain in DOMAINS[TOOL]],
        "harms": [{"what": what, "derived": "no"} for what in HARMS],
    }
    return {
        table.filename: _text(table.columns, rows[table.name]) for table in tables_of("trial") if table.name in rows
    }


def _text(columns: Sequence[str], rows: Sequence[Row]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
