"""Run the measurement model delta by delta: what is finished is kept, and the same call goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from synthesis.answers.measurement.given import Given, given_of
from synthesis.answers.measurement.results import (
    DELTAS,
    AtDelta,
    Measurement,
    Sampling,
    empty_measurement,
    load_measurement,
    told_delta,
    write_measurement,
)
from synthesis.choices import LEVEL, RHO
from synthesis.effects import Effects
from synthesis.errors import InputError
from synthesis.evidence import Evidence
from synthesis.files import DestinationError
from synthesis.statistics.measurement import Measured, measure
from synthesis.wording import listed, number

Progress = Callable[[str], None]
OTHER_SETTINGS = (
    "{path} holds a measurement with other settings ({differing}). Choose another --output, or start over with --force."
)
KEPT = "Kept from before: delta {deltas}."
FINISHED = "[{number}/{planned}] delta {delta}: slope {slope}, Monte-Carlo error {error}, R-hat {rhat}"
ON_THE_WAY = "delta {delta}: {share}%"
INTERRUPTED = "{done} of {planned} readings of silence are kept in {path}; the same command goes on from there."
NO_NUMBER = "delta {delta!r} must be a finite number."
# Between two lines about one delta lies at least this share of its sweeps, in percent.
EVERY = 10


def run_measurement(
    evidence: Evidence,
    *,
    output: Path | None = None,
    deltas: Sequence[float] = DELTAS,
    sampling: Sampling | None = None,
    effects: Mapping[str, Effects] | None = None,
    force: bool = False,
    progress: Progress = lambda line: None,
) -> Measurement:
    """Regress the benefit on all outcomes on what arms truly did, behind codes and silence.

    Parameters
    ----------
    evidence : Evidence
    output : pathlib.Path, optional
        Where every finished delta is kept at once. What is there with the same settings is not drawn again, unless
        effects or ratings have changed.
    deltas : sequence of float
        Readings of silence: the change in the log odds that a report describes a component that is truly absent.
    sampling : Sampling, optional
    effects : mapping of str to Effects, optional
        As `all_effects` gives them, where they are at hand.
    force : bool
        Start over where the file has other settings.
    progress : callable
        Receives a line now and then.

    Returns
    -------
    Measurement

    Raises
    ------
    NotEstimableError
        Where fewer than three trials have an effect and a coded arm.
    DestinationError, MeasurementFileError
        Where the file is not ours, or of other settings.

    Examples
    --------
    >>> few = Sampling(chains=2, draws=20, warmup=10, thin=1)
    >>> found = run_measurement(evidence.reporting("hope"), deltas=[0.0], sampling=few)
    >>> found.is_complete, found.k, found.trials
    (True, 30, 9)
    """
    for delta in deltas:
        if not np.isfinite(delta):
            raise InputError(NO_NUMBER.format(delta=delta))
    planned = tuple(dict.fromkeys(float(delta) + 0.0 for delta in deltas))
    given = given_of(evidence, effects=effects)
    empty = empty_measurement(given, planned, sampling or Sampling())
    found = _begun(empty, output, force=force)
    kept = [delta for delta in planned if delta in found.at]
    if kept:
        progress(KEPT.format(deltas=listed([told_delta(delta) for delta in kept])))
    try:
        for delta in planned:
            if delta in found.at:
                continue
            own = _at(delta, given, found.sampling, progress)
            at = {**found.at, delta: own}
            found = replace(found, at={one: at[one] for one in found.planned if one in at})
            if output is not None:
                write_measurement(found, output)
            told = {"slope": number(own.slope, 3, signed=True), "error": number(own.mc_error, 3)}
            done = {"number": len(found.at), "planned": len(found.planned), "delta": told_delta(delta)}
            progress(FINISHED.format(**done, **told, rhat=number(own.rhat, 3)))
    except KeyboardInterrupt:
        if output is not None:  # what the file holds: the last reading may have been finished and not written
            done = len(_begun(empty, output, force=True).at)
            progress(INTERRUPTED.format(done=done, planned=len(found.planned), path=output))
        raise
    return found


def _begun(empty: Measurement, output: Path | None, *, force: bool) -> Measurement:
    """Return what a file already holds of the same evidence with the same settings, and what else it was to hold."""
    if output is None or not output.exists():
        return empty
    if output.is_dir():
        raise DestinationError(f"{output} is a folder; give the name of a file.")
    before = load_measurement(output)
    differing = [name for name, value in empty.settings.items() if value != before.settings[name]]
    if differing and not force:
        changed = [f"{name} {before.settings[name]}, not {empty.settings[name]}" for name in differing]
        raise DestinationError(OTHER_SETTINGS.format(path=output, differing=listed(changed)))
    if differing or before.evidence != empty.evidence:
        return empty
    planned = tuple(sorted({*before.planned, *empty.planned}, reverse=True))
    at = {delta: before.at[delta] for delta in planned if delta in before.at}
    complete = set(empty.planned) <= set(at)
    return replace(empty, planned=planned, at=at, versions=before.versions if complete else empty.versions)


def _at(delta: float, given: Given, sampling: Sampling, progress: Progress) -> AtDelta:
    told = [0]

    def heard(done: int, planned: int) -> None:
        share = 100 * done // planned
        if share >= told[0] + EVERY and share < 100:
            told[0] = share
            progress(ON_THE_WAY.format(delta=told_delta(delta), share=share))

    own = measure(
        **given.arrays(),
        delta=delta,
        rho=RHO,
        chains=sampling.chains,
        draws=sampling.draws,
        warmup=sampling.warmup,
        thin=sampling.thin,
        seed=sampling.seed_of(delta),
        level=LEVEL,
        told=heard,
    )
    return _summed(own, given)


def _summed(own: Measured, given: Given) -> AtDelta:
    slope = own.slope
    tied = own.scores[given.arms["tied"].to_numpy(bool)]
    return AtDelta(
        delta=own.delta,
        slope=slope.mean,
        sd=slope.sd,
        ci_lb=slope.ci_lb,
        ci_ub=slope.ci_ub,
        prob_positive=float((own.kept["slope"] > 0).mean()),
        mc_error=float(slope.mc_error),
        rhat=slope.rhat,
        ess=slope.ess,
        least=float(tied.min()),
        most=float(tied.max()),
        tau=own.tau.mean,
        omega=own.omega.mean,
        scores=tuple(own.scores.tolist()),
        scores_sd=tuple(own.scores_sd.tolist()),
        confusion=tuple(own.confusion.tolist()),
        discrimination=tuple(own.discrimination.tolist()),
        reporting=tuple(own.reporting.tolist()),
        rhat_others=own.rhat,
        ess_others=own.ess,
    )
