"""The table that says where each rule of the method lives names every rule, and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    line.strip("|").split("|")
    for line in (ROOT / "docs" / "method.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| \d+ \|", line)
]


def test_every_rule_has_its_row_in_order():
    assert [int(row[0]) for row in ROWS] == list(range(1, 22))


def test_every_rule_names_code_a_test_and_a_place_and_the_files_exist():
    for number, _, code, tests, place in ROWS:
        named = re.findall(r"`((?:synthesis|tests|data)/[^`]+)`", code + tests)
        assert re.findall(r"`synthesis/|`data/", code), f"rule {number} names no code"
        assert "`tests/" in tests, f"rule {number} names no test"
        assert place.strip(), f"rule {number} names no place"
        assert [name for name in named if not (ROOT / name).is_file()] == []
