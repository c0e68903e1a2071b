"""The commands of the contract, one file a family. No logic: each command loads, calls one thing and prints it.

Heavy imports stand inside the commands, so that `synthesis --help` answers at once.
"""

from __future__ import annotations

from synthesis.cli import (
    answers,
    beside,
    calibration,
    certainty,
    changes,
    data,
    document,
    exchange,
    explain,
    explore,
    measurement,
    multiverse,
    publishing,
    reports,
    subgroups,
    worklist,
)
from synthesis.cli.program import commands, main

__all__ = ["commands", "main"]

for family in (
    data,
    answers,
    beside,
    certainty,
    explain,
    calibration,
    measurement,
    subgroups,
    multiverse,
    worklist,
    explore,
    reports,
    changes,
    publishing,
    document,
    exchange,
):
    for command in family.COMMANDS:
        commands.add_command(command)
