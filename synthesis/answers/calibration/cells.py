"""One simulated world: data sets drawn, each analysed as the pages analyse theirs, and how often that was right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthesis.answers.calibration.designs import Design, JointDesign, OutcomeDesign
from synthesis.answers.calibration.plan import MOSTLY, Cell, Sizes
from synthesis.answers.verdicts import Association, association
from synthesis.choices import CI, LEVEL, RHO, CiMethod
from synthesis.errors import NotEstimableError
from synthesis.statistics.distributions import normal_tail, t_quantile, t_tail
from synthesis.statistics.kernels import load_compiled
from synthesis.statistics.lines import Fits, fit_lines, fit_means
from synthesis.statistics.measures.estimates import Estimates
from synthesis.statistics.multilevel import che
from synthesis.statistics.permutation import TIE
from synthesis.statistics.simulated import draw_smd, generator_of, mean_with_error, share_with_error
from synthesis.statistics.studentised import cluster_permutation_test

TESTS: dict[str, CiMethod] = {"wald": "wald", "knapp_hartung": "knapp-hartung", "floor": "knapp-hartung-floor"}
REJECTED, COVERAGE, ESTIMATE = "rejected", "coverage", "estimate"
TAU2_ZERO, COVERAGE_TAU2_ZERO = "tau2_zero", "coverage_tau2_zero"
# Data sets drawn at once, and permuted at once.
BLOCK, PERMUTED_BLOCK = 5_000, 200


@dataclass(frozen=True)
class Row:
    """A figure of a simulation.

    Attributes
    ----------
    test : str
        Whose: wald, knapp_hartung, floor, permutation, detected; prediction; a reading of silence; cr2, model, wider.
    quantity : {"rejected", "coverage", "estimate", "tau2_zero", "coverage_tau2_zero"}
        Share of data sets in which no slope was rejected (type I error where there is none, else power); in which the
        interval held the truth; mean estimate; share with a heterogeneity estimated as zero; coverage among these.
    value, mc_error : float
    sets : int
        Data sets it rests on.
    """

    test: str
    quantity: str
    value: float
    mc_error: float
    sets: int


def simulate(cell: Cell, design: Design, sizes: Sizes, seed: int) -> list[Row]:
    """Simulate one cell.

    Parameters
    ----------
    cell : Cell
    design : Design
        That the cell names.
    sizes : Sizes
    seed : int
        With the cell's name it decides every number.

    Returns
    -------
    list of Row
    """
    load_compiled()  # in every process alike: with numba and without it the last digits differ
    rng = generator_of(seed, cell.name)
    if isinstance(design, JointDesign):
        return _joint(cell, design, sizes, rng)
    return {"slope": _slope, "pool": _pool, "silence": _silence}[cell.kind](cell, design, sizes, rng)


def _slope(cell: Cell, design: OutcomeDesign, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    known = design.scored(cell.score)
    x = design.x[cell.score][known]
    drawn = _drawn(design.mean + cell.slope * (x - x.mean()), design.sizes[:, known], cell.tau2, sizes.sets, rng)
    fits = fit_lines(drawn.yi, drawn.vi, x)
    rows = []
    for test, ci in TESTS.items():
        critical = t_quantile(0.5 + LEVEL / 2, fits.reference(ci))
        rows.append(_share(test, REJECTED, np.abs(fits.statistic(ci)) > critical))
        rows.append(_share(test, COVERAGE, np.abs(fits.estimate - cell.slope) <= critical * fits.standard_error(ci)))
    if cell.permuted:
        n = min(sizes.permuted, sizes.sets)
        pval = _permuted(Estimates(drawn.yi[:, :n], drawn.vi[:, :n]), x, sizes.permutations, rng)
        left = np.abs(fits.statistic(CI)[:n]) > t_quantile(0.5 + LEVEL / 2, fits.reference(CI))
        agrees = pval <= 1 - LEVEL
        rows += [_share("permutation", REJECTED, agrees), _share("detected", REJECTED, left & agrees)]
    return rows


def _permuted(drawn: Estimates, x: np.ndarray, permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Return the permutation p value of each data set, by arrangements drawn anew for each, shape (d,)."""
    pval = []
    for start in range(0, drawn.yi.shape[1], PERMUTED_BLOCK):
        yi, vi = drawn.yi[:, start : start + PERMUTED_BLOCK], drawn.vi[:, start : start + PERMUTED_BLOCK]
        observed = np.abs(fit_lines(yi, vi, x).statistic(CI))
        n = yi.shape[1]
        sources = rng.random((n * permutations, len(x))).argsort(axis=1).T
        sets = np.repeat(np.arange(n), permutations)
        shuffled = np.abs(fit_lines(yi[sources, sets], vi[sources, sets], x).statistic(CI)).reshape(n, permutations)
        extreme = (shuffled >= observed[:, None] * (1 - TIE)).sum(axis=1)
        pval.append((extreme + 1) / (permutations + 1))
    return np.concatenate(pval)


def _pool(cell: Cell, design: OutcomeDesign, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    drawn = _drawn(np.full(design.k, design.mean), design.sizes, cell.tau2, sizes.sets, rng)
    fits = fit_means(drawn.yi, drawn.vi)
    rows = []
    for test, ci in TESTS.items():
        half = t_quantile(0.5 + LEVEL / 2, fits.reference(ci)) * fits.standard_error(ci)
        rows.append(_share(test, COVERAGE, np.abs(fits.estimate - design.mean) <= half))
    covered, zero = _predicted(fits, design.mean, cell.tau2), fits.tau2 <= 0
    rows.append(Row("prediction", COVERAGE, *mean_with_error(covered), len(covered)))
    rows.append(_share("prediction", TAU2_ZERO, zero))
    return [*rows, Row("prediction", COVERAGE_TAU2_ZERO, *mean_with_error(covered[zero]), int(zero.sum()))]


def _predicted(fits: Fits, mean: float, tau2: float) -> np.ndarray:
    """Return the chance that the prediction interval of each data set holds the true effect of a new trial."""
    half = t_quantile(0.5 + LEVEL / 2, float(fits.df)) * np.hypot(fits.standard_error(CI), np.sqrt(fits.tau2))
    if tau2 == 0:
        return (np.abs(fits.estimate - mean) <= half).astype(float)
    low, high = (fits.estimate - half - mean) / np.sqrt(tau2), (fits.estimate + half - mean) / np.sqrt(tau2)
    return normal_tail(low) - normal_tail(high)


def _silence(cell: Cell, design: OutcomeDesign, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    """Each data set has its own ratings behind what reports leave out, and its own effects."""
    silence = design.silence
    truth = np.empty((design.k, sizes.sets))
    for start in range(0, sizes.sets, BLOCK):
        n = truth[:, start : start + BLOCK].shape[1]
        filled = np.zeros((design.k, n))
        for weight, ratings in zip(silence.silent.T, design.ratings, strict=True):
            filled += weight[:, None] * _silent(cell.truth, ratings, (design.k, n), rng)
        truth[:, start : start + BLOCK] = silence.described[:, None] + filled
    drawn = _drawn(design.mean + cell.slope * (truth - truth.mean(axis=0)), design.sizes, cell.tau2, sizes.sets, rng)
    scores = {**design.x, "absent": silence.score(0.0), "middle": silence.score(0.5), "true": truth}
    rows = []
    for reading, x in scores.items():
        known = np.isfinite(x if x.ndim == 1 else x[:, 0])
        fits = fit_lines(drawn.yi[known], drawn.vi[known], x[known])
        critical = t_quantile(0.5 + LEVEL / 2, fits.reference(CI))
        rows.append(Row(reading, ESTIMATE, *mean_with_error(fits.estimate), sizes.sets))
        rows.append(_share(reading, REJECTED, np.abs(fits.statistic(CI)) > critical))
    return rows


def _silent(truth: str, ratings: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw what a component truly was where reports are silent on it, as a share of being present."""
    if truth == "absent":
        return np.zeros(shape)
    as_described = rng.choice(ratings, size=shape)
    return as_described if truth == "ignorable" else np.where(rng.random(shape) < MOSTLY, 0.0, as_described)


def _joint(cell: Cell, design: JointDesign, sizes: Sizes, rng: np.random.Generator) -> list[Row]:
    x, cluster = design.x[cell.score], design.cluster
    shape = (len(x), sizes.joint)
    between = rng.standard_normal((int(cluster.max()) + 1, sizes.joint))[cluster]
    apart = np.sqrt(cell.tau2) * between + np.sqrt(cell.omega2) * rng.standard_normal(shape)
    theta = (design.means + cell.slope * (x - x.mean()))[:, None] + apart
    drawn = draw_smd(theta, design.sizes, rng, cluster=cluster, rho=cell.rho)
    columns = list(zip(drawn.yi.T, drawn.vi.T, rng.integers(2**32, size=sizes.joint).tolist(), strict=True))
    found = np.array([_joint_tests(design, cell, x, *own, sizes.permutations) for own in columns])
    names = [("cr2", REJECTED), ("model", REJECTED), ("wider", REJECTED), ("permutation", REJECTED)]
    names += [("detected", REJECTED), ("cr2", COVERAGE), ("wider", COVERAGE)]
    return [_share(*name, hits[np.isfinite(hits)].astype(bool)) for name, hits in zip(names, found.T, strict=True)]


def _joint_tests(
    design: JointDesign, cell: Cell, x: np.ndarray, yi: np.ndarray, vi: np.ndarray, seed: int, permutations: int
) -> list[float]:
    """Return whether each test of the joint model rejects, and whether its intervals hold the true slope."""
    try:
        fit = che(yi, vi, design.cluster, np.column_stack([design.Z, x]), rho=RHO, level=LEVEL, test=[])
        test = cluster_permutation_test(
            yi, vi, design.cluster, x, design.Z, rho=RHO, permutations=permutations, seed=seed
        )
    except (NotEstimableError, np.linalg.LinAlgError):
        return [np.nan] * 7
    slope, df, alpha = fit.beta[-1], fit.df[-1], 1 - LEVEL
    wider = max(fit.se[-1], fit.se_model[-1])
    by = [2 * t_tail(abs(slope) / se, df) <= alpha for se in (fit.se[-1], fit.se_model[-1], wider)]
    half = t_quantile(0.5 + LEVEL / 2, df) * wider
    verdict = association(slope - half, slope + half, test.pval, level=LEVEL, descriptive=False)
    off = abs(slope - cell.slope)
    covered = [off <= t_quantile(0.5 + LEVEL / 2, df) * se for se in (fit.se[-1], wider)]
    return [float(hit) for hit in (*by, test.pval <= alpha, verdict is Association.DETECTED, *covered)]


def _drawn(mean: np.ndarray, sizes: np.ndarray, tau2: float, d: int, rng: np.random.Generator) -> Estimates:
    """Draw d data sets about a mean of shape (k,) or (k, d), some at a time."""
    mean = mean if mean.ndim == 2 else np.broadcast_to(mean[:, None], (len(mean), d))
    parts = []
    for start in range(0, d, BLOCK):
        own = mean[:, start : start + BLOCK]
        parts.append(draw_smd(own + np.sqrt(tau2) * rng.standard_normal(own.shape), sizes, rng))
    return Estimates(*(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in ("yi", "vi")))


def _share(test: str, quantity: str, hits: np.ndarray) -> Row:
    return Row(test, quantity, *share_with_error(hits), len(hits))
