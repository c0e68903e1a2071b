"""The chunks of a plan done by the workers of a Dask cluster (extra `cluster`); the only file that imports Dask.

The plan's folder is the protocol: a worker looks there whether a chunk is done, writes it there, and returns only its
number, so that a worker that dies takes no finished chunk with it.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

from synthesis.answers.multiverse.plan import read_plan
from synthesis.answers.multiverse.work import Progress, do_chunk, open_folder, progress_line
from synthesis.errors import InputError, SynthesisError

NOT_INSTALLED = 'This needs Dask. Type: python -m pip install "peer-work-synthesis[cluster]"'
NOT_REACHED = "No Dask scheduler answers at {address}: {why}."
NOT_SEEN = "The workers do not see the plan in {folder}: it must lie on storage that all of them share."
FAILED = "A worker could not do {chunk}: {why}. What is done is kept. Go on with: synthesis multiverse resume {folder}"
RETRIES, WAIT = 2, "10s"


def do_on_cluster(
    folder: Path | str, address: str, *, until: float | None = None, progress: Progress = lambda line: None
) -> int:
    """Do the chunks that a plan's folder misses on a Dask cluster; return how many it misses then.

    Parameters
    ----------
    folder : path
        On storage that all workers see.
    address : str
        Of the scheduler, such as tcp://10.0.0.1:8786.
    until : float, optional
        Seconds after which no more chunks are waited for; those that run are finished by their workers.
    progress : callable
        Receives a line when a chunk is done.

    Raises
    ------
    SynthesisError
        Where Dask is not installed, no scheduler answers, or its workers do not see the folder.
    """
    if find_spec("distributed") is None:
        raise SynthesisError(NOT_INSTALLED)
    from distributed import Client, as_completed

    work, parts = open_folder(folder)
    missing, where = parts.missing(work), str(Path(folder).resolve())
    if not missing:
        return 0
    try:
        client = Client(address, timeout=WAIT)
    except (OSError, TimeoutError, ValueError) as error:
        raise SynthesisError(NOT_REACHED.format(address=address, why=str(error).strip() or "timeout")) from None
    with client:
        if client.submit(plan_name, where, pure=False).result() != work.plan.name:
            raise InputError(NOT_SEEN.format(folder=folder))
        keys = [f"chunk-{work.plan.name[:12]}-{chunk}" for chunk in missing]
        given = [where] * len(missing), [work.plan.name] * len(missing), missing
        futures = client.map(do_chunk, *given, key=keys, pure=False, retries=RETRIES)
        begun = time.monotonic()
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                if future.status == "error":
                    why = f"{type(future.exception()).__name__}: {future.exception()}"
                    raise SynthesisError(FAILED.format(chunk=future.key, why=why, folder=folder))
                future.release()
                progress(progress_line(done, len(missing), time.monotonic() - begun))
                if until is not None and time.monotonic() - begun >= until:
                    break
        finally:
            client.cancel(futures)
    return len(parts.missing(work))


def plan_name(folder: str) -> str:
    """Return the name of the plan that a worker finds in a folder; nothing where it finds none."""
    try:
        return read_plan(Path(folder))[0].name
    except SynthesisError:
        return ""
