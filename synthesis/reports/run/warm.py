"""The warm process, as the run sees it: started once, asked for a forked kernel again and again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from synthesis.cache import own_folder
from synthesis.reports.run.zygote import LOOPS

# The folder a notebook runs in, and the data root and bibliography as seen from there.
Place = tuple[str, str, str]


class WarmProcess:
    """The process of `zygote.py`, spoken to over its pipes."""

    def __init__(
        self, imports: list[str], environment: dict[str, str], evidence: Iterable[Place] = (), kept: Path | None = None
    ):
        self._lock = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "synthesis.reports.run.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal is for the run to handle
        )
        shared = None if kept is None else str(kept)
        places = [list(place) for place in evidence]
        cached = own_folder() is not None
        self._send({"imports": imports, "evidence": places, "kept": shared, "cached": cached})

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    def fork(self, argv: list[str], cwd: str, env: dict[str, str]) -> int:
        """Fork a kernel and return its process id."""
        return self._ask({"argv": argv, "cwd": cwd, "env": env})

    def _ask(self, request: dict[str, Any]) -> int:
        with self._lock:
            try:
                self._send(request)
                return int(self._process.stdout.readline())
            except (BrokenPipeError, ValueError):
                raise RuntimeError("the process that forks kernels has ended") from None

    def write(self, module: str, function: str, place: Place, target: Path) -> int:
        """Fork a process that writes what a function returns of the evidence of a place, and return its process id."""
        loops = [name for name in (LOOPS,) if name in sys.modules]
        asked = {"module": module, "function": function, "place": list(place), "target": str(target)}
        return self._ask(asked | {"loops": loops})

    def close(self) -> None:
        """End the process; kernels that still run notice and end too."""
        with suppress(BrokenPipeError):  # it died, with a request in its pipe
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.terminate()
        self._process.wait()

    def _send(self, request: dict[str, Any]) -> None:
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
