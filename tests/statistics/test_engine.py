"""PyMARE is imported without sympy, and whoever asks PyMARE for its effect sizes still gets them."""

import subprocess
import sys

import pytest


def run(code):
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.strip()


def test_a_pool_is_made_without_loading_sympy_scipy_stats_or_scipy_optimize():
    code = """
import sys
from synthesis import effects_from, pool
print(pool(effects_from([0.1, 0.3, 0.35, 0.2], [0.03, 0.03, 0.05, 0.02])).k)
print(sorted({"sympy", "scipy.stats._stats_py", "scipy.optimize._optimize"} & set(sys.modules)))
"""
    assert run(code).splitlines() == ["4", "[]"]


def test_scipy_stats_is_whole_for_who_uses_it_afterwards():
    code = "import synthesis.statistics.models; from scipy import stats; print(round(stats.norm.ppf(0.975), 6))"
    assert run(code) == "1.959964"


def test_pymares_own_interval_of_tau2_still_finds_its_solver():
    code = """
import numpy as np, synthesis.statistics.models
from pymare.stats import q_profile
y, v = np.array([0.1, 0.9, 0.35, -0.4]), np.array([0.03, 0.03, 0.05, 0.02])
print({name: round(float(end), 4) for name, end in q_profile(y[:, None], v[:, None], np.ones((4, 1))).items()})
"""
    plain = code.replace(", synthesis.statistics.models", "")
    assert run(code) == run(plain) != ""


@pytest.mark.parametrize(
    "asked",
    [
        "from pymare import OneSampleEffectSizeConverter as found",
        "import pymare; found = pymare.OneSampleEffectSizeConverter",
        "from pymare.effectsize import OneSampleEffectSizeConverter as found",
        "import pymare; found = pymare.effectsize.OneSampleEffectSizeConverter",
    ],
)
@pytest.mark.parametrize("first", ["import synthesis.statistics.models", "pass"])
def test_pymares_effect_sizes_are_there_for_who_asks(asked, first):
    says = run(f"{first}\n{asked}\nprint(found.__module__, found(m=[1.0], sd=[2.0], n=[10]).get_m())")
    assert says.startswith("pymare.effectsize")


def test_pymare_that_was_imported_before_us_is_used_as_it_is():
    assert run("import pymare, synthesis.statistics.models as m; print(m.fit_model.__name__)") == "fit_model"
