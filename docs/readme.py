"""Fill the README with the answer, real output and pictures of the shipped trials: `.venv/bin/python -m docs.readme`.

The index page is photographed from a report that `make report` has made; that picture is left as it is where there is
no report or no Chromium.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from docs.browser import find_browser
from synthesis import compute_effects, fidelity_slope, load_evidence, pool, score_fidelity, summarise
from synthesis.evidence import Evidence
from synthesis.figures import ShownFigure, show_bubble, show_forest

ROOT = Path(__file__).parents[1]
IMAGES = Path(__file__).parent / "images"
ANSWER = re.compile(r"<!-- begin: the answer -->\n.*?<!-- end -->", re.DOTALL)
# The verdict, all outcomes at once, and the strongest rival; what follows is for those who read the report.
FIRST = 3
BLOCK = re.compile(r"<!-- begin: (?P<command>synthesis [a-z ]+) -->\n.*?<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """Return the README with the output of each command between its marks."""

    def run(match: re.Match) -> str:
        command = match["command"]
        arguments = command.split()[1:]
        done = subprocess.run(
            [sys.executable, "-m", "synthesis", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
        shown = "\n".join(f"    {line}".rstrip() for line in [f"$ {command}", *done.stdout.splitlines()])
        return f"<!-- begin: {command} -->\n{shown}\n<!-- end -->"

    return BLOCK.sub(run, text)


def load_shipped() -> Evidence:
    """Load the trials that lie in the tree."""
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


def answered(text: str, evidence: Evidence, figures: dict[str, ShownFigure]) -> str:
    """Return the README with what the report's first page says, and the figures' own alternative texts."""
    said = summarise(evidence).sentences()
    forest, bubble = (f"![{figure.alt}](docs/images/{name})" for name, figure in figures.items())
    plain, fidelity, limits = (
        "\n".join(f"- {sentence}" for sentence in sentences)
        for sentences in (said["plain"], said["fidelity"][:FIRST], said["limits"])
    )
    read_first = "Read this before you use a number:"
    parts = [forest, plain, bubble, fidelity, read_first, limits]
    shown = "\n\n".join(["<!-- begin: the answer -->", *parts, "<!-- end -->"])
    return ANSWER.sub(lambda _: shown, text)


def draw_figures(evidence: Evidence) -> dict[str, ShownFigure]:
    """Draw the forest plot of recovery and its fidelity figure, by the files that hold them."""
    effects = compute_effects(evidence, "recovery")
    forest, bubble = show_forest(pool(effects)), show_bubble(fidelity_slope(effects, score_fidelity(evidence)))
    return {"recovery_forest.svg": forest, "recovery_fidelity.svg": bubble}


def photograph_index() -> str:
    """Photograph the top of the report's first page; return what was done."""
    from playwright.sync_api import sync_playwright

    index, browser = ROOT / "reports" / "index.html", find_browser()
    if not index.is_file() or browser is None:
        return "The picture of the index page needs `make report` and Chromium first; it was left as it is."
    with sync_playwright() as play:
        page = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"]).new_page(
            viewport={"width": 1280, "height": 1500}
        )
        page.goto(index.as_uri())
        page.screenshot(path=IMAGES / "index.png")
    return "Photographed the index page."


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    readme = ROOT / "README.md"
    shipped = load_shipped()
    drawn = draw_figures(shipped)
    for name, figure in drawn.items():
        figure.save(IMAGES / name)
    text = answered(filled(readme.read_text(encoding="utf-8")), shipped, drawn)
    readme.write_text(text, encoding="utf-8")
    sys.stderr.write(f"{photograph_index()}\n")
