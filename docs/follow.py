"""Follow a guide as a newcomer would: `.venv/bin/python -m docs.follow` runs every command and writes what it prints.

Each page of docs/guides is typed word for word, in order, in one shell, in a copy of what a clone holds once `make
setup` is done. A test fails where a command fails or prints something else.

A ``csv`` or ``bibtex`` block that names a file is saved there. After ``console`` a block may say ``lines=8`` (only
the first are shown), ``lines=-8`` (the last) or ``from=pooled lines=8`` (after that word), ``quiet`` (nothing is
shown), ``fails`` (its last command exits with an error, as the page says) or ``not-run`` with the reason.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GUIDES = ROOT / "docs" / "guides"
BLOCK = re.compile(r"^```(?P<kind>console|csv|bibtex)(?P<options>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
WORDS = re.compile(r"<!-- begin: words -->\n.*?<!-- end -->", re.DOTALL)
COLUMNS = 100
MARK = "\x1e"
# What the copy's .venv holds: ways to the tree's own, so that `source .venv/bin/activate` and make work as typed.
ACTIVATE = 'export PATH="{place}/.venv/bin:$PATH"\n'
RUNNER = '#!/bin/sh\nexec "{real}" "$@"\n'
# Numba keeps what it compiled beside the code, and takes it as that of the code by the file's time.
COMPILE = """
from synthesis.statistics import gosh, kernels
if kernels.load_compiled():
    gosh([0.1, 0.3, 0.35, 0.2, 1.5], [0.03, 0.03, 0.05, 0.02, 0.04])
"""
COMPILED = Path("synthesis", "statistics", "__pycache__")
STAMPS = (".installed", ".installed-tests", ".installed-extras")


def clone(place: Path) -> None:
    """Make a folder as a clone is after `make setup`, with the files of the tree as they are now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        source, target = ROOT / name, place / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    _bring_compiled(place)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "As cloned"]):
        subprocess.run(["git", *command], cwd=place, env=surroundings(place), check=True)
    tools, programs = place / ".venv" / "bin", Path(sys.executable).parent
    tools.mkdir(parents=True)
    (tools / "activate").write_text(ACTIVATE.format(place=place), encoding="utf-8")
    for name in ("python", "synthesis", "papermill"):
        (tools / name).write_text(RUNNER.format(real=programs / name), encoding="utf-8")
        (tools / name).chmod(0o755)
    for stamp in STAMPS:
        (place / ".venv" / stamp).write_text(f"{place.resolve()}\n", encoding="utf-8")


def _bring_compiled(place: Path) -> None:
    """Copy the compiled kernels too: the first report of a clone makes them, in half a minute that no page is about."""
    subprocess.run([sys.executable, "-c", COMPILE], cwd=ROOT, check=True)
    for source in (ROOT / COMPILED).glob("*.nb[ci]"):
        target = place / COMPILED / source.name
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(source, target)


def surroundings(place: Path) -> dict[str, str]:
    """Return the environment of somebody new: a home of their own, a name for git, a plain terminal."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "OPENBLAS_CORETYPE") if name in os.environ}
    person = {"NAME": "A Newcomer", "EMAIL": "newcomer@example.org"}
    git = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in person.items()}
    home = {"HOME": str(place.parent / "home"), "GIT_CONFIG_NOSYSTEM": "1"}
    return kept | git | home | {"TERM": "dumb", "LC_ALL": "C.UTF-8", "COLUMNS": str(COLUMNS)}


def commands(block: re.Match) -> list[str]:
    """Return what a block has one type: its lines after `$ `, or a command that saves the file it shows."""
    if block["kind"] == "console":
        return [line[2:] for line in block["body"].splitlines() if line.startswith("$ ")]
    return [f"cat > {shlex.quote(block['options'].strip())} <<'END'\n{block['body']}END"]


def is_followed(block: re.Match) -> bool:
    """Say whether a block is typed or saved; one that is not says why, and a picture of a table names no file."""
    return not block["options"].startswith(" not-run") and (
        block["kind"] == "console" or bool(block["options"].strip())
    )


def type_in(typed: Sequence[tuple[str, bool]], place: Path) -> list[str]:
    """Type commands into one shell in a folder; return what each prints.

    Raises
    ------
    RuntimeError
        Where one fails and should not, or should and does not, with what it printed.
    """
    script = "".join(
        f"{command}\nstatus=$?; printf '{MARK}'; [ $status {'!=' if fails else '='} 0 ] || exit 99\n"
        for command, fails in typed
    )
    (place.parent / "home").mkdir(exist_ok=True)
    told = subprocess.STDOUT  # as a terminal has it: one after the other
    shell, home = ["bash", "-c", script], surroundings(place)
    done = subprocess.run(shell, cwd=place, env=home, stdout=subprocess.PIPE, stderr=told, text=True, check=False)
    *printed, rest = done.stdout.split(MARK)
    if done.returncode:
        raise RuntimeError(f"$ {typed[len(printed) - 1][0]}\n{printed[-1] if printed else rest}")
    return printed


def follow(page: str, place: Path) -> str:
    """Return a page with what its commands print when they are typed in a folder that `clone` has made."""
    typed = []
    for block in filter(is_followed, BLOCK.finditer(page)):
        *before, last = commands(block)
        typed += [*((command, False) for command in before), (last, "fails" in block["options"].split())]
    printed = iter(type_in(typed, place))
    return BLOCK.sub(lambda block: _shown(block, printed) if is_followed(block) else block[0], page)


def _shown(block: re.Match, printed: Iterator[str]) -> str:
    """Lay out a block again: each command with its output, or the part of it that the options name."""
    options, lines = block["options"].split(), []
    named = dict(option.split("=", 1) for option in options if "=" in option)
    most, first = int(named.get("lines", 0)), named.get("from", "")
    for command in commands(block):
        output = [row for line in next(printed).splitlines() for row in _rows(line.rstrip())]
        if "quiet" in options:
            output = []
        elif first:
            start = next(number for number, line in enumerate(output) if line.startswith(first))
            output = ["...", *output[start : start + most], *["..."] * (start + most < len(output))]
        elif most and len(output) > abs(most):
            output = [*output[:most], "..."] if most > 0 else ["...", *output[most:]]
        lines += [f"$ {command}", *output]
    return "\n".join([f"```console{block['options']}", *lines, "```"]) if block["kind"] == "console" else block[0]


def _rows(line: str) -> list[str]:
    """Break a sentence as a terminal of a hundred columns does; a row of a table stays whole."""
    text = line.lstrip()
    if len(line) <= COLUMNS or "  " in text:
        return [line]
    indent = line[: len(line) - len(text)]
    return textwrap.wrap(text, COLUMNS, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def worded(page: str) -> str:
    """Return a page with the words of the report explained, as its documents explain them."""
    from synthesis.evidence import load_evidence
    from synthesis.tables.glossary import glossary_table

    table = glossary_table(load_evidence(ROOT / "data", references=ROOT / "references.bib"))
    rows = [f"| {' | '.join(map(str, row))} |" for row in table.itertuples(index=False)]
    head = [f"| {' | '.join(table.columns)} |", "|---|---|"]
    return WORDS.sub(lambda _: "\n".join(["<!-- begin: words -->", *head, *rows, "<!-- end -->"]), page)


def followed(path: Path) -> str:
    """Return a guide as it should stand: followed in a fresh copy, its words explained."""
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve() / "peer-work-synthesis"
        clone(place)
        page = follow(page, place)
    return worded(page) if WORDS.search(page) else page


if __name__ == "__main__":
    for guide in [Path(name) for name in sys.argv[1:]] or sorted(GUIDES.glob("*.md")):
        guide.write_text(followed(guide), encoding="utf-8", newline="\n")
        sys.stderr.write(f"{guide}: followed to its end\n")
