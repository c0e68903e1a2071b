"""The workflows of GitHub as data: their steps, their scripts, and the commands in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(path):
    return [step for job in load(path)["jobs"].values() for step in job["steps"]]


def shell_of(path):
    return [step["run"] for step in steps(path) if "run" in step]


def calls_of(script):
    """Every call of the command line in a script, as arguments; variables of the shell stay as they are."""
    script = script.replace("\\\n", " ")
    for found in re.finditer(r"-m synthesis ([^;|&>\n]+)", script):
        yield shlex.split(found[1])
    for found in re.finditer(r'make (check|report|document|publish)(?: OPTIONS="([^"]*)")?', script):
        yield [found[1], *shlex.split(found[2] or "")]
