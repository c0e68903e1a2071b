"""What the README shows is what the commands print and what lies in the tree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from docs.readme import ANSWER, BLOCK, answered, draw_figures, filled, load_shipped

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_output_shown_is_what_the_commands_print_now():
    assert BLOCK.search(README), "the README shows no output"
    assert filled(README) == README, "type: .venv/bin/python -m docs.readme"


def test_the_answer_it_gives_is_the_one_computed_now():
    assert len(ANSWER.findall(README)) == 1, "the README gives no answer, or two"
    shipped = load_shipped()
    assert answered(README, shipped, draw_figures(shipped)) == README, "type: .venv/bin/python -m docs.readme"


def test_the_papermill_command_runs_as_printed(tmp_path):
    (line,) = [line.split() for line in README.splitlines() if line.startswith("    papermill ")]
    command = [str(tmp_path / word) if word == "out.ipynb" else word for word in line[1:]]
    done = subprocess.run(
        [sys.executable, "-m", "papermill", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.ipynb").is_file()


def test_every_file_and_picture_it_links_exists():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert len(links) > 4
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", README)) - {"sure"} <= targets
