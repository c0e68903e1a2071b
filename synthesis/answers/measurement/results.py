"""What the measurement model found, kept in a file beside the evidence, and whether it is still about that evidence."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthesis import __version__
from synthesis.answers.measurement.given import Given, given_of
from synthesis.answers.verdicts import TRIALS_PER_COVARIATE
from synthesis.choices import LEVEL, RHO, SEED
from synthesis.errors import NotEstimableError, SynthesisError
from synthesis.evidence import Evidence
from synthesis.files import new_file, read_kept
from synthesis.results import Result, plain
from synthesis.statistics.bayes import MU_SD, SLOPE_SD, TAU_PRIOR
from synthesis.statistics.gibbs_ratings import Priors
from synthesis.wording import MINUS, count, number, with_interval

FILE = "measurement.json"
KIND = "synthesis measurement"
FORMAT = 1
LIBRARIES = ("numpy", "scipy")
# What a report's silence is taken to depend on: log odds of being described, absent against present.
DELTAS = (0.0, -1.0, -2.0, -4.0)
# Above it the chains have not come together.
MOST_RHAT = 1.02
NOT_OURS = "{path} is no file that `synthesis measurement` wrote: {why}. Choose another name, or delete it."
COLUMNS = """
    delta slope sd ci_lb ci_ub mc_error rhat ess prob_positive change change_lb change_ub least most tau omega
    mean_score rhat_others ess_others
""".split()


class MeasurementFileError(SynthesisError):
    """A file is not what a measurement wrote; the message says which and why."""


@dataclass(frozen=True)
class Sampling:
    """How the chains are drawn.

    Attributes
    ----------
    chains, draws, warmup, thin : int
        As in `measure`.
    seed : int
        Every delta has a seed of its own, made from this: neither order nor what else is drawn changes a number.

    Examples
    --------
    >>> Sampling(chains=2, draws=100)
    Sampling(chains=2, draws=100, warmup=2000, thin=2, seed=20150101)
    """

    chains: int = 4
    draws: int = 4_000
    warmup: int = 2_000
    thin: int = 2
    seed: int = SEED

    @classmethod
    def of(cls, chains: int, draws: int, seed: int) -> Sampling:
        """Return a sampling whose warm-up is a quarter of its sweeps."""
        return cls(chains=chains, draws=draws, warmup=max(draws // 2, 1), thin=2, seed=seed)

    def seed_of(self, delta: float) -> int:
        """Return the seed of one delta's chains."""
        return int(np.random.SeedSequence([self.seed, round(1_000 * abs(delta)), int(delta > 0)]).generate_state(1)[0])


@dataclass(frozen=True)
class AtDelta:
    """The posterior under one reading of silence.

    Attributes
    ----------
    delta : float
        Change in the log odds that a report describes a component that is truly absent.
    slope, sd, ci_lb, ci_ub, prob_positive : float
        Change in benefit per whole score: posterior mean, standard deviation, equal-tailed interval, probability that
        it is above 0.
    mc_error, rhat, ess : float
        Monte-Carlo error of that mean, split R-hat, effective sample size.
    least, most : float
        Smallest and largest posterior mean score of an arm with effects.
    tau, omega : float
        Posterior means of the standard deviations between trials and within them.
    scores, scores_sd : tuple of float
        Of every arm.
    confusion : tuple
        A coder each: rows what is there (silent, 0, 1, 2), columns what the coder says; posterior means.
    discrimination, reporting : tuple of float
        Of every component.
    rhat_others, ess_others : float
        Worst of what else was watched.
    """

    delta: float
    slope: float
    sd: float
    ci_lb: float
    ci_ub: float
    prob_positive: float
    mc_error: float
    rhat: float
    ess: float
    least: float
    most: float
    tau: float
    omega: float
    scores: tuple[float, ...]
    scores_sd: tuple[float, ...]
    confusion: tuple[Any, ...]
    discrimination: tuple[float, ...]
    reporting: tuple[float, ...]
    rhat_others: float
    ess_others: float

    @property
    def span(self) -> float:
        """From the least to the most faithful arm with effects."""
        return self.most - self.least

    @property
    def change(self) -> float:
        """Change in benefit over the span."""
        return self.slope * self.span

    @property
    def change_lb(self) -> float:
        """Lower end of its interval, the span taken as known."""
        return self.ci_lb * self.span

    @property
    def change_ub(self) -> float:
        """Upper end of its interval."""
        return self.ci_ub * self.span

    @property
    def mean_score(self) -> float:
        """Mean posterior score of all arms."""
        return float(np.mean(self.scores))


@dataclass(frozen=True, eq=False)
class Measurement(Result):
    """The slope over all outcomes on what was truly done, for each reading of silence.

    Attributes
    ----------
    at : dict of AtDelta
        By delta, in the order asked for.
    planned : tuple of float
        Every delta that was asked for.
    sampling : Sampling
    evidence : str
        Fingerprint of effects and ratings.
    arms : pandas.DataFrame
        trial, arm, label, tied, reported; in the order of the scores.
    components, coders : list of str
    k, trials : int
        Effects and their trials.
    centre : float
    versions : dict of str
    earlier : bool
        Whether the evidence has changed since; known once compared (`read_measurement`).

    Examples
    --------
    >>> measurement = read_measurement(evidence)
    >>> measurement.is_complete, measurement.k, measurement.trials
    (True, 123, 51)
    """

    at: Mapping[float, AtDelta]
    planned: tuple[float, ...]
    sampling: Sampling
    evidence: str
    arms: pd.DataFrame
    components: list[str]
    coders: list[str]
    k: int
    trials: int
    centre: float
    versions: Mapping[str, str]
    earlier: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every delta that was asked for is there."""
        return set(self.planned) <= set(self.at)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Codes of what words and tables keep back (`answers.withheld`)."""
        return ("slope_below_ten_trials",) if self.trials < TRIALS_PER_COVARIATE else ()

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the numbers beside the evidence."""
        return settings_of(self.sampling)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a delta."""
        return pd.DataFrame([[getattr(own, name) for name in COLUMNS] for own in self.at.values()], columns=COLUMNS)

    def to_dict(self) -> dict[str, Any]:
        """Return what the file holds."""
        return {
            "kind": KIND,
            "format": FORMAT,
            "versions": dict(self.versions),
            "settings": self.settings,
            "evidence": self.evidence,
            "effects": self.k,
            "trials": self.trials,
            "centre": self.centre,
            "planned": list(self.planned),
            "withheld": list(self.withheld),
            "components": self.components,
            "coders": self.coders,
            "arms": self.arms.to_dict("records"),
            "deltas": [
                asdict(own) | {name: getattr(own, name) for name in ("change", "change_lb", "change_ub", "mean_score")}
                for own in self.at.values()
            ],
        }

    def shown(self) -> pd.DataFrame:
        """Return one row a reading of silence, as a notebook shows it."""
        own = list(self.at.values())
        slopes = {
            "Change per whole score": [with_interval(a.slope, a.ci_lb, a.ci_ub, signed=True) for a in own],
            "Least to most faithful": [with_interval(a.change, a.change_lb, a.change_ub, signed=True) for a in own],
        }
        return pd.DataFrame(
            {
                "Delta": [told_delta(a.delta) for a in own],
                **({} if self.withheld else slopes),
                "Mean fidelity": [number(a.mean_score) for a in own],
                "Scores from, to": [f"{number(a.least)}, {number(a.most)}" for a in own],
                "Monte-Carlo error": [number(a.mc_error, 3) for a in own],
                "R-hat": [number(a.rhat, 3) for a in own],
                "Effective draws": [number(a.ess, 0) for a in own],
            }
        )

    def __str__(self) -> str:
        what = f"{count(self.k, 'effect')} of {count(self.trials, 'trial')}, {count(len(self.arms), 'coded arm')}"
        return f"Measurement model, all outcomes: {what}; {len(self.at)} of {len(self.planned)} readings of silence"


def told_delta(delta: float) -> str:
    """Print a delta with as many digits as it has."""
    return f"{delta:g}".replace("-", MINUS)


def settings_of(sampling: Sampling) -> dict[str, Any]:
    """Return everything that decides the numbers beside the evidence."""
    model = {"rho": RHO, "level": LEVEL, "mu_sd": MU_SD, "slope_sd": SLOPE_SD, "tau_prior": list(TAU_PRIOR)}
    return asdict(sampling) | model | {"priors": asdict(Priors())}


def versions_now() -> dict[str, str]:
    """Return the versions that a measurement of today is made with."""
    own = {"synthesis": __version__, "python": platform.python_version()}
    return own | {name: version(name) for name in LIBRARIES}


def empty_measurement(given: Given, planned: tuple[float, ...], sampling: Sampling) -> Measurement:
    """Return a measurement of which nothing has been drawn."""
    return Measurement(
        at={},
        planned=planned,
        sampling=sampling,
        evidence=given.fingerprint,
        arms=given.arms,
        components=given.components,
        coders=given.coders,
        k=len(given.effects),
        trials=given.trials,
        centre=given.centre,
        versions=versions_now(),
    )


def write_measurement(found: Measurement, path: Path) -> None:
    """Write a measurement, an arm and a delta a line, whole or not at all."""
    content = plain(found.to_dict())
    lists = {name: content.pop(name) for name in ("arms", "deltas")}
    head = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False).rsplit("\n}", 1)[0]
    lines = {
        name: ",\n".join("  " + json.dumps(row, allow_nan=False, ensure_ascii=False) for row in rows)
        for name, rows in lists.items()
    }
    body = ",\n".join(f' "{name}": [\n{rows}\n ]' for name, rows in lines.items())
    with new_file(path, force=True) as place:
        place.write_text(f"{head},\n{body}\n}}\n", encoding="utf-8", newline="\n")


def load_measurement(path: Path) -> Measurement:
    """Read a measurement as it was written.

    Raises
    ------
    MeasurementFileError
        For a file that `write_measurement` did not write.
    """
    refused = lambda why: MeasurementFileError(NOT_OURS.format(path=path, why=why))  # noqa: E731
    return read_kept(path, kind=KIND, form=FORMAT, refused=refused, of=_of)


def read_measurement(evidence: Evidence) -> Measurement | None:
    """Read the measurement that lies in a data root, compared with the evidence of today.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    Measurement or None
        None where the root has none.

    Examples
    --------
    >>> print(read_measurement(evidence))
    Measurement model, all outcomes: 123 effects of 51 trials, 101 coded arms; 4 of 4 readings of
    silence
    """
    path = evidence.root / FILE
    if not path.is_file():
        return None
    found = load_measurement(path)
    try:
        today = given_of(evidence).fingerprint
    except NotEstimableError:
        today = ""
    return replace(found, earlier=found.evidence != today)


def _of(content: Mapping[str, Any]) -> Measurement:
    settings = content["settings"]
    sampling = Sampling(**{name: settings[name] for name in Sampling.__dataclass_fields__})
    names = AtDelta.__dataclass_fields__
    at = {}
    for own in content["deltas"]:
        at[float(own["delta"])] = AtDelta(**{name: _cell(own[name]) for name in names})
    return Measurement(
        at=at,
        planned=tuple(float(one) for one in content["planned"]),
        sampling=sampling,
        evidence=content["evidence"],
        arms=pd.DataFrame(content["arms"]),
        components=content["components"],
        coders=content["coders"],
        k=content["effects"],
        trials=content["trials"],
        centre=content["centre"],
        versions=content["versions"],
    )


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return float("nan") if value is None else float(value)
