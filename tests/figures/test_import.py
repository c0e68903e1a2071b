"""forestplot silences warnings, numpy and fonts when it is imported; whoever imports our figures must not notice."""

import subprocess
import sys
import threading

import pytest
from matplotlib import rcParams

from builders.drawn_effects import by_gid, drawable
from synthesis.answers.pooling import pool
from synthesis.figures import forest_plot

STATE = """
import sys, warnings, matplotlib, numpy
def state():
    return list(warnings.filters), numpy.geterr(), dict(matplotlib.rcParams), matplotlib.get_backend(auto_select=False)
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", STATE + code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_figures_changes_no_global_state():
    code = """
import synthesis.answers.difference, synthesis.answers.overview  # scipy sets filters of its own
before = state()
import synthesis.figures
assert "forestplot" in sys.modules
assert state() == before
assert ("ignore", None, Warning, None, 0) not in warnings.filters
"""
    assert run(code) == ""


def test_the_package_we_stand_on_does_change_it_so_the_guard_is_needed():
    out = run("before = state()\nimport forestplot\nprint([a == b for a, b in zip(before, state())])")
    assert out.strip() == "[False, False, False, True]"


def test_warnings_and_numpy_errors_still_show_after_the_import():
    code = """
import synthesis.figures
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    numpy.float64(1) / numpy.float64(0)
    warnings.warn("heard")
print([str(w.message) for w in seen])
"""
    assert run(code).strip() == "['divide by zero encountered in scalar divide', 'heard']"


def test_drawing_leaves_no_figure_behind_and_no_setting_changed():
    code = """
sys.path.insert(0, "tests")
from builders.drawn_effects import drawable
from synthesis.figures import forest_plot
from synthesis.answers.pooling import pool
before = state()
forest_plot(pool(drawable(3)))
assert state() == before
import matplotlib.pyplot as plt
assert plt.get_fignums() == []
"""
    assert run(code) == ""


def test_settings_of_the_caller_do_not_reach_the_figure(monkeypatch):
    monkeypatch.setitem(rcParams, "font.size", 30.0)
    monkeypatch.setitem(rcParams, "font.family", ["serif"])
    ax = forest_plot(pool(drawable(3)))
    assert {size for label in ax.get_yticklabels() if (size := label.get_fontsize())} == {8.5}
    assert {text.get_fontfamily()[0] for text in ax.texts} == {"DejaVu Sans"}


def test_threads_draw_at_the_same_time():
    drawn, pools = {}, {k: pool(drawable(k)) for k in (3, 4, 5, 6)}

    def draw(k):
        drawn[k] = forest_plot(pools[k])

    threads = [threading.Thread(target=draw, args=(k,)) for k in pools]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {k: len(ax.get_yticklabels()) for k, ax in drawn.items()} == {k: k for k in pools}
    for k, ax in drawn.items():
        assert by_gid(ax, "diamond")[0].get_xy()[0, 0] == pytest.approx(pools[k].ci_lb)
