"""Make what the pages of this folder show: `python docs/make_pages.py` after a change to data/ or a command.

The walk-through is followed command by command in a copy of the data that lacks its trial; what each command prints
and what each file holds stands in the page as it really is. Tests fail when a page is behind.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click
from calibration_page import PICTURE, THEN, calibration_page
from methods import PAGE, methods_page
from pictures import Sheet, draw

from synthesis.answers.calibration import load_calibration
from synthesis.answers.calibration.results import FILE
from synthesis.cli import commands
from synthesis.errors import SynthesisError
from synthesis.evidence.bibliography.library import Bibliography, load_bibliography
from synthesis.evidence.codebook import read_codebook_table
from synthesis.evidence.multiverse import DIMENSIONS
from synthesis.figures import show_calibration

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
TRIAL = "johnson2018peersupported"
SAVED_KEY = "Johnson_2018"

_BLOCK = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADER = "| rating | trial | what the coder noted of the report | why |\n|---|---|---|---|"


def practice(target: Path) -> None:
    """Copy the data and the references to a folder, without the walk-through's trial and its entry."""
    shutil.copytree(ROOT / "data", target / "data", ignore=shutil.ignore_patterns(TRIAL))
    reasons = target / "data" / "code_reasons.csv"
    reasons.write_text(_text([row for row in _rows(reasons) if row["trial"] != TRIAL]), encoding="utf-8", newline="")
    text = (ROOT / "references.bib").read_text(encoding="utf-8")
    (target / "references.bib").write_text(text.replace(f"{_entry(text)}\n\n", ""), encoding="utf-8")


def walk(page: str, place: Path) -> str:
    """Follow a page in a practice folder and return it with what each step really shows.

    Parameters
    ----------
    page : str
        Markdown. Blocks that matter: ``console`` holds commands to run; ``csv FILE`` is a file of the trial as the
        repository has it, shown in part with ``rows=2-3``, its first row mistyped with ``typed NAME=VALUE``;
        ``csv of TRIAL row=N`` shows the filled cells of a row of another trial; ``bibtex FILE`` is the saved entry.
    place : path
        A folder that `practice` has made.
    """
    return _BLOCK.sub(lambda block: f"```{block['info']}\n{_follow(block, place)}```", page)


def coding_examples(root: Path = ROOT) -> str:
    """Return the page of worked examples of ratings, their words taken from the trials' tables."""
    with (DOCS / "coding_examples.csv").open(encoding="utf-8", newline="") as file:
        chosen = list(csv.DictReader(file))
    bibliography = load_bibliography(root / "references.bib")
    lines = [
        "# Coding components: worked examples\n",
        "<!-- Made by `python docs/make_pages.py` from docs/coding_examples.csv and data/trials. Do not edit. -->\n",
        "Real ratings for every distinction, beside",
        "[what the codebook asks for](codebook.md#components-of-the-change-model). The notes are those in the trials'",
        "`components.csv`; each leads to the text that was read. All come from published descriptions and wait for",
        "a second look at the full papers.\n",
    ]
    for component in read_codebook_table(root / "data", "codebook_components"):
        rows = [_example(row, root, bibliography) for row in chosen if row["component"] == component["component"]]
        rows.sort(key=lambda row: row.startswith("| empty"))
        lines += [f"## `{component['component']}`: {component['label']}\n", _HEADER, *rows, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _example(chosen: Mapping[str, str], root: Path, bibliography: Bibliography) -> str:
    rows = _rows(root / "data" / "trials" / chosen["trial"] / "components.csv")
    row = next(row for row in rows if all(row[name] == chosen[name] for name in ("arm", "component", "coder")))
    rating = f"**{row['rating']}**" if row["rating"] else "empty"
    words = f"[{row['rationale']}]({row['source']})" if row["source"] else row["rationale"]
    arm = "" if row["arm"] == "peer" else f", arm `{row['arm']}`"
    trial = f"[{bibliography.cite(chosen['trial'])}](../data/trials/{chosen['trial']}/components.csv)"
    return f"| {rating} | {trial}{arm} | {words} | {chosen['why']} |"


def _follow(block: re.Match, place: Path) -> str:
    kind, *words = shlex.split(block["info"])
    if kind == "console":
        return "".join(_run(line[2:], place) for line in block["body"].splitlines() if line.startswith("$ "))
    if kind == "bibtex" and words:
        entry = _entry((ROOT / "references.bib").read_text(encoding="utf-8"))
        saved = entry.replace(TRIAL, SAVED_KEY, 1) + "\n"
        (place / words[0]).write_text(saved, encoding="utf-8")
        return saved
    if kind == "csv" and words[:1] == ["of"]:
        trial, row = words[1], int(words[2].removeprefix("row="))
        filled = {name: cell for name, cell in _rows(_table(trial, "outcomes.csv"))[row - 2].items() if cell}
        return _text([{name: cell for name, cell in filled.items() if name not in ("source", "notes")}])
    if kind == "csv" and words:
        return _enter(words[0], words[1:], place)
    return block["body"]


def _enter(name: str, options: Sequence[str], place: Path) -> str:
    """Put a file of the trial into the practice folder; return what the page shows of it."""
    rows = entered = shown = _rows(_table(TRIAL, name))
    for option in options:
        if option.startswith("rows="):
            first, _, last = option.removeprefix("rows=").partition("-")
            shown = rows[int(first) - 2 : int(last or first) - 1]
    if "typed" in options:
        typed = dict(option.split("=", 1) for option in options[options.index("typed") + 1 :])
        entered, shown = [rows[0] | typed, *rows[1:]], [typed]
    (place / "data" / "trials" / TRIAL / name).write_text(_text(entered), encoding="utf-8", newline="")
    return _text(shown)


def _run(command: str, place: Path) -> str:
    """Run a command of the program in a folder; return it with what it prints, as a terminal shows it."""
    shown = io.StringIO()
    program, *arguments = shlex.split(command)
    if program != "synthesis":
        raise ValueError(f"only synthesis is run, not {program}")
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown), _inside(place):
        try:
            commands.main(arguments, standalone_mode=False)
        except (SynthesisError, click.ClickException) as error:
            click.echo(f"Error: {error}")
    return f"$ {command}\n{shown.getvalue()}"


@contextlib.contextmanager
def _inside(place: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


def _table(trial: str, name: str) -> Path:
    return ROOT / "data" / "trials" / trial / name


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _text(rows: Sequence[Mapping[str, str]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def _entry(text: str) -> str:
    return re.search(rf"@article\{{{TRIAL},.*?\n\}}", text, flags=re.DOTALL)[0]


def pictures() -> dict[str, str]:
    """Return each picture of the walk-through by its file name."""
    first_row = {"outcomes": (2,), "outcomes_2": (2,)}
    drawn = {
        name: Sheet(title, *_whole(name.removesuffix("_2")), **{"numbers": first_row.get(name, ())} | options)
        for name, title, options in _pictures()
    }
    peers = [{"arm": "peer", "role": "intervention"}, {"arm": "control", "role": "comparator"}]
    drawn["arms_new"] = replace(
        drawn["arms"], rows=peers, wanted=frozenset({"label"}), title="arms.csv as synthesis new-trial makes it"
    )
    return {f"{name}.svg": draw(sheet) for name, sheet in drawn.items()}


def _whole(name: str) -> tuple[list[str], list[dict[str, str]]]:
    rows = _rows(_table(TRIAL, f"{name}.csv"))
    return list(rows[0]), rows


def _pictures() -> Iterator[tuple[str, str, dict]]:
    trial = "year country setting design n_randomised registration followup_months source".split()
    widths = {"setting": 30, "design": 9, "country": 15, "registration": 15, "source": 28}
    yield "trial", "trial.csv, filled in", {"shown": trial, "widths": widths}
    arms = "arm role label comparator_type modality peer_role n_randomised contacts description".split()
    widths = {"arm": 8, "role": 12, "label": 26, "modality": 11, "peer_role": 20, "description": 24}
    yield "arms", "arms.csv, filled in", {"shown": arms, "widths": widths}
    outcomes = (
        "outcome instrument timepoint_months intervention_arm comparator_arm n_intervention events_intervention "
        "n_comparator events_comparator"
    ).split()
    widths = {"instrument": 24, "outcome": 11}
    yield "outcomes", "outcomes.csv, left part of the first result", {"shown": outcomes, "widths": widths}
    further = "effect_measure estimate ci_lower ci_upper p_value adjusted reported_direction source notes".split()
    widths = {"source": 24, "notes": 24}
    yield "outcomes_2", "outcomes.csv, right part of the first result", {"shown": further, "widths": widths}
    components = "arm component coder rating basis rationale source".split()
    widths = {"arm": 6, "component": 22, "coder": 8, "basis": 10, "rationale": 58, "source": 22}
    rows = (2, 3, 4, 5, 18, 19, 28, 29)
    yield "components", "components.csv, some rows", {"shown": components, "numbers": rows, "widths": widths}
    decisions = "outcome instrument timepoint_months decision column value reason decided_by".split()
    widths = {"instrument": 42, "outcome": 10, "column": 15, "reason": 36, "decided_by": 26}
    yield "decisions", "decisions.csv", {"shown": decisions, "widths": widths}


def calibration() -> dict[Path, str]:
    """Return the page on calibration and its picture, by the place of each."""
    found = load_calibration(ROOT / "data" / FILE)
    shown = show_calibration(found)
    return {
        DOCS / "calibration.md": calibration_page(found, load_calibration(THEN), shown.alt),
        DOCS / PICTURE: shown.svg(),
    }


def choices() -> str:
    """Return the page on the multiverse with the levels of every choice as the program knows them."""
    rows = ["| choice | level | in words |", "|---|---|---|"]
    for name, dimension in DIMENSIONS.items():
        numbers = {"a number": dimension.numbers.format(x="x")} if dimension.numbers else {}
        for level, words in {**dimension.levels, **numbers}.items():
            first = level == dimension.main
            rows.append(f"| {f'`{name}`' if first else ''} | {'**' * first}{level}{'**' * first} | {words} |")
    page = (DOCS / "multiverse.md").read_text(encoding="utf-8")
    start, end = "<!-- begin: levels -->", "<!-- end -->"
    before, rest = page.split(start)
    legend = "In bold: the main analysis's level."
    return f"{before}{start}\n" + "\n".join([legend, "", *rows]) + f"\n{end}{rest.split(end, 1)[1]}"


def make_pages() -> None:
    """Write every page and picture of the folder anew."""
    page = DOCS / "add_a_trial.md"
    with tempfile.TemporaryDirectory() as folder:
        practice(Path(folder))
        page.write_text(walk(page.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8", newline="\n")
    (DOCS / "multiverse.md").write_text(choices(), encoding="utf-8", newline="\n")
    (DOCS / "coding_examples.md").write_text(coding_examples(), encoding="utf-8", newline="\n")
    PAGE.write_text(methods_page(), encoding="utf-8", newline="\n")
    (DOCS / "images").mkdir(exist_ok=True)
    for place, text in calibration().items():
        place.write_text(text, encoding="utf-8", newline="\n")
    for name, picture in pictures().items():
        (DOCS / "images" / name).write_text(picture, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        practice(Path(sys.argv[1]))
    else:
        make_pages()
