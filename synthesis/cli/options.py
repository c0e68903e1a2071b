"""The options that several commands share, made from `choices`: a place, a reading, a model."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from synthesis.choices import (
    CI,
    FORMER_SCORES,
    ICC,
    LEVEL,
    METHOD,
    NO_CORRELATION,
    NO_MODERATORS,
    RHO,
    SCORE,
    TIMEPOINT,
    CiMethod,
    MeasureCode,
    Method,
    PoolMethod,
    Score,
    chosen,
    is_of_events,
    option,
    timepoint_months,
)
from synthesis.errors import ChoiceError
from synthesis.evidence.contract import references_of

if TYPE_CHECKING:
    from synthesis.effects import Effects
    from synthesis.evidence import Evidence

ROOTS_OWN = "[default: the data root's own reading]"
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Place:
    """Where the data root and its bibliography lie.

    Attributes
    ----------
    data, references : pathlib.Path
    given : pathlib.Path or None
        The bibliography as it was typed; None where it was left to be found.
    """

    data: Path
    references: Path
    given: Path | None

    def load(self) -> Evidence:
        """Load the evidence that lies there."""
        from synthesis.evidence import load_evidence

        return load_evidence(self.data, references=self.references)


@dataclass(frozen=True)
class Reading:
    """How rows are read as effects, as `compute_effects` takes it."""

    measure: str | None
    timepoint: str
    as_printed: bool
    icc: float
    adjusted_r: float | str | None
    small_trial_t: bool | None
    printed_df: bool | None
    prefer_adjusted: bool

    def compute(self, evidence: Evidence, outcome: str, **more: Any) -> Effects:
        """Compute the effects of one outcome."""
        from synthesis.effects import compute_effects

        return compute_effects(evidence, outcome, **self.settings, **more)

    @property
    def settings(self) -> dict[str, Any]:
        """The keywords of `compute_effects`."""
        return asdict(self)


@dataclass(frozen=True)
class Model:
    """The model of a pool or a slope, as `pool` takes it."""

    method: str
    ci: str | None
    level: float

    @property
    def settings(self) -> dict[str, Any]:
        """The keywords of `pool`."""
        return asdict(self)


class AnyCase(click.Choice):
    """A choice that is understood in any case and shown as it is spelt."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the choice a typed value means; click refuses what means none."""
        with suppress(ChoiceError):
            value = chosen("value", value, self.choices)
        return super().convert(value, param, ctx)


class ModelMethod(AnyCase):
    """A choice of methods that refuses those that pool events with the reason why."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the method a typed value means."""
        if is_of_events(value):
            self.fail(f"{value!r} {NO_MODERATORS}. Choose one of: {', '.join(self.choices)}.", param, ctx)
        return super().convert(value, param, ctx)


class ScoreChoice(AnyCase):
    """A choice of scores that also understands how they were called."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the score a typed value means."""
        return super().convert(FORMER_SCORES.get(value, value), param, ctx)


class Timepoint(click.ParamType):
    """A rule of time points: longest, closest:MONTHS or all."""

    name = "timepoint"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the rule; click refuses what is none."""
        try:
            timepoint_months(value)
        except ChoiceError as error:
            self.fail(str(error), param, ctx)
        return str(value)


class Correlation(click.ParamType):
    """A correlation of adjusted models, or none."""

    name = "correlation"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """Return the number, or none; click refuses what is neither."""
        typed = str(value).strip().casefold()
        with suppress(ValueError):
            value = typed if typed == NO_CORRELATION else float(typed)
        try:
            return option("adjusted_r", value)
        except ChoiceError as error:
            self.fail(str(error), param, ctx)


def choice(name: str, kind: Any, default: str | None, says: str) -> Decorator:
    """Return an option whose values are those of a `Literal`, in any case."""
    return click.option(name, type=AnyCase(get_args(kind)), default=default, show_default=True, help=says)


def takes_score(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--score`, as its argument `score`."""
    scores = ScoreChoice(get_args(Score))
    says = "Model fidelity that benefit is regressed on; calibrated: silent reports count as others of their kind do."
    return click.option("--score", type=scores, default=SCORE, show_default=True, help=says)(command)


def takes_rho(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--rho`, as its argument `rho`."""
    says = "Correlation assumed between the sampling errors of one trial's effects."
    kind = click.FloatRange(0, 1, max_open=True)
    return click.option("--rho", type=kind, default=RHO, show_default=True, help=says)(command)


def layout(*forms: str, says: str | None = None) -> Decorator:
    """Return the option `--format`, the first form by default; commands take it as `form`."""
    return click.option("--format", "form", type=AnyCase(forms), default=forms[0], show_default=True, help=says)


def takes_place(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--data` and `--references`, as its argument `place`."""

    @click.option(
        "--data",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default="data",
        show_default=True,
        help="Data root: a folder with codebook/ and trials/.",
    )
    @click.option(
        "--references",
        type=click.Path(path_type=Path),
        default=None,
        help="BibTeX or RIS file, an entry for every trial.  [default: references.bib in the data root or beside it]",
    )
    @wraps(command)
    def wrapped(*args: Any, data: Path, references: Path | None, **options: Any) -> Any:
        return command(*args, place=Place(data, references_of(data, references), references), **options)

    return wrapped


def takes_reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of reading rows, as its argument `reading`."""

    @choice("--measure", MeasureCode, None, "Effect measure.  [default: the outcome's own]")
    @click.option("--as-printed", is_flag=True, help="Ignore the review team's decisions on doubtful numbers.")
    @click.option(
        "--icc",
        type=click.FloatRange(0, 1),
        default=ICC,
        show_default=True,
        help="Intracluster correlation assumed where a cluster trial reports none.",
    )
    @click.option(
        "--timepoint",
        type=Timepoint(),
        metavar="RULE",
        default=TIMEPOINT,
        show_default=True,
        help="longest, closest:MONTHS or all.",
    )
    @click.option(
        "--adjusted-r",
        type=Correlation(),
        metavar="R|none",
        help="Correlation with which SMDs of adjusted models, and of changes, are brought to the SD between people.  "
        f"{ROOTS_OWN}",
    )
    @click.option(
        "--small-trial-t/--small-trial-z",
        default=None,
        help=f"Read intervals of small trials' mean differences by t, or by z.  {ROOTS_OWN}",
    )
    @click.option(
        "--printed-df/--df-of-sizes",
        default=None,
        help=f"Use degrees of freedom that reports print, or those of the arm sizes.  {ROOTS_OWN}",
    )
    @click.option("--prefer-adjusted", is_flag=True, help="Put adjusted estimates before the arms' raw final means.")
    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        reading = Reading(**{field.name: options.pop(field.name) for field in fields(Reading)})
        return command(*args, reading=reading, **options)

    return wrapped


def takes_model(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a model of effects, as its argument `model`."""
    return _with_model(ModelMethod(get_args(Method)), "Estimator of tau2.", CI)(command)


def takes_pool(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a pool, of effects or of events, as its argument `model`."""
    says = "Estimator of tau2 (EE: one true effect); or a pool of events, REVMAN as RevMan prints it."
    return _with_model(AnyCase(get_args(PoolMethod)), says, f"{CI}; wald for pools of events")(command)


def _with_model(methods: click.Choice, says: str, default_ci: str) -> Decorator:
    def takes(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("--method", type=methods, default=METHOD, show_default=True, help=says)
        @click.option("--ci", type=AnyCase(get_args(CiMethod)), show_default=default_ci, help="Confidence interval.")
        @click.option(
            "--level",
            type=click.FloatRange(0, 1, min_open=True, max_open=True),
            default=LEVEL,
            show_default=True,
            help="Confidence level.",
        )
        @wraps(command)
        def wrapped(*args: Any, method: str, ci: str | None, level: float, **options: Any) -> Any:
            return command(*args, model=Model(method=method, ci=ci, level=level), **options)

        return wrapped

    return takes
