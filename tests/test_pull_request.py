"""What greets a contributor on GitHub: workflows that run commands we have, forms with the contract's words."""

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from synthesis.cli import commands
from synthesis.contract import load_contract, tables_of

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


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
    for found in re.finditer(r'make (check|report)(?: OPTIONS="([^"]*)")?', script):
        yield [found[1], *shlex.split(found[2] or "")]


# Workflows


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_a_trigger_little_power_and_a_limit_of_time(path):
    workflow = load(path)
    assert workflow[True]  # YAML 1.1 reads the word "on" so; GitHub does not
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow[True]
    for job in workflow["jobs"].values():
        assert job["runs-on"]
        assert job["timeout-minutes"] <= 30
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_a_pull_request_says_is_put_into_a_script(path):
    assert not [script for script in shell_of(path) if "${{" in script]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_scripts_are_valid_shell(path):
    for script in shell_of(path):
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0


def test_the_commands_of_the_workflows_exist_with_their_options():
    calls = [call for path in WORKFLOWS for script in shell_of(path) for call in calls_of(script)]
    assert {call[0] for call in calls} == {"check", "diff", "report"}
    for name, *arguments in calls:
        command = commands.commands[name]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in arguments if word.startswith("-")} <= known
        command.make_context(name, [*arguments], resilient_parsing=False)


def test_make_has_the_targets_of_the_workflows():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in WORKFLOWS:
        for script in shell_of(path):
            for target in re.findall(r"make ([\w./-]+)", script):
                assert re.search(rf"^{re.escape(target)}:", makefile, flags=re.MULTILINE)


def test_a_pull_request_is_checked_compared_and_rendered_and_main_rendered_each_month():
    contribution, monthly = load(GITHUB / "workflows/contribution.yml"), load(GITHUB / "workflows/monthly.yml")
    assert {"data/**", "references.bib"} <= set(contribution[True]["pull_request"]["paths"])
    uploaded = [
        step["with"]["name"] for step in steps(GITHUB / "workflows/contribution.yml") if "path" in step.get("with", {})
    ]
    assert uploaded == ["what-this-changes", "report"]
    *_, day, month, weekday = monthly[True]["schedule"][0]["cron"].split()
    assert (int(day), month, weekday) == (1, "*", "*")


def test_the_steps_of_a_contribution_run_as_written_on_a_clone(tmp_path):
    """The two scripts that speak to GitHub, run by bash on two commits of the invented trials."""
    base = tmp_path / "clone"
    subprocess.run(["git", "init", "-q", "-b", "main", base], check=True)
    sample = ROOT / "tests" / "trials" / "valid"
    for name in ("data", "references.bib"):
        subprocess.run(["cp", "-r", sample / name, base], check=True)
    git(base, "add", ".")
    git(base, "commit", "-q", "-m", "Base")
    git(base, "update-ref", "refs/remotes/origin/main", "HEAD")
    outcomes = base / "data/trials/alder2011sample/outcomes.csv"
    header, first, *_ = outcomes.read_text(encoding="utf-8").splitlines(keepends=True)
    outcomes.write_text(header + first, encoding="utf-8")
    git(base, "commit", "-q", "-a", "-m", "Withdraw results")
    runs = base / ".venv" / "bin"
    runs.mkdir(parents=True)
    (runs / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    (runs / "python").chmod(0o755)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "BASE": "origin/main", "HOME": str(tmp_path)}
    environment["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    for script in shell_of(GITHUB / "workflows/contribution.yml"):
        if "make " not in script:
            subprocess.run(["bash", "-e", "-c", script], cwd=base, env=environment, check=True)
    assert "alder" in (base / "change/comment.md").read_text(encoding="utf-8").lower()
    assert (base / "change/change.svg").read_text(encoding="utf-8").lstrip().startswith("<?xml")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "data: no errors" in summary
    assert summary.endswith((base / "change/comment.md").read_text(encoding="utf-8"))


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


# Forms


def columns():
    """The enumeration of each column of the contract that has one, by the column's name."""
    return {field.name: field.enum for table in load_contract().values() for field in table.fields if field.enum}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_is_one_github_accepts(path):
    form = load(path)
    assert set(form) <= {"name", "description", "title", "labels", "body"}
    assert form["name"]
    assert form["description"]
    parts = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in parts} <= {"input", "textarea", "dropdown", "checkboxes"}
    ids = [part["id"] for part in parts]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in ids)
    labels = [part["attributes"]["label"] for part in parts]
    assert len(set(labels)) == len(labels)
    for part in parts:
        options = part["attributes"].get("options", [])
        assert bool(options) == (part["type"] in ("dropdown", "checkboxes"))
        words = [option["label"] if part["type"] == "checkboxes" else option for option in options]
        assert all(isinstance(word, str) for word in words)  # a bare yes or no would be a truth value
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_the_choices_of_a_form_are_those_of_the_contract(path):
    checked = 0
    for part in load(path)["body"]:
        name, options = part.get("id"), part["attributes"].get("options")
        if part["type"] != "dropdown":
            continue
        if name == "outcome":
            with (ROOT / "data/codebook/outcomes.csv").open(encoding="utf-8", newline="") as file:
                assert options == [row["outcome"] for row in csv.DictReader(file)]
        elif name == "table":
            assert sorted(options) == sorted(table.filename for table in tables_of("trial"))
        else:
            assert options == list(columns()[name])
        checked += 1
    assert checked


def test_a_form_asks_for_the_contracts_columns_under_their_names():
    asked = {part.get("id") for path in FORMS for part in load(path)["body"]}
    known = {field.name for table in load_contract().values() for field in table.fields}
    assert {"design", "comparator_type", "modality", "peer_role", "decision", "registration", "reason"} <= asked & known


def test_the_pull_request_template_names_the_required_columns():
    template = (GITHUB / "pull_request_template.md").read_text(encoding="utf-8")
    named = {
        line[0]: tuple(re.findall(r"\*\*(\w+)\*\*", line[1]))
        for line in re.findall(r"^- `(\w+\.csv)`(.*)$", template, re.M)
    }
    assert named == {table.filename: table.required_columns for table in tables_of("trial")}
    assert "synthesis check --trial" in template
