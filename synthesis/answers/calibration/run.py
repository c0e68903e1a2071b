"""Run a calibration cell by cell: what is finished is kept, and the same call goes on where it stopped."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from synthesis.answers.calibration.cells import Row, simulate
from synthesis.answers.calibration.designs import Design, designs_of
from synthesis.answers.calibration.plan import SIZES, Cell, Sizes, plan_cells
from synthesis.answers.calibration.results import (
    Calibration,
    empty_calibration,
    load_calibration,
    versions_now,
    write_calibration,
)
from synthesis.choices import SEED
from synthesis.errors import NotEstimableError
from synthesis.evidence import Evidence
from synthesis.files import DestinationError
from synthesis.statistics.permutation import check_draws
from synthesis.wording import count, listed

Progress = Callable[[str], None]
NOTHING = (
    "Nothing here can be simulated: an outcome needs five trials with one standardised effect each and a settled "
    "direction."
)
OTHER_SETTINGS = (
    "{path} holds a calibration with other settings ({differing}). Choose another --output, or start over with --force."
)
KEPT = "{done} are kept from before."
INTERRUPTED = "{done} of {planned} cells are kept in {path}; the same command goes on from there."
FINISHED = "[{number}/{planned}] {name}"


def calibrate(
    evidence: Evidence,
    *,
    output: Path | None = None,
    sizes: Sizes = SIZES,
    seed: int = SEED,
    outcomes: Collection[str] = (),
    jobs: int = 1,
    force: bool = False,
    progress: Progress = lambda line: None,
) -> Calibration:
    """Simulate at the design of the evidence how often its tests and intervals are right.

    Parameters
    ----------
    evidence : Evidence
    output : pathlib.Path, optional
        Where every finished cell is kept at once. What is there with the same settings is not computed again, unless
        its evidence has changed.
    sizes : Sizes
    seed : int
        Every cell has a generator of its own, made from the seed and the cell's name: neither order nor what else is
        computed changes a number.
    outcomes : collection of str
        Only these, by key or label, and no joint model.
    jobs : int
        Cells computed side by side.
    force : bool
        Start over where the file has other settings.
    progress : callable
        Receives a line when a cell is finished.

    Returns
    -------
    Calibration

    Raises
    ------
    NotEstimableError
        Where the evidence has nothing that can be simulated.
    ChoiceError
        For an outcome that cannot be.
    DestinationError, CalibrationFileError
        Where the file is not ours, or of other settings.

    Examples
    --------
    >>> few = Sizes(sets=4, permuted=2, joint=2, permutations=9)
    >>> found = calibrate(evidence.reporting("recovery"), sizes=few, outcomes=["recovery"])
    >>> found.is_complete
    False
    """
    check_draws(seed, sets=sizes.sets, permuted=sizes.permuted, joint=sizes.joint, permutations=sizes.permutations)
    designs = designs_of(evidence)
    if not designs:
        raise NotEstimableError(NOTHING)
    wanted = plan_cells(designs, [evidence.codebook.outcome_key(name) for name in outcomes])
    whole = wanted if not outcomes else plan_cells(designs)
    empty = empty_calibration(designs, len(whole), sizes, seed)
    found = _begun(empty, output, set(whole), force=force)
    missing = [cell for cell in wanted if cell not in found.cells]
    if found.cells:
        progress(KEPT.format(done=count(len(found.cells), "cell")))
    order = {cell: number for number, cell in enumerate(whole)}
    try:
        for cell, rows in _computed(missing, designs, sizes, seed, jobs):
            cells = {**found.cells, cell: tuple(rows)}
            found = replace(found, cells=dict(sorted(cells.items(), key=lambda item: order[item[0]])))
            if output is not None:
                write_calibration(found, output)
            progress(FINISHED.format(number=len(found.cells), planned=len(whole), name=cell.name))
    except KeyboardInterrupt:
        if output is not None:  # what the file holds: the last cell may have been finished and not written
            done = len(_begun(empty, output, set(whole), force=True).cells)
            progress(INTERRUPTED.format(done=done, planned=len(whole), path=output))
        raise
    return found


def _begun(empty: Calibration, output: Path | None, planned: set[Cell], *, force: bool) -> Calibration:
    """Return what a file already holds of this plan."""
    if output is None or not output.exists():
        return empty
    if output.is_dir():
        raise DestinationError(f"{output} is a folder; give the name of a file.")
    before = load_calibration(output)
    differing = [name for name, value in before.settings.items() if value != empty.settings[name]]
    if differing and not force:
        changed = [f"{name} {before.settings[name]}, not {empty.settings[name]}" for name in differing]
        raise DestinationError(OTHER_SETTINGS.format(path=output, differing=listed(changed)))
    if differing:
        return empty
    same = {name for name, own in before.designs.items() if empty.designs.get(name) == own}
    kept = {cell: rows for cell, rows in before.cells.items() if cell.design in same and cell in planned}
    return replace(empty, cells=kept, versions=before.versions if len(kept) == len(planned) else versions_now())


def _computed(
    cells: list[Cell], designs: Mapping[str, Design], sizes: Sizes, seed: int, jobs: int
) -> Iterator[tuple[Cell, list[Row]]]:
    """Yield each cell when it is finished."""
    if jobs == 1 or len(cells) < 2:
        for cell in cells:
            yield cell, simulate(cell, designs[cell.design], sizes, seed)
        return
    # Spawned, not forked: threads of the libraries may be running. Ctrl-C is for this process to hear, which ends them.
    pool = ProcessPoolExecutor(min(jobs, len(cells)), get_context("spawn"), _deaf_to_interrupts)
    try:
        running = {pool.submit(simulate, cell, designs[cell.design], sizes, seed): cell for cell in cells}
        for done in as_completed(running):
            yield running[done], done.result()
    except BaseException:
        for process in list(pool._processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _deaf_to_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
