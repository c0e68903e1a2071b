"""What reaches a terminal or a pipe: UTF-8 whatever the system prefers, and no sign that acts instead of being read.

Cells, titles and file names come from contributors; a terminal obeys control characters in them, and marks of direction
make a number read backwards. They are shown by their code.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

_ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

# What a system that speaks no UTF-8 makes of the bytes of a file name or of what was typed.
_BYTES = re.compile(r"[\udc80-\udcff]")


def visible(text: str) -> str:
    r"""Return text whose control characters and marks of direction are written out, as in ``\u001b``."""
    if _BYTES.search(text):
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@contextmanager
def readable_output() -> Iterator[None]:
    """Let everything printed be UTF-8 without signs that act.

    A Windows console takes UTF-8 from Python as it is; of a terminal that says it were ASCII nothing better is known.
    Bytes of a file name that are no UTF-8 are shown by their numbers.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    with redirect_stdout(_Visible(sys.stdout)), redirect_stderr(_Visible(sys.stderr)):  # type: ignore[type-var]
        yield


class _Visible:
    """A stream that passes on what it is given made visible, and is otherwise the stream behind it."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        return self._stream.write(visible(text))
