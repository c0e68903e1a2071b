"""The page on the multiverse: its levels are the program's, its commands exist, its counts are those of the data."""

import re
import shlex
import sys
from pathlib import Path

import yaml

from synthesis.answers.multiverse.space import multiverse
from synthesis.cli import commands
from synthesis.evidence import load_evidence

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

import make_pages  # noqa: E402

PAGE = (ROOT / "docs" / "multiverse.md").read_text(encoding="utf-8")


def test_the_levels_are_those_of_the_program():
    assert make_pages.choices() == PAGE, "type: .venv/bin/python docs/make_pages.py"


def test_every_command_of_the_page_exists():
    typed = re.findall(r"^ *\$? *synthesis multiverse (.+)$", PAGE, re.MULTILINE)
    jobs = re.findall(r"synthesis multiverse ([^\"\n]+)\"\]", PAGE)
    group = commands.commands["multiverse"]
    assert len(typed) >= 8
    for line in [*typed, *jobs]:
        name, *words = shlex.split(line)
        context = group.commands[name].make_context(name, [*words], resilient_parsing=True)
        assert all(word in group.commands[name].get_help(context) for word in words if word.startswith("--"))


def test_the_job_for_kubernetes_is_yaml_of_an_indexed_job():
    job = yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])
    assert job["spec"]["completionMode"] == "Indexed"
    command = job["spec"]["template"]["spec"]["containers"][0]["command"][-1]
    assert f"$JOB_COMPLETION_INDEX/{job['spec']['completions']}" in command


def test_the_counts_are_those_of_the_shipped_trials():
    evidence = load_evidence(ROOT / "data", references=ROOT / "references.bib")
    space = multiverse(evidence, "recovery", permutations=0)
    assert f"{space.shape[0]:,} combinations of data on recovery" in PAGE
    assert f"{len(space.work.data.members)} different\ndata sets" in PAGE
