"""Pools that others have published, from the numbers that they pooled."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.given_effects import effects_of
from builders.tables import read_rows
from synthesis.answers.pooling import pool
from synthesis.answers.regression import meta_regression
from synthesis.statistics.measures import MEASURES

OPEN_DATABASE = Path(__file__).parents[3] / "shared" / "metapsy-peer-support" / "data.csv"
PRINTED_2DP = 5e-3
PRINTED_3DP = 5e-4

# Smit et al. (2022), Psychological Medicine: pooled g with its 95% interval. Prediction intervals, I2 from tau2 and the
# third digits are metafor 3.8.1's on the same file (REML, Knapp-Hartung); the paper prints I2 from Q.
SMIT = {
    "Clinical recovery": {"printed": (0.19, 0.11, 0.27), "k": 22, "trials": 21, "I2": 0.0, "pi": (0.111, 0.268)},
    "Personal recovery": {"printed": (0.15, 0.04, 0.27), "k": 19, "trials": 18, "I2": 43.1, "pi": (-0.161, 0.470)},
    "Functional recovery": {"printed": (0.08, -0.02, 0.18), "k": 25, "trials": 24, "I2": 27.3, "pi": (-0.160, 0.319)},
}
THIRD_DIGIT = {
    "Clinical recovery": (0.189, 0.111, 0.268),
    "Personal recovery": (0.154, 0.041, 0.267),
    "Functional recovery": (0.080, -0.020, 0.179),
}


@pytest.fixture(scope="module")
def open_database():
    if not OPEN_DATABASE.exists():
        pytest.skip(
            "the open Metapsy database of peer support (doi 10.5281/zenodo.7687898) is not beside the repository"
        )
    return read_rows(OPEN_DATABASE, delimiter=";")


def number(cell):
    return float(cell.replace(",", "."))


def category(rows, name, **options):
    mine = [row for row in rows if row["outcome_category"] == name]
    effects = effects_of([number(row[".g"]) for row in mine], [number(row[".g_se"]) ** 2 for row in mine])
    return mine, pool(effects, method="REML", ci="knapp-hartung", **options)


@pytest.mark.parametrize("name", SMIT)
def test_the_published_pools_of_smit_2022_are_reproduced(open_database, name):
    expected = SMIT[name]
    mine, pooled = category(open_database, name)
    found = (pooled.estimate, pooled.ci_lb, pooled.ci_ub)
    assert found == pytest.approx(expected["printed"], abs=PRINTED_2DP + 1e-9)
    assert found == pytest.approx(THIRD_DIGIT[name], abs=PRINTED_3DP + 1e-9)
    assert (pooled.pi_lb, pooled.pi_ub) == pytest.approx(expected["pi"], abs=PRINTED_3DP + 1e-9)
    assert pytest.approx(expected["I2"], abs=0.05) == pooled.I2
    assert (pooled.k, len({row["study"] for row in mine})) == (expected["k"], expected["trials"])


def test_the_open_database_holds_the_trials_of_the_paper(open_database):
    assert len({row["study"] for row in open_database}) == 28
    assert len(open_database) == 66


# The BCG trials of Colditz et al. (1994): REML as Viechtbauer (2010, section 4) prints it; DerSimonian-Laird and the
# latitude model as metafor's documentation of the data does.
def test_the_bcg_pools_of_the_literature_are_reproduced(bcg):
    reml = pool(bcg, method="REML", ci="wald")
    natural = [MEASURES["RR"].natural(x) for x in (reml.estimate, reml.ci_lb, reml.ci_ub)]
    assert (reml.estimate, reml.se) == pytest.approx((-0.7145, 0.1798), abs=5e-5)
    assert (reml.ci_lb, reml.ci_ub) == pytest.approx((-1.0669, -0.3622), abs=5e-5)
    assert reml.tau2 == pytest.approx(0.3132, abs=5e-5)
    assert pytest.approx((92.22, 12.86), abs=5e-3) == (reml.I2, reml.H2)
    assert (reml.Q, reml.Q_df) == (pytest.approx(152.2330, abs=5e-5), 12)
    assert natural == pytest.approx([0.4894, 0.3441, 0.6962], abs=5e-5)
    assert (reml.tau2_ci_lb, reml.tau2_ci_ub) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    assert (reml.I2_ci_lb, reml.I2_ci_ub) == pytest.approx((81.92, 97.68), abs=5e-3)


def test_the_dersimonian_laird_pool_of_the_bcg_trials_is_reproduced(bcg):
    found = pool(bcg, method="DL", ci="wald")
    assert found.tau2 == pytest.approx(0.3088, abs=5e-5)
    assert (found.estimate, found.se) == pytest.approx((-0.7141, 0.1787), abs=5e-5)


def test_the_slope_on_latitude_of_the_bcg_trials_is_reproduced(bcg):
    found = meta_regression(bcg, moderators=["ablat"], ci="wald")
    slope = found.coefficients.iloc[1]
    # -0.0291 (0.0072) a degree on the log risk ratio; the benefit has the other sign.
    assert (slope["estimate"], slope["se"]) == pytest.approx((0.0291, 0.0072), abs=5e-5)
    assert found.tau2 == pytest.approx(0.0764, abs=1e-4)
    assert pytest.approx(75.62, abs=0.02) == found.R2
