"""The browser that reads the report in tests: where it is, and how to get one. `make browser` runs this file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HOW_TO = (
    "No Chromium or Chrome was found, so the browser test cannot run. Type one of:\n"
    "  sudo apt-get install chromium                        (Debian)\n"
    "  .venv/bin/python -m playwright install chromium      (anywhere; downloads one for the tests alone)"
)


def find_browser() -> str | None:
    """Return the path of a Chromium: on PATH, a Mac's application, or the one Playwright downloaded; else None."""
    on_path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if on_path:
        return on_path
    return str(MACOS) if MACOS.exists() else _playwrights_own()


def require_browser() -> str:
    """Return the browser's path. Without one the calling test is skipped, or fails where CI is set: CI must have it."""
    import pytest

    path = find_browser()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(HOW_TO)
    return path


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install_as_root() -> None:
    """Install Debian's chromium where nobody needs to be asked: root, apt-get, nothing there yet."""
    print("Installing chromium for the browser test ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=False)


def main() -> None:
    """Find the browser, or install it, or say how."""
    if find_browser() is None and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        _install_as_root()
    found = find_browser()
    print(f"Browser for the tests: {found}" if found else HOW_TO, flush=True)
    if found is None and os.environ.get("CI"):
        sys.exit(1)


if __name__ == "__main__":
    main()
