"""Forked kernels in the shape jupyter_client expects of any kernel it launches."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

# As pyproject.toml registers it.
PROVISIONER = "synthesis-forking"


class ForkedKernel:
    """A forked kernel with the methods of `subprocess.Popen` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid

    def poll(self) -> int | None:
        """Return None while the kernel runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self) -> int:
        """Return at once: jupyter_client polls until the end before it waits."""
        return 0

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the kernel has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    terminate = kill


class ForkingProvisioner(LocalProvisioner):
    """Launches a kernel by asking its manager's warm process for a fork; starts one where that process has died.

    jupyter_client finds it by the name in a kernel's specification, as an entry point of this package.
    """

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel with the arguments that follow the module's name in `cmd`."""
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        try:
            pid = self.parent.kernels.warm.fork(arguments, str(kwargs.get("cwd") or Path.cwd()), kwargs["env"])
        except RuntimeError:
            if self.parent.kernels.closed:
                raise
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = ForkedKernel(pid), pid, pid
        return self.connection_info
