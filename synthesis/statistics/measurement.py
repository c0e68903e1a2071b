r"""The measurement model: true ratings behind coders' codes and silent reports, joint with the effects of the trials.

Imputation, coder error and missingness in one: what is drawn for a silent component is drawn by what the arm's other
components, the reports and the effects say, and the slope is averaged over it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from synthesis.choices import LEVEL, RHO, SEED
from synthesis.errors import InputError
from synthesis.statistics.bayes import MU_SD, SLOPE_SD, TAU_PRIOR, checked_level, taken
from synthesis.statistics.chains import Chained, describe
from synthesis.statistics.gibbs_effects import EffectsGiven
from synthesis.statistics.gibbs_ratings import LEVELS, NONE, Coded, Priors, State, start, sweep
from synthesis.statistics.priors import positive

CHAINS, DRAWS, THIN = 4, 4_000, 2
# So often a caller hears how far the chains are, and may stop them.
TOLD_EVERY = 200

Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Measured:
    """Draws of the measurement model.

    Attributes
    ----------
    slope, tau, omega : Chained or None
        Change in effect per whole score, and standard deviations between trials and within them; None without effects.
    scores, scores_sd : numpy.ndarray, shape (arms,)
        Posterior mean and standard deviation of each arm's score.
    ratings : numpy.ndarray, shape (arms, components, 3)
        Posterior probability of each true rating.
    discrimination : numpy.ndarray, shape (components,)
    thresholds : numpy.ndarray, shape (components, 2)
    reporting : numpy.ndarray, shape (components,)
        Log odds that a component that is done is described, in a report that says as much as most.
    spread : float
        Standard deviation of reports about that.
    correlation : numpy.ndarray, shape (mechanisms, mechanisms)
        Of the arms' traits. All posterior means.
    confusion : numpy.ndarray, shape (coders, 4, 4)
        Posterior mean: rows what is there (silent, 0, 1, 2), columns what the coder says.
    kept : dict of numpy.ndarray, shape (chains, draws)
        Every draw of slope, tau and omega.
    rhat, ess : float
        Worst split R-hat and smallest effective sample size of what `slope`, `tau` and `omega` leave out: the arms'
        scores, the confusion matrices' diagonals, thresholds, discriminations and the spread of reports.
    delta : float
    chains, draws, warmup, thin, seed : int
    level : float

    Examples
    --------
    >>> ratings = [[[2], [1], [0]], [[2], [2], [2]], [[1], [0], [1]]]
    >>> drawn = measure(ratings, ["trust", "trust", "bridging"], chains=2, draws=50, warmup=50)
    >>> drawn.chains, drawn.scores.shape
    (2, (3,))
    """

    slope: Chained | None
    tau: Chained | None
    omega: Chained | None
    scores: np.ndarray
    scores_sd: np.ndarray
    ratings: np.ndarray
    discrimination: np.ndarray
    thresholds: np.ndarray
    reporting: np.ndarray
    spread: float
    correlation: np.ndarray
    confusion: np.ndarray
    kept: dict[str, np.ndarray]
    rhat: float
    ess: float
    delta: float
    chains: int
    draws: int
    warmup: int
    thin: int
    seed: int
    level: float


def measure(
    ratings: ArrayLike,
    mechanism: ArrayLike,
    *,
    delta: float = 0.0,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    arm: ArrayLike | None = None,
    outcome: ArrayLike | None = None,
    asked: ArrayLike | None = None,
    settled: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    centre: float = 0.5,
    rho: float = RHO,
    mu_sd: float = MU_SD,
    slope_sd: float = SLOPE_SD,
    tau_sd: float = TAU_PRIOR[1],
    omega_sd: float = TAU_PRIOR[1],
    priors: Priors | None = None,
    chains: int = CHAINS,
    draws: int = DRAWS,
    warmup: int | None = None,
    thin: int = THIN,
    seed: int = SEED,
    level: float = LEVEL,
    told: Told = lambda done, planned: None,
) -> Measured:
    r"""Draw what arms truly did from what coders found in reports, alone or joint with the effects on all outcomes.

    Parameters
    ----------
    ratings : array_like, shape (arms, components, coders)
        0, 1 or 2; nan where a coder found the report silent.
    mechanism : array_like, shape (components,)
        What a component belongs to: one trait an arm and mechanism.
    delta : float
        Change in the log odds that a report describes a component which is truly absent (0): 0 is silence that
        depends on nothing, below 0 silence that more often means absence. No data tell it: fix it, and try several.
    yi, vi, cluster, outcome : array_like, shape (k,), optional
        Effects, sampling variances, trials and what each is on, as in `bayes_joint`; without `yi` ratings alone.
    arm : array_like, shape (k,), optional
        The row of `ratings` whose score stands beside each effect.
    asked : array_like of bool, shape (arms, components, coders), optional
        False where a coder did not look, so that nan says nothing; all by default.
    settled : array_like, shape (arms, components), optional
        What a consensus came to: -1 where there is none, 0 silent, 1 + rating. It rules.
    weights : array_like, shape (components,), optional
        What a rating of 1 adds to the score; one half over the number of components by default, so that scores reach
        from 0 to 1.
    centre : float
        The score at which the outcomes' averages are meant. A constant: a mean of unknown scores is none.
    rho : float
        Correlation assumed between the sampling errors of effects of one trial.
    mu_sd, slope_sd : float
        Of the normal priors of averages and slope.
    tau_sd, omega_sd : float
        Of the half-normal priors of the standard deviations between and within trials.
    priors : Priors, optional
        Of the ratings' half.
    chains, draws, warmup, thin : int
        Chains side by side; draws kept of each, after a warm-up (half as many sweeps as draws by default), every
        `thin`-th.
    seed : int
    level : float
        Of intervals.
    told : callable
        Hears how many sweeps of how many are done.

    Returns
    -------
    Measured

    Raises
    ------
    InputError
        For ratings that are none, arrays of unequal length, an arm that is not there, or settings out of range.

    Notes
    -----
    :math:`\theta_a \sim N(0, R)`, a correlation matrix R with a uniform prior;
    :math:`\mathrm{logit} P(z_{ac} \ge m) = a_c \theta_{a,mech(c)} - k_{cm}` [samejima1969] with
    :math:`\log a_c \sim N(0, 0.5^2)` and :math:`k_{c1} < k_{c2}`, two normal numbers N(0, 2^2) in order. A report
    describes a component with
    :math:`\mathrm{logit} P(D_{ac} = 1 | z) = g_c + \eta_a + \delta 1[z_{ac} = 0]`, :math:`g_c \sim N(0, 2^2)`,
    :math:`\eta_a \sim N(0, s^2)`, s half-normal(1). What is described, or silence, is read by coder j with the
    probabilities of a row of a matrix of 4 x 4, Dirichlet with 12 on the diagonal and 1 beside it [dawid1979]. Silence
    is the report's: were it each coder's own, two coders of one report would count every silence twice, and delta with
    it. Scores are weighted sums of the z; effects are those of `bayes_joint` with these scores.

    A sweep draws, all chains in the same array operations and nothing tuned: the traits of an arm with its z, and a
    component's (log a, k1, k2) with its z, by elliptical slices [murray2010elliptical] with z summed out, then z, taken
    with the probability that the effects' likelihoods give [hastings1970]; each z by its three probabilities, D summed
    out, the effects in them; D by its two; g, eta and the signed s, tau and omega, all with normal priors, by
    elliptical slices, tau and omega with averages and slope integrated; correlations by slices within bounds
    [neal2003slice], with the traits held and with what they are made of held, as s is [yu2011center]; moves of traits
    and components along which no likelihood changes [liu2000generalised]; confusion matrices, which are Dirichlet;
    averages and slope, which are normal. The sampler is checked by simulation-based calibration [talts2018].

    Examples
    --------
    >>> ratings = [[[2], [1], [0]], [[2], [2], [2]], [[1], [0], [1]]]
    >>> drawn = measure(ratings, ["trust", "trust", "bridging"], chains=2, draws=50, warmup=50)
    >>> bool(drawn.scores[1] > drawn.scores[2])
    True
    """
    coded = _coded(ratings, mechanism, asked, settled, weights, delta, priors or Priors(), _whole(chains, "chains", 1))
    effects = None
    if yi is not None:
        scales = positive(mu_sd, "mu_sd"), positive(slope_sd, "slope_sd")
        half = positive(tau_sd, "tau_sd"), positive(omega_sd, "omega_sd")
        effects = _effects(yi, vi, cluster, arm, outcome, coded, float(centre), rho, scales, half)
    draws, thin = _whole(draws, "draws", 4), _whole(thin, "thin", 1)
    warmup = draws // 2 if warmup is None else _whole(warmup, "warmup", 0)
    level, seed = checked_level(level), _whole(seed, "seed", 0)
    kept = _run(coded, effects, draws, warmup, thin, np.random.default_rng(seed), told)
    own = {name: describe(kept[name], level=level) for name in ("slope", "tau", "omega") if name in kept}
    others = np.concatenate([kept[name] for name in WATCHED], axis=2)
    told_of = [describe(others[..., place], level=level) for place in range(others.shape[2])]
    mean = {name: kept[name].mean(axis=(0, 1)) for name in (*WATCHED, "reporting", "correlation", "confusion")}
    components = len(coded.weights)
    return Measured(
        slope=own.get("slope"),
        tau=own.get("tau"),
        omega=own.get("omega"),
        scores=mean["scores"],
        scores_sd=kept["scores"].std(axis=(0, 1), ddof=1),
        ratings=kept["ratings"],
        discrimination=mean["discrimination"],
        thresholds=mean["thresholds"].reshape(components, LEVELS - 1),
        reporting=mean["reporting"],
        spread=float(mean["spread"][0]),
        correlation=mean["correlation"],
        confusion=mean["confusion"],
        kept={name: kept[name] for name in own},
        rhat=float(np.nanmax([one.rhat for one in told_of])),
        ess=float(np.nanmin([one.ess for one in told_of])),
        delta=float(delta),
        chains=chains,
        draws=draws,
        warmup=warmup,
        thin=thin,
        seed=seed,
        level=level,
    )


# What convergence is watched in beside slope, tau and omega.
WATCHED = ("scores", "accuracy", "discrimination", "thresholds", "spread")


def _seen(state: State, coded: Coded) -> dict[str, np.ndarray]:
    """Return what is kept of a draw, each with its chains first."""
    flat = (len(state.z), -1)
    return {
        "scores": state.scores(coded.weights),
        "accuracy": np.diagonal(state.confusion, axis1=2, axis2=3).reshape(flat),
        "discrimination": np.exp(state.items[..., 0]),
        "thresholds": state.items[..., 1:].reshape(flat),
        "spread": np.abs(state.spread)[:, None],
        "reporting": state.reporting,
        "correlation": state.correlation,
        "confusion": state.confusion,
    }


def _run(
    coded: Coded,
    effects: EffectsGiven | None,
    draws: int,
    warmup: int,
    thin: int,
    rng: np.random.Generator,
    told: Told,
) -> dict[str, np.ndarray]:
    """Sweep the chains and keep draws, chains and draws first; of ratings the shares."""
    state = start(coded, effects, rng)
    kept: dict[str, np.ndarray] = {}
    shares = np.zeros((*coded.shape[1:], LEVELS))
    planned = warmup + draws * thin
    for done in range(1, planned + 1):
        sweep(state, coded, effects, rng)
        place, left = divmod(done - warmup, thin)
        if place > 0 and left == 0:
            seen = _seen(state, coded)
            if effects is not None:
                seen |= {"slope": state.coefficients[:, -1]}
                seen |= {name: np.abs(state.sd[:, column]) for column, name in enumerate(("tau", "omega"))}
            for name, values in seen.items():
                if name not in kept:
                    kept[name] = np.empty((len(values), draws, *values.shape[1:]))
                kept[name][:, place - 1] = values
            shares += (state.z[..., None] == np.arange(LEVELS)).sum(axis=0)
        if done % TOLD_EVERY == 0 or done == planned:
            told(done, planned)
    return kept | {"ratings": shares / (draws * coded.shape[0])}


def _coded(
    ratings: ArrayLike,
    mechanism: ArrayLike,
    asked: ArrayLike | None,
    settled: ArrayLike | None,
    weights: ArrayLike | None,
    delta: float,
    priors: Priors,
    chains: int,
) -> Coded:
    given = np.asarray(ratings, float)
    if given.ndim != 3 or 0 in given.shape:
        raise InputError("ratings are an array of arms, components and coders, with at least one of each.")
    if not (np.isnan(given) | np.isin(given, range(LEVELS))).all():
        raise InputError("A rating is 0, 1 or 2, or nan where the report is silent.")
    arms, components, _ = given.shape
    looked = np.ones(given.shape, bool) if asked is None else np.asarray(asked, bool)
    ruled = np.full((arms, components), NONE) if settled is None else np.asarray(settled, int)
    kinds = np.unique(np.asarray(mechanism), return_inverse=True)[1].ravel()
    weighed = np.full(components, 0.5 / components) if weights is None else np.asarray(weights, float)
    shapes = {"asked": (looked, given.shape), "settled": (ruled, (arms, components))}
    shapes |= {"mechanism": (kinds, (components,)), "weights": (weighed, (components,))}
    for name, (array, shape) in shapes.items():
        if array.shape != shape:
            raise InputError(f"{name} has the shape {array.shape}; with these ratings it must be {shape}.")
    if not np.isin(ruled, range(NONE, LEVELS + 1)).all():
        raise InputError("settled is -1 where nothing is, 0 for silence, or 1 + rating.")
    if not (np.isfinite(weighed).all() and np.isfinite(delta)):
        raise InputError("weights and delta must be finite numbers.")
    codes = np.where(looked, np.where(np.isnan(given), 0, given + 1), NONE).astype(int)
    return Coded(
        codes=np.broadcast_to(codes, (chains, *codes.shape)),
        settled=ruled,
        mechanism=kinds,
        weights=weighed,
        delta=np.full(chains, float(delta)),
        priors=priors,
    )


def _effects(
    yi: ArrayLike,
    vi: ArrayLike | None,
    cluster: ArrayLike | None,
    arm: ArrayLike | None,
    outcome: ArrayLike | None,
    coded: Coded,
    centre: float,
    rho: float,
    scales: tuple[float, float],
    half: tuple[float, float],
) -> EffectsGiven:
    if vi is None or arm is None:
        raise InputError("Effects need their variances and the arm whose score stands beside each: vi and arm.")
    y, v, _ = taken(yi, vi, None)
    rows = np.asarray(arm)
    names = rows if cluster is None else np.asarray(cluster)
    kinds = np.zeros(len(y), int) if outcome is None else np.asarray(outcome)
    if not names.shape == kinds.shape == rows.shape == y.shape:
        raise InputError(
            "yi, cluster, arm and outcome must be of one length: an effect, whose it is and what it is on."
        )
    if not (np.issubdtype(rows.dtype, np.integer) and rows.min() >= 0 and rows.max() < coded.shape[1]):
        raise InputError("arm must hold rows of ratings: whole numbers from 0.")
    if not 0 <= rho < 1:
        raise InputError(f"rho is {rho!r}; the correlation of effects of one trial is from 0 to below 1.")
    mine, of = (np.unique(values, return_inverse=True)[1].ravel() for values in (names, kinds))
    if (np.bincount(rows, minlength=0) > 0).sum() < len({*zip(mine.tolist(), rows.tolist(), strict=True)}):
        raise InputError("An arm belongs to one trial; here some arm has effects in two.")
    return EffectsGiven(
        y=np.broadcast_to(y, (coded.shape[0], len(y))),
        v=v,
        cluster=mine,
        outcome=of,
        arm=rows,
        centre=centre,
        rho=float(rho),
        scales=np.append(np.full(of.max() + 1, scales[0]), scales[1]),
        tau_sd=half[0],
        omega_sd=half[1],
    )


def _whole(value: int, what: str, least: int) -> int:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
        raise InputError(f"{what} is {value!r}; it must be a whole number of at least {least}.")
    return int(value)
