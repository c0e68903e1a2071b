"""A process that prepares what every notebook needs once and forks a ready kernel for each notebook.

Run as `python -m synthesis.reports.run.zygote`. It reads lines of JSON on standard input: `{"imports": [...],
"evidence": [[cwd, data, references], ...], "kept": folder, "cached": whether}`, and then, for each kernel, `{"argv":
[...], "cwd": ..., "env": {...}}`, or, for a page that no notebook makes, `{"module": ..., "function": ..., "place":
[cwd, data, references], "target": file, "loops": [...]}`. Each is answered by the process id of the fork on standard
output. It stays single-threaded, as forking requires, and ends with its standard input. Every fork starts from the
same state: the libraries imported, the fonts cut, the evidence kept, and nothing run. What one computes the others
find in the folder.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from synthesis.cache import use_cache

# What a kernel imports after its start, whatever its notebook.
LATE = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "tornado.platform.asyncio",
    "tornado.queues",
)

# What the toolkit itself imports only when it computes, so that commands that compute nothing answer at once.
LOOPS = "synthesis.statistics.lanes"  # compiled
COMPUTING = ("scipy.optimize", "synthesis.statistics.engine")

# New objects after which a kernel looks for rings of dead ones: it lives for seconds, and Python looks every 700.
SELDOM = 100_000


def main() -> None:
    """Serve fork requests until standard input closes."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    requests = sys.stdin.buffer
    _prepare(**json.loads(requests.readline()))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended kernels vanish without being waited for
    while line := requests.readline():
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            if "argv" in request:
                _become_kernel(request, answers)
            _write(**request)
        answers.write(f"{pid}\n")
        answers.flush()


def _prepare(imports: list[str], evidence: list[list[str]], kept: str | None, cached: bool) -> None:
    if cached:
        use_cache()
    # "Not installed", to ipykernel: nobody debugs a report, and importing it takes each kernel a fifth of a second.
    sys.modules["debugpy"] = None
    for module in LATE:
        importlib.import_module(module)
    for statement in imports:
        with suppress(ImportError):  # the notebook will meet the same error, in the cell to blame
            exec(statement, {})
    if "synthesis.statistics" in sys.modules:
        for module in COMPUTING:
            importlib.import_module(module)
        importlib.import_module("synthesis.statistics.kernels").load_compiled()
    if "synthesis.figures.parts.svg" in sys.modules:
        sys.modules["synthesis.figures.parts.svg"].cut_fonts()
    if "synthesis.evidence.evidence" in sys.modules:
        for place in evidence:
            _keep(*place)
    if "synthesis.kept" in sys.modules:
        sys.modules["synthesis.kept"].keep_results(None if kept is None else Path(kept))
    # Let no collection in a kernel touch, and so copy, what all of them share.
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)


def _keep(folder: str, data: str, references: str) -> None:
    """Load evidence as a notebook in this folder does; what fails, fails in the notebook."""
    from synthesis.errors import SynthesisError
    from synthesis.evidence.evidence import keep_evidence

    here = Path.cwd()
    try:
        os.chdir(folder)
        keep_evidence(data, references=references)
    except (OSError, SynthesisError):
        pass
    finally:
        os.chdir(here)


def _write(module: str, function: str, place: list[str], target: str, loops: list[str]) -> None:
    """Write what a function returns of evidence to a file that is whole or not there, and end."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        # Compiled loops differ in last digits: the page is to be the one that the asking process would write.
        sys.modules.pop(LOOPS, None)
        for name in loops:
            importlib.import_module(name)
        folder, data, references = place
        os.chdir(folder)
        from synthesis.evidence import load_evidence

        evidence = load_evidence(data, references=references)
        text = getattr(importlib.import_module(module), function)(evidence)
        part = Path(f"{target}.part")
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    finally:
        os._exit(0)


def _become_kernel(request: dict[str, Any], answers: IO[str]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.close(answers.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    _reseed()
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel_launcher", *request["argv"]]
    try:
        IPKernelApp.launch_instance(argv=[*request["argv"], f"--IPKernelApp.parent_handle={os.getppid()}"])
    finally:
        os._exit(0)


def _reseed() -> None:
    """Give the kernel random states of its own, as a process that was started has."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


if __name__ == "__main__":
    main()
