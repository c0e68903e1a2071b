"""The browser's module as one text: its files in the order of their imports, which no page can fetch one by one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "browser"
# Each imports only those before it, as the rooms of the package do.
FILES = """
    distributions pooling wording choices averages threshold slopes reproduce answers
    drawing controls cards forest fidelity explorer
""".split()
DATA_ID, HOST_ID = "explorer-data", "explorer"
_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default .*?;\n", re.MULTILINE)
START = f'mount(document.getElementById("{HOST_ID}"), JSON.parse(document.getElementById("{DATA_ID}").textContent));\n'


@cache
def widget_module() -> str:
    """Return the module as a notebook's widget takes it: one text that exports `render`."""
    parts = [(FOLDER / f"{name}.mjs").read_text(encoding="utf-8") for name in FILES]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", part)).strip() + "\n" for part in parts)


@cache
def page_module() -> str:
    """Return the module as a page runs it: it draws itself on the data that stand beside it, and exports nothing."""
    return _DEFAULT.sub("", widget_module()) + START


@cache
def style() -> str:
    """Return the module's style, which touches nothing but the explorer."""
    return (FOLDER / "explorer.css").read_text(encoding="utf-8")
