"""A process that imports the notebooks' libraries once and forks a ready kernel for each notebook.

Run as `python -m synthesis.reports.run.zygote`. It reads lines of JSON on standard input: `{"imports": [...]}`, and
then, for each kernel, `{"argv": [...], "cwd": ..., "env": {...}}`, answered by the kernel's process id on standard
output. It stays single-threaded, as forking requires, and ends with its standard input. Every kernel starts from the
same state: the libraries imported and nothing run.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import sys
from contextlib import suppress
from typing import IO, Any


def main() -> None:
    """Serve fork requests until standard input closes."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not mix with the answers
    requests = sys.stdin.buffer
    _import_all(json.loads(requests.readline())["imports"])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended kernels vanish without being waited for
    while line := requests.readline():
        pid = os.fork()
        if pid == 0:
            _become_kernel(json.loads(line), answers)
        answers.write(f"{pid}\n")
        answers.flush()


def _import_all(statements: list[str]) -> None:
    for module in ("ipykernel.kernelapp", "ipykernel.ipkernel"):
        importlib.import_module(module)
    for statement in statements:
        with suppress(ImportError):  # the notebook will meet the same error, in the cell to blame
            exec(statement, {})


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
