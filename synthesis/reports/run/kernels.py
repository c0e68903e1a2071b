"""Where the kernels come from: forked from one warm process on Linux, started one by one elsewhere.

A started kernel spends about three seconds importing the same libraries; a forked one is ready in a third of a second.
Both run the interpreter of this process, never another that a kernel specification may point to, and without the user's
IPython profile.
"""

from __future__ import annotations

import ast
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Literal

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

from synthesis.errors import ReportError
from synthesis.reports.record.parameters import read_notebook, source_of
from synthesis.reports.run.forking import PROVISIONER, ForkedKernel
from synthesis.reports.run.warm import Place, WarmProcess

KernelStart = Literal["auto", "forked", "started"]

# Unix socket paths end at 108 bytes on Linux and 104 on macOS; the kernel appends its own ending.
LONGEST_SOCKET_PATH = 80


class Kernels:
    """Makes kernel managers, knows which kernels run, and can end them all."""

    def __init__(self, folder: Path):
        self.folder, self.warm = folder, None
        self._known = OwnKernel()
        self._numbers, self._lock = count(1), Lock()
        self._managers: list[AsyncKernelManager] = []
        self.beside: list[ForkedKernel] = []  # forked processes that are no kernels
        self.kept = folder / "kept"  # what forked kernels share; `synthesis.kept`
        self.kept.mkdir(mode=0o700)
        self.closed = False

    def fork_from(self, warm: WarmProcess) -> None:
        """Have every further kernel forked."""
        self.warm, self._known.forked = warm, True

    def manager(self) -> AsyncKernelManager:
        """Return the manager of one new kernel."""
        with self._lock:
            if self.closed:
                raise RuntimeError("the run was ended")
            manager = ReportKernelManager(kernel_spec_manager=self._known)
            manager.kernels = self
            manager.connection_file = str(self.folder / f"{next(self._numbers)}.json")
            if os.name == "posix" and len(manager.connection_file) < LONGEST_SOCKET_PATH:
                manager.transport, manager.ip = "ipc", manager.connection_file.removesuffix(".json")
            self._managers.append(manager)
        return manager

    def environment(self) -> dict[str, str]:
        """Return the kernels' environment: one thread each, no profile of the user's."""
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        return os.environ | single | inline | {"IPYTHONDIR": str(self.folder / "ipython")}

    def kill(self) -> None:
        """End every kernel at once and refuse to start more."""
        with self._lock:
            self.closed = True
            for manager in self._managers:
                process = getattr(manager.provisioner, "process", None)
                if process is not None:
                    process.kill()


@contextmanager
def open_kernels(
    notebooks: Iterable[Path],
    start: KernelStart = "auto",
    *,
    evidence: Iterable[Place] = (),
    results: Path | None = None,
) -> Iterator[Kernels]:
    """Open a source of kernels for a set of notebooks.

    Parameters
    ----------
    notebooks : iterable of pathlib.Path
        Their import statements decide what is imported in advance.
    start : {"auto", "forked", "started"}
        `auto` forks on Linux, where the installed package has our provisioner; elsewhere system libraries do not
        survive a fork.
    evidence : iterable of (str, str, str)
        Where forked kernels find evidence ready: the notebooks' folder, and data root and bibliography as seen from it.
    results : pathlib.Path, optional
        Where they find results of earlier runs, and leave theirs, in a folder of the user's alone; by default they
        share those of this run.

    Raises
    ------
    ReportError
        When kernels are to be forked and the installation does not know how.
    """
    able = can_fork()
    if start == "forked" and not able:
        raise ReportError(f"This installation has no kernel provisioner {PROVISIONER!r}; install the package again.")
    forked = start == "forked" or (start == "auto" and sys.platform == "linux" and able)
    with tempfile.TemporaryDirectory(prefix="synthesis-", ignore_cleanup_errors=True) as name:
        kernels = Kernels(Path(name))
        kernels.kept = results or kernels.kept
        if forked:
            kernels.fork_from(WarmProcess(imports_of(notebooks), kernels.environment(), evidence, kernels.kept))
        try:
            yield kernels
        finally:
            kernels.kill()
            for process in kernels.beside:
                process.kill()
            if kernels.warm:
                kernels.warm.close()


def can_fork() -> bool:
    """Say whether jupyter_client finds our provisioner: not where the package runs without being installed."""
    return bool(entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER))


def imports_of(notebooks: Iterable[Path]) -> list[str]:
    """Return the import statements at the top level of the notebooks' cells, each once."""
    found: dict[str, None] = {}
    for path in notebooks:
        for cell in read_notebook(path)["cells"]:
            if cell["cell_type"] != "code":
                continue
            try:
                statements = ast.parse(source_of(cell)).body
            except SyntaxError:  # a magic, or a fault the notebook itself will show
                continue
            imports = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
            found.update(dict.fromkeys(ast.unparse(node) for node in imports))
    return list(found)


class ReportKernelManager(AsyncKernelManager):
    """A manager of one kernel; its provisioner asks `kernels` for a fork."""

    kernels: Kernels


class OwnKernel(KernelSpecManager):
    """Knows one kernel, whatever its name: this interpreter, forked or started."""

    forked = False

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the specification of this interpreter's kernel."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
        provisioner = {"kernel_provisioner": {"provisioner_name": PROVISIONER}} if self.forked else {}
        return KernelSpec(argv=argv, display_name="Python 3", language="python", metadata=provisioner)
