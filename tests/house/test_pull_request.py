"""What greets a contributor on GitHub: workflows that run commands we have, forms with the contract's words."""

import re
import shlex
import subprocess
import sys

import pytest

from builders.tables import read_rows
from builders.workflows import GITHUB, ROOT, WORKFLOWS, calls_of, load, shell_of, steps
from synthesis.cli import commands
from synthesis.evidence.contract import load_contract, tables_of

FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


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
    assert {call[0] for call in calls} == {"check", "diff", "document", "freeze", "publish", "report"}
    for name, *arguments in calls:
        command = commands.commands[name]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word.partition("=")[0] for word in arguments if word.startswith("-")} <= known
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


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the invented trials whose last commit changes one; another has a warning already."""
    base = tmp_path_factory.mktemp("clone")
    for name in ("data", "references.bib"):
        subprocess.run(["cp", "-r", ROOT / "tests" / "trials" / "valid" / name, base], check=True)
    leave_unrated(base, "birch2014sample")
    git(base, "init", "-q", "-b", "main")
    git(base, "add", ".")
    git(base, "commit", "-q", "-m", "Base")
    git(base, "update-ref", "refs/remotes/origin/main", "HEAD")
    outcomes = base / "data/trials/alder2011sample/outcomes.csv"
    header, first, *_ = outcomes.read_text(encoding="utf-8").splitlines(keepends=True)
    outcomes.write_text(header + first, encoding="utf-8")
    leave_unrated(base, "alder2011sample")
    git(base, "commit", "-q", "-a", "-m", "Withdraw results")
    runs = base / ".venv" / "bin"
    runs.mkdir(parents=True)
    (runs / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    (runs / "python").chmod(0o755)
    return base


def leave_unrated(base, trial):
    with (base / "data/trials" / trial / "components.csv").open("a", encoding="utf-8") as file:
        file.write("peer,listening,coder-9,,,,\n")


def run_step(clone, name):
    """Run the script of a step as GitHub does."""
    script = next(step["run"] for step in steps(GITHUB / "workflows/contribution.yml") if step.get("name") == name)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(clone), "BASE": "origin/main"}
    environment["GITHUB_STEP_SUMMARY"] = str(clone / "summary.md")
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )


def test_only_the_trials_that_change_are_annotated(clone):
    done = run_step(clone, "Show findings beside their lines")
    assert done.returncode == 0, done.stderr
    place = "file=data/trials/alder2011sample/components.csv,line=50,title=unrated_block"
    assert f"::warning {place}::Row 50, rating: " in done.stdout
    assert "birch2014sample" not in done.stdout
    elsewhere = run_step(clone, "Show findings on the references and the codebook")
    assert (elsewhere.returncode, "sample" in elsewhere.stdout) == (0, False)


def test_what_the_change_moves_is_written_down_and_drawn(clone):
    done = run_step(clone, "Say what the change moves")
    assert done.returncode == 0, done.stderr
    said = (clone / "change/comment.md").read_text(encoding="utf-8")
    assert "alder" in said.lower()
    assert "<svg" in (clone / "change/change.svg").read_text(encoding="utf-8")
    assert (clone / "summary.md").read_text(encoding="utf-8").endswith(said)


def test_the_last_step_lists_everything_and_fails_on_an_error(clone):
    passed = run_step(clone, "Check everything")
    assert passed.returncode == 0
    assert "data: no errors, " in passed.stdout
    arms = clone / "data/trials/cedar2016sample/arms.csv"
    before = arms.read_text(encoding="utf-8")
    arms.write_text(before.replace(",comparator,", ",comparison,"), encoding="utf-8")
    failed = run_step(clone, "Check everything")
    arms.write_text(before, encoding="utf-8")
    assert failed.returncode == 1
    assert "[enumeration]" in failed.stdout
    assert "[enumeration]" in (clone / "summary.md").read_text(encoding="utf-8")


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
            assert options == [row["outcome"] for row in read_rows(ROOT / "data/codebook/outcomes.csv")]
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
