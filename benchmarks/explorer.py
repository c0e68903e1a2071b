"""The explorer in a browser: from a reader's change to the painted page, whose numbers are those of the package."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.record import Check, Entry, Section
from benchmarks.timing import Timing, time_calls
from docs.browser import HOW_TO, find_browser
from synthesis.answers.pooling import pool
from synthesis.effects import compute_effects
from synthesis.evidence import load_evidence
from synthesis.explorer import write_explorer
from synthesis.statistics.measures import MEASURES

ROOT = Path(__file__).parents[1]
AIM_SECONDS = 0.1
# A frame after the change it is drawn, and a task after that it has been painted.
CHANGES = """
    async (repeats) => {
      const field = (name) => document.querySelector(`[id$="-${name}"]`);
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      const outcomes = [...field("outcome").options].map((option) => option.value).slice(0, 2);
      const kinds = [["outcome", outcomes], ["method", ["ML", "REML"]], ["ci", ["wald", "knapp-hartung-floor"]]];
      const found = [];
      for (let i = 0; i < repeats; i++) {
        for (const [name, values] of kinds) {
          const start = performance.now(), select = field(name);
          select.value = values[i % values.length];
          select.dispatchEvent(new Event("change"));
          const drawn = performance.now() - start;
          await painted();
          found.push([drawn / 1000, (performance.now() - start) / 1000]);
        }
      }
      return found;
    }
"""
SHOWN = "document.querySelector('.average.prespecified td.number').textContent"


def run(
    *,
    data: Path = ROOT / "data",
    references: Path = ROOT / "references.bib",
    repeats: int = 20,
    full: bool = False,
) -> list[Section]:
    """Time changes of model and outcome on the page of a data root.

    Parameters
    ----------
    data, references : pathlib.Path
    repeats : int
        Of each kind of change.
    full : bool
        Makes no difference.
    """
    evidence = load_evidence(data, references=references)
    name = str(evidence.outcomes.groupby("outcome")["trial"].nunique().idxmax())
    effects = compute_effects(evidence, name)
    with TemporaryDirectory() as folder:
        place = Path(folder) / "explorer.html"
        writing, _ = time_calls(lambda: write_explorer(evidence, place, outcome=name), repeats=1)
        entries = [Entry("synthesis", "write the page", writing, note=f"{place.stat().st_size / 1000:.0f} kB")]
        title = f"The explorer: {len(effects.frame)} effects in its largest outcome"
        if find_browser() is None:
            absent = Entry("Chromium", "a change painted", None, note=f"absent: {HOW_TO.splitlines()[0]}")
            return [Section(title, (*entries, absent))]
        found, shown = _in_browser(place, repeats)
    drawn, painted = (Timing(times, (), 1) for times in zip(*found, strict=True))
    entries.append(Entry("Chromium", "a change computed and drawn", drawn, note=f"slowest {_ms(drawn)}"))
    entries.append(
        Entry("Chromium", "a change painted", painted, note=f"slowest {_ms(painted)}; aim below {_shown(AIM_SECONDS)}")
    )
    pooled = pool(effects)
    ours = MEASURES[pooled.measure].with_interval(pooled.estimate, pooled.ci_lb, pooled.ci_ub)
    check = Check("whether the page shows another average than the package", float(shown != ours), 0.0)
    return [Section(title, tuple(entries), (check,))]


def _in_browser(place: Path, repeats: int) -> tuple[list[tuple[float, float]], str]:
    """Time the page in a thread of its own: the library refuses one in which another browser is being driven."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_timed, place, repeats).result()


def _timed(place: Path, repeats: int) -> tuple[list[tuple[float, float]], str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(place.as_uri())
        shown: Any = page.evaluate(SHOWN)
        page.evaluate(CHANGES, 2)
        found = [tuple(times) for times in page.evaluate(CHANGES, repeats)]
        browser.close()
    return found, str(shown)


def _ms(timing: Timing) -> str:
    return _shown(max(timing.elapsed))


def _shown(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"
