"""Work on the chunks that a plan misses: by threads, by any executor, as one of several shards, until a time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path

from synthesis.answers.multiverse.chunks import Work
from synthesis.answers.multiverse.parts import InFolder, Parts
from synthesis.answers.multiverse.plan import read_plan
from synthesis.errors import InputError
from synthesis.machine import processors
from synthesis.statistics.kernels import WORTH_LOADING, load_compiled
from synthesis.wording import count

Progress = Callable[[str], None]
# Seconds between two lines of progress.
BETWEEN_LINES = 2.0
DONE = "[{done}/{all}] {rate}, {left}"
STOPPED = "Stopped: {missing} of {all} chunks are still to do. Go on with: synthesis multiverse resume {folder}"
REPLACED = "{folder} holds another plan than the one that was asked for."
SLOWER = (
    "Without numba this takes several times as long. To have it: "
    'python -m pip install "peer-work-synthesis[multiverse]"'
)
BAD_SHARD = "A shard is written i/n, such as 0/4 for the first of four; got {given!r}."


def open_folder(folder: Path | str) -> tuple[Work, InFolder]:
    """Open a plan's folder.

    Raises
    ------
    InputError
        Where it holds no plan.
    """
    work = Work(*read_plan(Path(folder)))
    return work, InFolder(Path(folder), work)


def shard_of(text: str) -> tuple[int, int]:
    """Read "i/n".

    Raises
    ------
    InputError
    """
    first, _, of = text.partition("/")
    if not (first.isdecimal() and of.isdecimal() and int(first) < int(of)):
        raise InputError(BAD_SHARD.format(given=text))
    return int(first), int(of)


def do_missing(
    work: Work,
    parts: Parts,
    *,
    workers: int | None = None,
    shard: tuple[int, int] = (0, 1),
    until: float | None = None,
    progress: Progress = lambda line: None,
) -> int:
    """Do the chunks that are missing, in threads of this process.

    Parameters
    ----------
    work : Work
    parts : Parts
    workers : int, optional
        Threads; as many as there are processors by default.
    shard : tuple of int
        i and n: only the chunks whose number leaves i when divided by n.
    until : float, optional
        Seconds after which no chunk is begun.
    progress : callable
        Receives a line when a chunk is done.

    Returns
    -------
    int
        Chunks that this shard still misses.
    """
    mine = [chunk for chunk in parts.missing(work) if chunk % shard[1] == shard[0]]
    if not mine:
        return 0
    # Here, before threads would each wait for it; a little work in memory alone is done before it is loaded.
    if (isinstance(parts, InFolder) or work.fitting >= WORTH_LOADING) and not load_compiled():
        progress(SLOWER)
    _prepare(work)

    def do(chunk: int) -> int:
        parts.put(chunk, work.do(chunk))
        return chunk

    with ThreadPoolExecutor(workers or processors()) as pool:
        ahead = (workers or processors()) + 1
        return len(mine) - _watched(lambda chunk: pool.submit(do, chunk), mine, ahead, until, progress)


def do_elsewhere(
    folder: Path | str,
    executor: Executor,
    *,
    until: float | None = None,
    progress: Progress = lambda line: None,
) -> int:
    """Do the chunks that a folder misses by an executor whose workers see that folder; return how many it misses then.

    Parameters
    ----------
    folder : path
        Of a plan.
    executor : concurrent.futures.Executor
    until : float, optional
    progress : callable
    """
    work, parts = open_folder(folder)
    mine = parts.missing(work)
    where = str(Path(folder).resolve())
    name = work.plan.name
    _watched(lambda chunk: executor.submit(do_chunk, where, name, chunk), mine, 2 * processors(), until, progress)
    return len(parts.missing(work))


def do_chunk(folder: str, name: str, chunk: int) -> int:
    """Do one chunk of the plan of this name, unless it is there; return its number. What a worker of any kind runs."""
    work, parts = _opened(folder, name)
    if not parts.has(work, chunk):
        parts.put(chunk, work.do(chunk))
    return chunk


@cache
def _opened(folder: str, name: str) -> tuple[Work, InFolder]:
    load_compiled()
    work, parts = open_folder(folder)
    if work.plan.name != name:
        raise InputError(REPLACED.format(folder=folder))
    _prepare(work)
    return work, parts


def _prepare(work: Work) -> None:
    """Make what all chunks share, before threads would each make it."""
    work.fits.number(0, 0, work.data.sets_of(0)[:0])
    _ = (work.of_reference or work.of_resamples) and work.weights


def _watched(
    submit: Callable[[int], Future[int]],
    chunks: list[int],
    ahead: int,
    until: float | None,
    progress: Progress,
) -> int:
    """Do chunks, a few ahead, so that nothing is begun after an interruption; return how many were done."""
    begun, told, done, waiting = time.monotonic(), 0.0, 0, iter(chunks)
    running: set[Future[int]] = set()

    def begin(many: int) -> None:
        for chunk in _while_time(waiting, begun, until, many):
            running.add(submit(chunk))

    begin(ahead)
    try:
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for one in finished:
                one.result()
                done += 1
            if time.monotonic() - told >= BETWEEN_LINES or done == len(chunks):
                told = time.monotonic()
                progress(progress_line(done, len(chunks), told - begun))
            begin(len(finished))
    except BaseException:
        for one in running:
            one.cancel()
        raise
    return done


def _while_time(waiting: Iterator[int], begun: float, until: float | None, many: int) -> Iterator[int]:
    for _ in range(many):
        if until is not None and time.monotonic() - begun >= until:
            return
        try:
            yield next(waiting)
        except StopIteration:
            return


def progress_line(done: int, every: int, seconds: float) -> str:
    """Say how far the work is and how long it may take."""
    rate = done / max(seconds, 1e-9)
    left = (every - done) / rate
    return DONE.format(
        done=done,
        all=every,
        rate=f"{rate:.1f} chunks a second" if rate >= 1 else f"{1 / rate:.1f} seconds a chunk",
        left=f"about {count(round(left), 'second')} left" if left < 120 else f"about {round(left / 60)} minutes left",
    )
