"""Each guide, typed word for word by somebody new in a copy of a clone, reaches its end and prints what it shows."""

from __future__ import annotations

import re

import pytest

from builders.reading import reading_grade
from docs.follow import BLOCK, GUIDES, ROOT, clone, follow, followed, is_followed

PAGES = sorted(GUIDES.glob("*.md"))
# A school grade; that of the report's first page.
HARDEST = 8
# What a test does not type, and why. Everything else is typed.
NOT_RUN = {
    "git clone ADDRESS peer-work-synthesis": "the address is yours to copy",
    "make setup": "it takes a minute, the first time only",
    "make lab": "it opens a browser and goes on until you stop it",
    "make report": "it takes two minutes",
    "synthesis report --data my-review --output my-report": (
        "it takes a quarter of a minute, and the end of this page does the same"
    ),
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_newcomer_reaches_the_end_and_sees_what_the_guide_shows(path):
    assert followed(path) == path.read_text(encoding="utf-8"), f"type: .venv/bin/python -m docs.follow {path}"


def test_what_is_not_typed_is_listed_here_with_its_reason():
    found = {}
    for path in PAGES:
        for block in BLOCK.finditer(path.read_text(encoding="utf-8")):
            if not is_followed(block):
                (command,) = block["body"].splitlines()
                found[command.removeprefix("$ ")] = block["options"].removeprefix(" not-run ")
    assert found == NOT_RUN


def test_commands_stand_in_blocks_that_are_typed():
    for path in PAGES:
        kinds = set(re.findall(r"^```(\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert kinds <= {"console", "csv", "bibtex", "r"}, path


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_guide_is_easy_to_read(path):
    assert reading_grade(prose(path)) <= HARDEST


def prose(path):
    """What a guide says in sentences: no commands, tables, code or addresses."""
    text = re.sub(
        r"^```.*?^```$|^\|.*?$|<!--.*?-->", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"`[^`]*`", "it", re.sub(r"^#+ (.*)$", r"\1.", text, flags=re.MULTILINE))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clone").resolve() / "peer-work-synthesis"
    clone(folder)
    return folder


def test_a_command_that_fails_ends_the_walk(place):
    with pytest.raises(RuntimeError, match="nonsense"):
        follow("```console\n$ source .venv/bin/activate\n$ synthesis pool nonsense\n```\n", place)


def test_a_command_that_should_fail_and_does_not_ends_the_walk(place):
    with pytest.raises(RuntimeError, match="true"):
        follow("```console fails\n$ true\n```\n", place)


def test_another_output_is_seen_and_a_part_is_shown_as_a_part(place):
    page = "```console lines=1\n$ printf 'a\\nb\\n'\nold\n```\n"
    assert follow(page, place) == "```console lines=1\n$ printf 'a\\nb\\n'\na\n...\n```\n"
    page = "```console from=b lines=1\n$ printf 'a\\nb\\nc\\n'\n```\n"
    assert follow(page, place) == "```console from=b lines=1\n$ printf 'a\\nb\\nc\\n'\n...\nb\n...\n```\n"


def test_a_table_that_is_shown_is_saved(place):
    page = "```csv some.csv\na,b\n1,2\n```\n\n```console\n$ cat some.csv\na,b\n1,2\n```\n"
    assert follow(page, place) == page
    assert (place / "some.csv").read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_a_clone_holds_what_git_holds_and_not_what_it_ignores(place):
    assert (place / "data" / "trials").is_dir()
    assert (place / "README.md").read_bytes() == (ROOT / "README.md").read_bytes()
    assert not (place / "reports").exists()
