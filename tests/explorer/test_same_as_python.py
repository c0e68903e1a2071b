"""The browser computes what the package computes: every outcome, estimator and interval, whatever trials are left."""

from __future__ import annotations

from math import comb, inf
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from builders.browsers import call
from builders.references import load_reference
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.pooling import pool
from synthesis.answers.regression import meta_regression
from synthesis.choices import CiMethod, Method
from synthesis.effects import compute_effects

SAME = 1e-7  # of one plus the number's size; shares in percent are compared as shares
EXACT = 1e-10
SUBSETS = 20
NUMBERS = """
    estimate se ci_lb ci_ub pval pi_lb pi_ub tau2 tau2_ci_lb tau2_ci_ub I2 I2_ci_lb I2_ci_ub H2 Q Q_df Q_pval
""".split()
OF_LINE = "tau2 tau2_null I2 QE QE_df QE_pval".split()
POOLED = "given.map(one => explorer.poolEffects(one.y, one.v, one.model))"
REGRESSED = "given.map(one => explorer.regressEffects(one.benefit, one.v, one.x, one.model))"


def assert_same(found, wanted, where):
    for name, value in wanted.items():
        size = 100 if name.startswith("I2") else 1
        got = np.nan if found[name] is None else found[name]
        assert got / size == pytest.approx(value / size, abs=SAME * (1 + abs(value / size)), nan_ok=True), (where, name)


def parts_of(k, rng):
    """Return which of k effects are kept: all, and twenty different parts, or as many as there are."""
    found = {(True,) * k}
    possible = sum(comb(k, some) for some in range(1, k + 1))
    while len(found) < min(SUBSETS + 1, possible):
        keep = tuple(bool(one) for one in rng.random(k) < rng.uniform(0.2, 0.95))
        if any(keep):
            found.add(keep)
    return sorted(found, reverse=True)


@pytest.fixture(scope="module")
def parts(shipped):
    """Every outcome's effects with their scores, whole and in parts."""
    scores, rng = score_fidelity(shipped), np.random.default_rng(20261130)
    found = []
    for name in shipped.codebook.outcomes["outcome"]:
        if name not in set(shipped.outcomes["outcome"]):
            continue
        effects = compute_effects(shipped, name)
        if effects.frame.empty:
            continue
        scored = effects.with_moderators(scores.contrasts(effects.frame))
        found += [scored.subset(pd.Series(keep)) for keep in parts_of(len(scored.frame), rng)]
    return found


def test_the_parts_are_many(parts):
    outcomes = {part.outcome for part in parts}
    assert len(outcomes) >= 25
    assert len(parts) > 250


@pytest.mark.parametrize("method", get_args(Method))
def test_an_average_is_that_of_the_package(parts, engine, method):
    models = [{"method": method, "ci": ci, "level": 0.95} for ci in get_args(CiMethod)]
    cases = [(part, model) for part in parts for model in models]
    given = [{"y": part.frame["yi"].tolist(), "v": part.frame["vi"].tolist(), "model": model} for part, model in cases]
    for (part, model), found in zip(cases, call(engine, POOLED, given), strict=True):
        pooled = pool(part, **model)
        where = part.outcome, model["ci"], list(part.frame["trial"])
        assert_same(found, {name: getattr(pooled, name) for name in NUMBERS}, where)
        assert found["weights"] == pytest.approx(pooled.weights, abs=100 * SAME)


@pytest.mark.parametrize("method", get_args(Method))
def test_a_line_on_fidelity_is_that_of_the_package(parts, engine, method):
    cases = []
    for part in parts:
        known = part.subset(part.frame["calibrated"].notna())
        if part.is_settled and len(known.frame) > 2 and known.frame["calibrated"].nunique() > 1:
            cases += [(known, {"method": method, "ci": ci, "level": 0.95}) for ci in get_args(CiMethod)]
    assert len(cases) > 300
    given = [
        {
            "benefit": known.frame["benefit"].tolist(),
            "v": known.frame["vi"].tolist(),
            "x": known.frame["calibrated"].tolist(),
            "model": model,
        }
        for known, model in cases
    ]
    for (known, model), found in zip(cases, call(engine, REGRESSED, given), strict=True):
        regression = meta_regression(known, moderators="calibrated", **model)
        intercept, term = (regression.coefficients.iloc[i] for i in (0, 1))
        wanted = {"slope": term["estimate"], "intercept": intercept["estimate"]}
        wanted |= {name: term[name] for name in ("se", "ci_lb", "ci_ub", "pval")}
        wanted |= {name: getattr(regression, name) for name in OF_LINE}
        assert_same(found, wanted, (known.outcome, model["ci"], list(known.frame["trial"])))


def test_another_level_is_that_of_the_package(bcg, engine):
    model = {"method": "REML", "ci": "knapp-hartung", "level": 0.9}
    given = [{"y": bcg.frame["yi"].tolist(), "v": bcg.frame["vi"].tolist(), "model": model}]
    pooled = pool(bcg, **model)
    assert_same(call(engine, POOLED, given)[0], {name: getattr(pooled, name) for name in NUMBERS}, "bcg")


TESTS = {"wald": "z", "knapp-hartung": "knha", "knapp-hartung-floor": "adhoc"}  # as metafor calls them
OF_METAFOR = 1e-6  # its Fisher scoring stops there


def of_reference(name, fits):
    """Return the fits of a reference file on up to one numeric moderator, each with its data and every interval."""
    reference = load_reference(name)
    for fit in reference[fits]:
        data = reference["datasets"][fit["dataset"]]
        if "moderators" in fit and len(fit["moderators"]) > 1:
            continue
        for ci, test in TESTS.items():
            if test in fit["tests"] and fit["method"] in get_args(Method):
                yield fit, fit["tests"][test], data, {"method": fit["method"], "ci": ci, "level": fit["level"]}


def test_averages_are_those_of_metafor(engine):
    cases = list(of_reference("pooling", "pools"))
    assert len(cases) > 200
    given = [{"y": data["yi"], "v": data["vi"], "model": model} for _, _, data, model in cases]
    for (fit, test, _, model), found in zip(cases, call(engine, POOLED, given), strict=True):
        wanted = {"estimate": test["beta"], "tau2": fit["tau2"], "I2": fit["I2"], "Q": fit["QE"]}
        wanted |= {name: test[name] for name in ("se", "ci_lb", "ci_ub")}
        if model["method"] != "EE":
            wanted |= {name: test[name] for name in ("pi_lb", "pi_ub")}
            wanted |= {name: fit[name] for name in ("tau2_ci_lb", "tau2_ci_ub")}
        for name, value in wanted.items():
            where = (fit["dataset"], model, name)
            assert found[name] == pytest.approx(value, rel=1e-5, abs=OF_METAFOR), where


def test_lines_are_those_of_metafor(engine):
    cases = list(of_reference("regression", "regressions"))
    assert len(cases) > 50
    given = [
        {"benefit": data["yi"], "v": data["vi"], "x": data["mods"][fit["moderators"][0]], "model": model}
        for fit, _, data, model in cases
    ]
    for (fit, test, _, model), found in zip(cases, call(engine, REGRESSED, given), strict=True):
        wanted = {"slope": test["beta"][1], "intercept": test["beta"][0], "tau2": fit["tau2"], "QE": fit["QE"]}
        wanted |= {"se": test["se"][1], "ci_lb": test["ci_lb"][1], "ci_ub": test["ci_ub"][1]}
        for name, value in wanted.items():
            assert found[name] == pytest.approx(value, rel=1e-5, abs=OF_METAFOR), (fit["dataset"], model, name)


def test_the_band_of_a_line_is_that_of_metafor(engine):
    cases = [case for case in of_reference("regression", "regressions") if "line" in case[1]]
    assert cases
    band = "given.map(one => one.at.map(explorer.regressEffects(one.benefit, one.v, one.x, one.model).at))"
    given = [
        {
            "benefit": data["yi"],
            "v": data["vi"],
            "x": data["mods"][fit["moderators"][0]],
            "at": [place[0] for place in test["line"]["at"]],
            "model": model,
        }
        for fit, test, data, model in cases
    ]
    for (_, test, _, _), found in zip(cases, call(engine, band, given), strict=True):
        line = test["line"]
        wanted = np.column_stack([line["pred"], line["ci_lb"], line["ci_ub"]])
        assert np.array(found) == pytest.approx(wanted, rel=1e-5, abs=1e-5)


def test_identical_effects_have_no_spread_to_take_an_interval_from(engine):
    model = {"method": "REML", "ci": "knapp-hartung", "level": 0.95}
    found = call(engine, POOLED, [{"y": [0.3, 0.3, 0.3], "v": [0.1, 0.2, 0.1], "model": model}])[0]
    assert (found["se"], found["tau2"], found["pval"]) == (0, 0, None)


@pytest.mark.parametrize("df", [1, 2, 3, 7, 16, 40, 250, inf])
def test_quantiles_and_tails_are_exact(engine, df):
    shares, places = [0.55, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995], [-3.0, -0.4, 0.0, 0.3, 1.0, 2.5, 8.0]
    own = stats.norm() if df == inf else stats.t(df)
    named = "Infinity" if df == inf else df
    quantiles = call(engine, f"given.map(p => explorer.tQuantile(p, {named}))", shares)
    assert quantiles == pytest.approx(own.ppf(shares), rel=EXACT)
    assert call(engine, f"given.map(t => explorer.tTail(t, {named}))", places) == pytest.approx(
        own.sf(places), rel=1e-9
    )


@pytest.mark.parametrize("df", [1, 2, 5, 16, 41, 150])
def test_chi_square_is_exact(engine, df):
    shares = [0.005, 0.025, 0.05, 0.5, 0.95, 0.975, 0.995]
    quantiles = call(engine, f"given.map(p => explorer.chi2Quantile(p, {df}))", shares)
    assert quantiles == pytest.approx(stats.chi2.ppf(shares, df), rel=EXACT)
    places = [0.01, 1.0, 5.0, 30.0, 200.0]
    assert call(engine, f"given.map(q => explorer.chi2Tail(q, {df}))", places) == pytest.approx(
        stats.chi2.sf(places, df), rel=1e-9
    )
