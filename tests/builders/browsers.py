"""A browser for tests, and the explorer's module inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from docs.browser import require_browser
from synthesis.explorer.module import widget_module

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
NAMES = (
    "normalTail, tTail, chi2Tail, normalQuantile, tQuantile, chi2Quantile, poolEffects, regressEffects, predictionAt, "
    "number, interval, effectText, share, lowerFirst, listed, plannedChoices, soundChoices, answerTo, plainAnswer, "
    "thresholdVerdict, thresholdText, plannedAverage, mount, render"
)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start the browser of the tests; the calling test is skipped, or fails in CI, where there is none."""
    path = require_browser()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield opened
        opened.close()


def load_module(page: Page) -> Page:
    """Give a page the module's functions as `explorer`."""
    source = re.sub(r"^export default .*?;\n", "", widget_module(), flags=re.MULTILINE)
    page.evaluate("source => { globalThis.explorer = new Function(source)(); }", f"{source}\nreturn {{ {NAMES} }};")
    return page


def call(page: Page, code: str, given: Any) -> Any:
    """Return what JavaScript makes of a value; numbers that JSON could not hold come as null."""
    kept = "(_, value) => (Number.isFinite(value) || typeof value !== 'number' ? value : null)"
    plainly = f"JSON.parse(JSON.stringify(found, {kept}))"
    return page.evaluate(f"given => {{ const found = (given => {code})(given); return {plainly}; }}", given)
