"""A release is told alike everywhere, and the workflows that make and publish it run commands that work."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import synthesis
from builders.workflows import GITHUB, ROOT, WORKFLOWS, load, steps
from docs.release import ALIKE, disagreements, main, notes_of
from synthesis.evidence.bibliography.library import load_bibliography
from synthesis.reports.changes.making import FEED, PAGE
from synthesis.reports.publishing.assemble import INDEX, REPORT, VERSIONS

PUBLISH, RELEASE = GITHUB / "workflows/publish.yml", GITHUB / "workflows/release.yml"
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
ARCHIVE = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))


# Citation and archive


def test_citation_and_archive_tell_of_one_thing_and_name_nobody_who_did_not_ask_for_it():
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["version"] == ARCHIVE["version"] == synthesis.__version__
    assert CITATION["title"] == ARCHIVE["title"]
    assert CITATION["license"] == ARCHIVE["license"] == "MIT"
    assert [author["name"] for author in CITATION["authors"]] == [own["name"] for own in ARCHIVE["creators"]]
    assert {key for author in (*CITATION["authors"], *ARCHIVE["creators"]) for key in author} == {"name"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [author["name"] for author in project["authors"]] == [own["name"] for own in ARCHIVE["creators"]]
    assert set(project["keywords"]) == set(CITATION["keywords"]) == set(ARCHIVE["keywords"])


def test_both_have_what_their_formats_ask_for_and_nothing_unknown():
    # Checked once in full against schema.json of the Citation File Format 1.2.0 and zenodraft's of Zenodo.
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION)
    known = "cff-version message title abstract type version date-released license authors keywords references doi"
    assert set(CITATION) <= set(known.split())
    assert CITATION["type"] == ARCHIVE["upload_type"] == "software"
    for reference in CITATION["references"]:
        assert {"type", "title", "authors"} <= set(reference)
    assert {"upload_type", "title", "creators", "description", "access_right", "license"} <= set(ARCHIVE)
    assert " ".join(CITATION["abstract"].split()) in ARCHIVE["description"]
    assert "CC BY 4.0" in ARCHIVE["description"]


def test_what_they_relate_to_is_in_the_bibliography_and_no_identifier_is_our_own():
    bibliography = load_bibliography(ROOT / "references.bib")
    related = {own["identifier"]: own["relation"] for own in ARCHIVE["related_identifiers"]}
    assert related == {
        bibliography.doi("gillard2015change"): "references",
        bibliography.doi("metapsy_peer"): "isDerivedFrom",
    }
    assert {own["doi"] for own in CITATION["references"]} == set(related)
    assert "doi" not in ARCHIVE


# What agrees with a tag


@pytest.fixture
def told(tmp_path):
    """A repository in which all agrees on 1.2.0, as `disagreements` reads it."""
    files = {
        "synthesis/__init__.py": '__version__ = "1.2.0"\n',
        "CITATION.cff": 'version: 1.2.0\ndate-released: "2026-03-05"\n',
        ".zenodo.json": '{"version": "1.2.0"}',
        "CHANGELOG.md": "## [Unreleased]\n\n## [1.2.0] - 2026-03-05\n\n- Said.\n\n## [1.1.0] - 2026-01-01\n\n- Old.\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def change(root, name, before, after):
    text = (root / name).read_text(encoding="utf-8")
    assert before in text
    (root / name).write_text(text.replace(before, after), encoding="utf-8")


def test_nothing_is_said_where_all_agrees_and_the_notes_are_those_of_the_version(told):
    assert list(disagreements("v1.2.0", told)) == []
    assert notes_of("1.2.0", told) == "- Said."


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("synthesis/__init__.py", "1.2.0", "1.1.0", 'says 1.1.0, and the tag v1.2.0. Write: __version__ = "1.2.0"'),
        ("CITATION.cff", "version: 1.2.0", "version: 1.3.0", "CITATION.cff says 1.3.0, and the tag v1.2.0."),
        ("CITATION.cff", 'date-released: "2026-03-05"\n', "", 'Write: date-released: "2026-03-05"'),
        ("CITATION.cff", "2026-03-05", "2026-03-06", "released on 2026-03-06, and CHANGELOG.md on 2026-03-05"),
        (".zenodo.json", '"version"', '"title"', ".zenodo.json says no version"),
        ("CHANGELOG.md", "## [1.2.0]", "## [1.2.1]", "CHANGELOG.md has no entry of 1.2.0."),
        ("CHANGELOG.md", " - 2026-03-05", "", "CHANGELOG.md has no entry of 1.2.0."),
        ("CHANGELOG.md", "- Said.", "", "The entry of 1.2.0 in CHANGELOG.md says nothing."),
    ],
)
def test_each_disagreement_is_named_with_how_to_mend_it(told, name, before, after, said):
    change(told, name, before, after)
    (found,) = disagreements("v1.2.0", told)
    assert said in found


@pytest.mark.parametrize("tag", ["1.2.0", "v1.2", "v1.2.0-final", "latest", ""])
def test_a_tag_that_names_no_version_is_refused(told, tag):
    (found,) = disagreements(tag, told)
    assert "is not the name of a version" in found


def test_the_command_writes_the_notes_or_says_what_is_wrong(told, capsys):
    assert main(["v1.2.0", "--notes", str(told / "notes.md")], root=told) == 0
    assert capsys.readouterr().out == f"{ALIKE.format(tag='v1.2.0')}\n"
    assert (told / "notes.md").read_text(encoding="utf-8") == "- Said.\n"
    assert main(["v1.3.0", "--notes", str(told / "other.md")], root=told) == 1
    assert len(capsys.readouterr().err.splitlines()) == 4
    assert not (told / "other.md").exists()


# The workflows


def jobs(path):
    return load(path)["jobs"]


def test_only_these_jobs_may_write_and_none_of_them_runs_code_of_the_repository():
    powers = {
        (path.name, name): job["permissions"]
        for path in WORKFLOWS
        for name, job in jobs(path).items()
        if "permissions" in job
    }
    assert powers == {
        ("publish.yml", "assemble"): {"contents": "read", "pages": "read"},
        ("publish.yml", "deploy"): {"pages": "write", "id-token": "write"},
        ("release.yml", "release"): {"contents": "write", "actions": "write"},
    }
    for (file, name), power in powers.items():
        own = jobs(GITHUB / "workflows" / file)[name]["steps"]
        if "write" in power.values():
            assert not any("checkout" in step.get("uses", "") for step in own)
            words = {line.split()[0] for step in own for line in step.get("run", "").splitlines()}
            assert words <= {"gh", "mv"}


def test_neither_starts_from_a_pull_request_and_actions_are_githubs_own_at_a_version():
    assert set(load(PUBLISH)[True]) == {"push", "workflow_dispatch"}
    assert load(PUBLISH)[True]["push"] == {"branches": ["main"]}
    assert load(RELEASE)[True] == {"push": {"tags": ["v*"]}}
    used = [step["uses"] for path in (PUBLISH, RELEASE) for step in steps(path) if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", own) for own in used)
    assert load(PUBLISH)["concurrency"]["cancel-in-progress"] is False


def test_what_is_assembled_is_what_is_served_and_what_is_packed_is_what_is_released():
    uploaded = [step["with"]["path"] for step in steps(PUBLISH) if "upload-pages-artifact" in step.get("uses", "")]
    assert uploaded == ["public/"]
    given = {step["uses"].split("@")[0]: step["with"] for step in steps(RELEASE) if "artifact" in step.get("uses", "")}
    assert given["actions/upload-artifact"]["name"] == given["actions/download-artifact"]["name"]


def test_make_publish_makes_the_report_then_the_documentation_then_the_folder():
    done = subprocess.run(
        ["make", "-n", "publish", "OPTIONS=--versions released"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    asked = [line for line in done.stdout.splitlines() if "-m synthesis" in line or " site" in line]
    assert asked[0] == ".venv/bin/python -m synthesis report"
    assert "site" in asked[1]
    assert asked[-1] == ".venv/bin/python -m synthesis publish public --versions released"


def test_the_front_of_what_is_served_leads_to_what_stands_beside_it():
    """Only there: the documentation alone would link to nothing."""
    front = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (aside,) = re.findall(r"^````\{only\} published\n(.*?)^````$", front, flags=re.DOTALL | re.MULTILINE)
    given = set(re.findall(r'href="([^"]+)"', aside))
    assert given == {f"{REPORT}/{INDEX}", PAGE, FEED, f"{VERSIONS}/{INDEX}"}
    asked = subprocess.run(["make", "-n", "publish"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m sphinx" in asked
    assert "-t published" in asked


def run_step(path, name, place, **environment):
    """Run the script of a step as GitHub does, with what stands in for gh first on the path."""
    script = next(step["run"] for step in steps(path) if step.get("name") == name)
    environment = {"PATH": f"{place / 'bin'}:/usr/bin:/bin", "HOME": str(place), "PYTHONPATH": str(ROOT)} | environment
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=place, env=environment, capture_output=True, text=True, check=False
    )


def stand_in(place, name, script):
    file = place / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


@pytest.fixture
def releases(tmp_path):
    """What GitHub would say of releases, and a gh that says it: it hands on the query, and copies what is asked for."""
    if shutil.which("jq") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("jq, which reads GitHub's answers, is not installed")
    told = [
        {"tag_name": "v0.3.0", "draft": True, "assets": [{"name": "version-v0.3.0.zip"}]},
        {"tag_name": "v0.2.0", "draft": False, "assets": [{"name": "SHA256SUMS"}, {"name": "version-v0.2.0.zip"}]},
        {"tag_name": "v0.1.0", "draft": False, "assets": [{"name": "version-v0.1.0.zip"}]},
        {"tag_name": "v0.0.1", "draft": False, "assets": []},
    ]
    (tmp_path / "releases.json").write_text(json.dumps(told), encoding="utf-8")
    for own in told:
        for asset in own["assets"]:
            file = tmp_path / "assets" / own["tag_name"] / asset["name"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(own["tag_name"], encoding="utf-8")
    stand_in(
        tmp_path,
        "gh",
        'case "$1" in\n'
        '  api) [ "$3" = repos/us/review/releases ] && jq -r "$5" releases.json ;;\n'
        '  release) cp "assets/$3/$7" "$9" ;;\n'
        "esac",
    )
    return tmp_path


def test_every_released_version_is_brought_along_and_no_draft(releases):
    done = run_step(PUBLISH, "Fetch the released versions", releases, GITHUB_REPOSITORY="us/review")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (releases / "released").glob("*.zip")) == [
        "version-v0.1.0.zip",
        "version-v0.2.0.zip",
    ]


def test_a_version_that_cannot_be_fetched_stops_it_instead_of_vanishing(releases):
    (releases / "assets/v0.1.0/version-v0.1.0.zip").unlink()
    done = run_step(PUBLISH, "Fetch the released versions", releases, GITHUB_REPOSITORY="us/review")
    assert done.returncode != 0


def test_releases_that_cannot_be_listed_stop_it(releases):
    (releases / "releases.json").unlink()
    done = run_step(PUBLISH, "Fetch the released versions", releases, GITHUB_REPOSITORY="us/review")
    assert done.returncode != 0


@pytest.mark.parametrize(("code", "kept"), [("200", "[1]"), ("404", "[]"), ("500", None), ("000", None)])
def test_the_list_of_what_is_served_is_read_or_new_and_else_it_stops(tmp_path, code, kept):
    stand_in(tmp_path, "curl", f'echo "$*" > asked; echo "[1]" > served.json; printf {code}')
    name = "Fetch the list of what is served today"
    done = run_step(PUBLISH, name, tmp_path, ADDRESS="https://example.org/review/")
    assert (done.returncode == 0) is (kept is not None)
    assert (tmp_path / "asked").read_text(encoding="utf-8").split()[-1] == (
        "https://example.org/review/versions/versions.json"
    )
    if kept is not None:
        assert (tmp_path / "served.json").read_text(encoding="utf-8").strip() == kept


def test_all_that_was_packed_is_attached_and_the_notes_are_its_text(tmp_path):
    (tmp_path / "release").mkdir()
    for name in ("SHA256SUMS", "notes.md", "version-v0.1.0.zip"):
        (tmp_path / "release" / name).write_text(name, encoding="utf-8")
    stand_in(tmp_path, "gh", 'for word; do printf "%s\\n" "$word"; done >> asked')
    environment = {"GITHUB_REPOSITORY": "us/review", "GITHUB_REF_NAME": "v0.1.0"}
    for name in ("Make the release", "Publish the list of versions"):
        done = run_step(RELEASE, name, tmp_path, **environment)
        assert done.returncode == 0, done.stderr
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked[:5] == ["release", "create", "v0.1.0", "release/SHA256SUMS", "release/version-v0.1.0.zip"]
    assert asked[asked.index("--notes-file") + 1] == "notes.md"
    assert "--verify-tag" in asked
    assert asked[-7:] == ["workflow", "run", "publish.yml", "--repo", "us/review", "--ref", "main"]


def test_a_tag_that_does_not_agree_stops_the_release(tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    shim = tmp_path / ".venv/bin/python"
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    name = "Check that tag, package, citation, archive and changelog agree"
    done = run_step(RELEASE, name, tmp_path, GITHUB_REF_NAME="v99.0.0")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "and the tag v99.0.0." in done.stderr
    assert not Path(tmp_path / "notes.md").exists()
