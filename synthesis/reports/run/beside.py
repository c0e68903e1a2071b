"""A page that no notebook makes, written by a forked process of its own while the notebooks run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from synthesis.evidence import Evidence
from synthesis.reports.run.forking import ForkedKernel

if TYPE_CHECKING:
    from synthesis.reports.run.kernels import Kernels

POLL_SECONDS = 0.02

MakePage = Callable[[Evidence], str]


class PageBeside:
    """The page that a function of the evidence makes: by a forked process if one was started, else when asked for."""

    def __init__(self, make: MakePage, evidence: Evidence):
        self._make, self._evidence = make, evidence
        self._process: ForkedKernel | None = None
        self._target = Path()

    def start(self, kernels: Kernels) -> None:
        """Start making it where kernels are forked; a function that has no name of its own is left for later."""
        name = self._make.__qualname__
        if kernels.warm is None or "<" in name:
            return
        self._target = kernels.folder / "beside.html"
        place = (str(Path.cwd()), str(self._evidence.root), str(self._evidence.references))
        try:
            pid = kernels.warm.write(self._make.__module__, name, place, self._target)
        except RuntimeError:  # the process that forks has ended
            return
        self._process = ForkedKernel(pid)
        kernels.beside.append(self._process)

    def text(self) -> str:
        """Return the page; what goes wrong in the other process is met, and told, in this one."""
        while self._process and not self._target.exists() and self._process.poll() is None:
            time.sleep(POLL_SECONDS)
        if self._process and self._target.exists():
            return self._target.read_text(encoding="utf-8")
        return self._make(self._evidence)
