"""Which worlds are simulated: how much trials differ, how large the slope truly is, what silence truly meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from synthesis.answers.calibration.designs import SCORES, TESTED, Design, JointDesign, OutcomeDesign
from synthesis.choices import RHO
from synthesis.errors import ChoiceError

TAU2 = (0.0, 0.01, 0.04, 0.09)
# Prediction intervals are also asked at a heterogeneity that hides well.
TAU2_POOLS = (0.0, 0.0025, 0.01, 0.04, 0.09)
# Slopes at which the tests of an interval are tried beside none and the one that pages call detectable.
SLOPES = (0.3, 0.5, 1.0, 1.5)
# What silent components truly were, at this heterogeneity and a true slope of one.
TRUTHS = ("ignorable", "mostly_absent", "absent")
TAU2_OF_TRUTHS = 0.01
MOSTLY = 0.8
# Where the joint model's assumptions are wrong: twice the heterogeneity it estimates here, another correlation.
OTHER_RHO = (0.3, 0.8)
JOINT_SLOPES = (0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Sizes:
    """How many data sets a cell has.

    Attributes
    ----------
    sets : int
        For tests that are fitted thousands at once.
    permuted : int
        Of these, how many are also permuted.
    joint : int
        Of the joint model.
    permutations : int
        Arrangements of each permutation test.

    Examples
    --------
    >>> Sizes(sets=100, permuted=20, joint=20, permutations=99)
    Sizes(sets=100, permuted=20, joint=20, permutations=99)
    """

    sets: int = 20_000
    permuted: int = 5_000
    joint: int = 2_000
    permutations: int = 399

    @classmethod
    def of(cls, sets: int) -> Sizes:
        """Return sizes in the shipped proportions."""
        return cls(sets=sets, permuted=max(2, sets // 4), joint=max(2, sets // 10))


SIZES = Sizes()
QUICK = Sizes(sets=400, permuted=100, joint=20, permutations=99)


@dataclass(frozen=True)
class Cell:
    """One simulated world.

    Attributes
    ----------
    kind : {"slope", "pool", "silence", "joint"}
    design : str
        An outcome, or one of the joint models.
    score : str
        Whose slope; empty for a pool.
    tau2, omega2 : float
        True heterogeneity between trials, and between the outcomes of a trial.
    slope : float
        True slope.
    truth : str
        What silence truly was, of `TRUTHS`; of a joint model what its assumptions have against them.
    rho : float
        True correlation of the errors of a trial's outcomes; the model assumes 0.6.
    permuted : bool
        Whether the permutation test is run.
    """

    kind: str
    design: str
    score: str = ""
    tau2: float = 0.0
    omega2: float = 0.0
    slope: float = 0.0
    truth: str = ""
    rho: float = 0.0
    permuted: bool = False

    @property
    def name(self) -> str:
        """The cell's name: its settings, whatever else is simulated."""
        told = {
            key: value for key, value in asdict(self).items() if key not in ("kind", "design", "permuted") and value
        }
        return " ".join(
            [
                self.kind,
                self.design,
                *(f"{key}={value:g}" if key not in _WORDS else value for key, value in told.items()),
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the settings."""
        return asdict(self)


_WORDS = ("score", "truth")


def plan_cells(designs: Mapping[str, Design], outcomes: Collection[str] = ()) -> list[Cell]:
    """Return every cell of the designs, or of some outcomes alone.

    Raises
    ------
    ChoiceError
        For an outcome that no simulation can be made of.
    """
    known = [name for name, design in designs.items() if isinstance(design, OutcomeDesign)]
    for name in outcomes:
        if name not in known:
            why = "cannot be simulated: five trials with a standardised effect each are needed"
            raise ChoiceError("outcome", name, known, why=why)
    cells: list[Cell] = []
    for name, design in designs.items():
        if isinstance(design, JointDesign):
            cells += [] if outcomes else _joint_cells(design)
        elif not outcomes or name in outcomes:
            cells += _outcome_cells(design)
    return cells


def _outcome_cells(design: OutcomeDesign) -> Iterator[Cell]:
    name = design.name
    yield from (Cell("pool", name, tau2=tau2) for tau2 in TAU2_POOLS)
    for score in SCORES:
        if not design.carries_slope(score):
            continue
        found = design.detectable(score)
        for tau2 in TAU2:
            yield from (Cell("slope", name, score, tau2, slope=slope, permuted=True) for slope in (0.0, found))
            if score == SCORES[0]:
                yield from (Cell("slope", name, score, tau2, slope=slope) for slope in SLOPES if slope != found)
    if design.silence is not None and design.carries_slope(SCORES[0]):
        yield from (Cell("silence", name, tau2=TAU2_OF_TRUTHS, slope=1.0, truth=truth) for truth in TRUTHS)


def _joint_cells(design: JointDesign) -> Iterator[Cell]:
    """Yield most worlds of the model of few outcomes on the first score; of the others, which take longer, fewer."""
    for score in SCORES:
        tau2, omega2 = design.heterogeneity(score)
        own = {"kind": "joint", "design": design.name, "score": score, "omega2": omega2, "permuted": True}
        is_whole = (design.name, score) == (TESTED, SCORES[0])
        yield Cell(**own, tau2=tau2, rho=RHO)
        for rho in OTHER_RHO if is_whole else OTHER_RHO[:1]:
            yield Cell(**own, tau2=tau2, rho=rho, truth="other_rho")
        if is_whole:
            yield Cell(**own, tau2=2 * tau2, rho=RHO, truth="tau2_doubled")
        slopes = JOINT_SLOPES if is_whole else JOINT_SLOPES[2:] if design.name == TESTED else JOINT_SLOPES[2:3]
        yield from (Cell(**own, tau2=tau2, slope=slope, rho=RHO) for slope in slopes)
