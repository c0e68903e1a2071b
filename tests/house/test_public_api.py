"""What a user of the library meets: names at the top, results that keep their settings."""

import ast
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import synthesis
from synthesis import (
    Result,
    accumulate,
    coder_agreement,
    compare_choices,
    compare_rivals,
    compare_scores,
    compute_effects,
    effects_from,
    examine_influence,
    examine_small_studies,
    fidelity_slope,
    leave_one_out,
    map_coverage,
    meta_regression,
    pool,
    score_fidelity,
    summarise,
)
from synthesis.errors import ChoiceError, InputError
from synthesis.results import MOST_ROWS, to_json

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results(evidence):
    effects, scores = compute_effects(evidence, "recovery"), score_fidelity(evidence)
    few = {"permutations": 20}
    return [
        evidence,
        effects,
        scores,
        pool(effects),
        meta_regression(effects.with_moderators(scores.contrasts(effects.frame)), moderators=["fidelity"]),
        fidelity_slope(effects, scores, **few),
        leave_one_out(effects),
        examine_influence(effects),
        examine_small_studies(effects),
        accumulate(effects.with_moderators(evidence.trials[["trial", "year"]])),
        compare_choices(effects),
        compare_scores(effects, scores, **few),
        compare_rivals(effects, scores, evidence, **few),
        map_coverage(evidence),
        coder_agreement(evidence),
        summarise(evidence, **few),
    ]


def test_every_result_gives_a_fresh_frame_strict_json_a_line_and_a_short_table(results):
    for result in results:
        assert isinstance(result, Result), type(result)
        assert result.to_frame() is not result.to_frame()
        assert to_json(result.to_dict())
        assert str(result).strip(), type(result)
        page = BeautifulSoup(result._repr_html_(), "html.parser")
        assert [len(page.find_all(tag)) for tag in ("table", "caption")] == [1, 1], type(result)
        assert 1 < len(page.find_all("tr")) <= MOST_ROWS + 1
        assert all(cell.get("scope") for cell in page.find_all("th"))
        assert len(page.find("tr").find_all("th")) <= 9, f"{type(result)} shows too many columns"


def test_an_evidence_shows_five_lines_and_an_effect_its_interval_first(results):
    evidence, effects = results[:2]
    assert len(evidence.shown()) == 5
    assert list(effects.shown())[:3] == ["Trial", "SMD", "95% CI"]


def test_results_keep_the_settings_that_produced_them(evidence):
    effects = compute_effects(evidence, "recovery", icc=0.02)
    assert effects.icc == 0.02
    for result in (pool, leave_one_out, compare_choices):
        made = result(effects, method="pm", ci="Wald", level=0.9)
        assert (made.method, made.ci, made.level) == ("PM", "wald", 0.9)
        assert made.to_dict()["method"] == "PM"


def test_editors_and_type_checkers_read_the_same_names_as_python():
    stub = ast.parse((ROOT / "synthesis" / "__init__.pyi").read_text(encoding="utf-8"))
    told = {alias.asname for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert told == set(synthesis.__all__) - {"__version__"}
    assert {"Evidence", "Effects", "PooledEffect", "FidelitySlope", "SynthesisError", "DataError"} <= told


def test_no_function_for_arrays_hides_behind_a_module_of_its_name():
    import synthesis.statistics as room

    modules = {path.stem for path in (ROOT / "synthesis" / "statistics").iterdir()}
    assert set(room.__all__) & modules == set()
    assert {"bayes_factors", "bayes_joint", "bayes_pool", "che", "fit_censored"} <= set(room.__all__)


def test_numbers_from_elsewhere_become_effects_and_pool_like_ours():
    effects = effects_from([0.1, 0.3, 0.35], [0.03, 0.03, 0.05], better="lower", year=[2001, 2004, 2009])
    assert effects.frame["benefit"].tolist() == [-0.1, -0.3, -0.35]
    assert pool(effects, method="EE", ci="wald").estimate == pytest.approx(
        (0.1 / 0.03 + 0.3 / 0.03 + 0.35 / 0.05) / (1 / 0.03 + 1 / 0.03 + 1 / 0.05)
    )
    assert meta_regression(effects, moderators=["year"], ci="wald").k == 3


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"yi": [0.1, float("nan")], "vi": [0.1, 0.1]}, "yi number 2 is nan"),
        ({"yi": [0.1, 0.2], "vi": [0.1, 0.0]}, "vi number 2 is 0.0; it must be a finite number above 0"),
        ({"yi": [0.1, 0.2], "vi": [0.1]}, "yi has 2, vi has 1"),
        ({"yi": [0.1, 0.2], "vi": [0.1, 0.1], "year": [1, 2, 3]}, "year has 3"),
    ],
)
def test_numbers_that_cannot_be_effects_are_refused_by_place(given, says):
    with pytest.raises(InputError, match=says):
        effects_from(**given)


def test_a_measure_that_does_not_exist_is_refused():
    with pytest.raises(ChoiceError, match="SMD"):
        effects_from([0.1], [0.1], measure="COHEN")
