"""Calibration on a small invented root: reproducible, resumable, bound to its evidence, and right where it is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders.calibrated import TINY, TRIALS, ratings_of, rows_of
from builders.roots import build_evidence
from synthesis.answers.calibration import Sizes, calibrate, load_calibration, read_calibration, run
from synthesis.answers.calibration.cells import simulate
from synthesis.answers.calibration.designs import ALL, TESTED, designs_of
from synthesis.answers.calibration.plan import TAU2, TAU2_POOLS, TRUTHS, Cell, plan_cells
from synthesis.answers.calibration.results import FILE, CalibrationFileError, write_calibration
from synthesis.answers.calibration.statement import calibration_sentences
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.joint import joint
from synthesis.answers.pooling import pool
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, InputError, NotEstimableError
from synthesis.evidence import load_evidence
from synthesis.files import DestinationError
from synthesis.results import to_json
from synthesis.tables.calibration import calibration_tables, calibration_text

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def small_root(tmp_path_factory):
    return build_evidence(tmp_path_factory.mktemp("calibrated"), rows_of(), ratings=ratings_of())


@pytest.fixture(scope="module")
def whole(small_root):
    return calibrate(small_root, sizes=TINY, seed=5)


@pytest.fixture
def interrupted(monkeypatch):
    """Interrupt a calibration when it has begun a number of cells."""

    def after(cells):
        begun = []

        def stopping(*given):
            begun.append(given)
            if len(begun) > cells:
                raise KeyboardInterrupt
            return simulate(*given)

        monkeypatch.setattr(run, "simulate", stopping)
        return begun

    return after


def test_the_plan_has_every_world_once(small_root):
    designs = designs_of(small_root)
    assert list(designs) == ["recovery", "symptoms", TESTED, ALL]
    cells = plan_cells(designs)
    assert len({cell.name for cell in cells}) == len(cells) == len(set(cells))
    assert [cell.tau2 for cell in cells if cell.kind == "pool" and cell.design == "symptoms"] == list(TAU2_POOLS)
    assert {cell.design for cell in cells if cell.kind in ("slope", "silence")} == {"recovery"}
    assert {cell.truth for cell in cells if cell.kind == "silence"} == set(TRUTHS)
    null = [cell for cell in cells if cell.kind == "slope" and cell.slope == 0 and cell.permuted]
    assert [(cell.score, cell.tau2) for cell in null] == [(s, t) for s in ("described", "calibrated") for t in TAU2]


def test_designs_rest_on_what_the_pages_print():
    shipped = load_evidence(ROOT / "data", references=ROOT / "references.bib")
    designs, scores = designs_of(shipped), score_fidelity(shipped)
    effects = compute_effects(shipped, "symptoms")
    assert designs["symptoms"].mean == round(pool(effects).benefit()[0], 2)
    for score in ("described", "calibrated"):
        slope = fidelity_slope(effects, scores, score=score, permutations=1)
        assert designs["symptoms"].detectable(score) == round(slope.detectable_slope, 2)
    found = joint(shipped, score="calibrated", permutations=1)
    assert designs[ALL].heterogeneity("calibrated") == (round(found.tau2, 3), round(found.omega2, 3))
    assert (found.k, found.trials) == (len(designs[ALL].yi), designs[ALL].cluster.max() + 1)


def test_the_same_seed_gives_the_same_numbers_alone_and_in_any_order(small_root, whole):
    alone = calibrate(small_root, sizes=TINY, seed=5, outcomes=["Symptoms"])
    assert alone.cells
    assert all(whole.cells[cell] == rows for cell, rows in alone.cells.items())
    other = calibrate(small_root, sizes=TINY, seed=6, outcomes=["symptoms"])
    assert all(other.cells[cell] != rows for cell, rows in alone.cells.items())


def test_cells_computed_side_by_side_are_the_same(small_root, whole):
    found = calibrate(small_root, sizes=TINY, seed=5, outcomes=["symptoms"], jobs=2)
    assert list(found.cells) == [cell for cell in whole.cells if cell.design == "symptoms"]
    assert all(whole.cells[cell] == rows for cell, rows in found.cells.items())


def test_every_figure_has_its_error_and_its_sets(whole):
    frame = whole.to_frame()
    assert whole.is_complete
    named = frame["quantity"].ne("coverage_tau2_zero")
    assert frame.loc[named, ["value", "mc_error"]].notna().all(axis=None)
    assert (frame.loc[named, "mc_error"] > 0).all()
    assert set(frame.loc[frame["test"].eq("detected") & frame["kind"].eq("slope"), "sets"]) == {TINY.permuted}
    assert set(frame.loc[frame["kind"].eq("joint"), "sets"]) == {TINY.joint}
    shares = frame[frame["quantity"].ne("estimate")].dropna(subset=["value"])
    assert shares["value"].between(0, 1).all()


def test_what_was_written_is_read_again_and_is_strict_json(whole, tmp_path):
    place = tmp_path / FILE
    write_calibration(whole, place)
    content = json.loads(place.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert to_json(load_calibration(place).to_dict()) == to_json(content) == to_json(whole.to_dict())
    assert {"seed", "sets", "permutations", "method", "ci", "level"} <= set(content["settings"])
    assert {"synthesis", "python", "numpy", "scipy"} == set(content["versions"])
    lines = place.read_text(encoding="utf-8").splitlines()
    assert sum('"kind": "pool"' in line for line in lines) == 10, "a cell a line, so that a change is a line"


def test_ctrl_c_keeps_what_is_finished_and_the_next_call_goes_on(small_root, whole, tmp_path, interrupted):
    place, said = tmp_path / FILE, []
    interrupted(7)
    with pytest.raises(KeyboardInterrupt):
        calibrate(small_root, output=place, sizes=TINY, seed=5, progress=said.append)
    assert said[-1] == f"7 of {whole.planned} cells are kept in {place}; the same command goes on from there."
    assert len(load_calibration(place).cells) == 7
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    begun = interrupted(1000)
    found = calibrate(small_root, output=place, sizes=TINY, seed=5, progress=said.append)
    assert len(begun) == whole.planned - 7
    assert to_json(found.to_dict()) == to_json(whole.to_dict())
    assert to_json(load_calibration(place).to_dict()) == to_json(whole.to_dict())
    assert "7 cells are kept from before." in said


@pytest.mark.parametrize("written", [0, 2])
def test_a_cell_that_was_finished_and_not_written_is_not_said_to_be_kept(
    small_root, whole, tmp_path, monkeypatch, written
):
    place, said, times = tmp_path / FILE, [], []

    def writing(found, path):
        if len(times) == written:
            raise KeyboardInterrupt
        times.append(path)
        write_calibration(found, path)

    monkeypatch.setattr("synthesis.answers.calibration.run.write_calibration", writing)
    with pytest.raises(KeyboardInterrupt):
        calibrate(small_root, output=place, sizes=TINY, seed=5, progress=said.append)
    assert said[-1].startswith(f"{written} of {whole.planned} cells are kept")
    assert place.exists() == (written > 0)


def test_a_file_of_other_settings_is_not_lost_unless_told(small_root, tmp_path):
    place = tmp_path / FILE
    calibrate(small_root, output=place, sizes=TINY, seed=5, outcomes=["symptoms"])
    before = place.read_bytes()
    with pytest.raises(DestinationError, match=r"other settings \(seed 5, not 6\).*--force"):
        calibrate(small_root, output=place, sizes=TINY, seed=6, outcomes=["symptoms"])
    assert place.read_bytes() == before
    found = calibrate(small_root, output=place, sizes=TINY, seed=6, outcomes=["symptoms"], force=True)
    assert (found.seed, len(found.cells)) == (6, len(TAU2_POOLS))


def test_other_evidence_is_said_and_only_what_rests_on_it_is_computed_again(whole, tmp_path, interrupted):
    changed = build_evidence(tmp_path, rows_of(shift=3.0), ratings=ratings_of())
    assert read_calibration(changed) is None
    write_calibration(whole, changed.root / FILE)
    found = read_calibration(changed)
    assert found.earlier == ("Personal recovery", "outcomes with ten trials", "all outcomes")
    first = calibration_sentences(found)[0]
    assert first.startswith("Computed on earlier evidence: the trials, numbers or codes behind personal recovery, ")
    begun = interrupted(1000)
    calibrate(changed, output=changed.root / FILE, sizes=TINY, seed=5)
    assert "symptoms" not in {cell.design for cell, *_ in begun}
    assert read_calibration(changed).earlier == ()
    assert not calibration_sentences(read_calibration(changed))[0].startswith("Computed on")


def test_another_rating_or_silence_is_other_evidence(whole, tmp_path):
    ratings = ratings_of()
    ratings[TRIALS[3]]["peer"]["role"] = None
    silent = build_evidence(tmp_path, rows_of(), ratings=ratings)
    assert "Personal recovery" in whole.compared(designs_of(silent)).earlier


def test_the_same_evidence_in_another_place_is_the_same(whole, tmp_path):
    again = build_evidence(tmp_path, rows_of(), ratings=ratings_of())
    assert whole.compared(designs_of(again)).earlier == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"kind": "synthesis calibration"}',
        '{"kind": "synthesis calibration", "format": 9}',
        "a,b\n1,2\n",
    ],
)
def test_a_file_that_is_none_of_ours_is_left_alone(small_root, tmp_path, text):
    place = tmp_path / "mine.json"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(CalibrationFileError, match="no file that `synthesis calibrate` wrote"):
        calibrate(small_root, output=place, sizes=TINY)
    assert place.read_text(encoding="utf-8") == text


def test_a_calibration_in_the_root_breaks_no_rule_and_is_no_stray_file(small_root, whole):
    from synthesis.evidence.checks import check

    write_calibration(whole, small_root.root / FILE)
    try:
        found = check(small_root.root, references=small_root.references)
        assert [finding for finding in found if FILE in finding.file] == []
    finally:
        (small_root.root / FILE).unlink()


def test_what_cannot_be_simulated_is_said(small_root, tmp_path):
    few = build_evidence(tmp_path, rows_of(TRIALS[:3]), ratings=ratings_of(TRIALS[:3]))
    with pytest.raises(NotEstimableError, match="five trials"):
        calibrate(few, sizes=TINY)
    with pytest.raises(ChoiceError, match="cannot be simulated"):
        calibrate(small_root, sizes=TINY, outcomes=["bed_days"])
    with pytest.raises(InputError, match="seed"):
        calibrate(small_root, sizes=TINY, seed=-1)
    with pytest.raises(InputError, match="sets"):
        calibrate(small_root, sizes=Sizes(sets=0))


def test_an_outcome_with_several_effects_of_one_trial_is_not_simulated(tmp_path):
    rows = rows_of()
    rows.append({**rows[0], "intervention_arm": "second", "instrument": "Recovery Scale"})
    assert "recovery" not in designs_of(build_evidence(tmp_path, rows, ratings=ratings_of()))


def test_in_a_world_with_known_answers_the_figures_are_right(small_root):
    """Knapp-Hartung's test is about right, its floor careful, Wald's too eager; power grows with the slope."""
    design, sizes = designs_of(small_root)["recovery"], Sizes(sets=4_000, permuted=400, joint=2, permutations=99)
    figures = {}
    for slope in (0.0, 1.0, 3.0):
        for row in simulate(Cell("slope", "recovery", "described", 0.04, slope=slope, permuted=True), design, sizes, 1):
            figures[slope, row.test, row.quantity] = row
    null = figures[0.0, "knapp_hartung", "rejected"]
    assert abs(null.value - 0.05) < 4 * null.mc_error + 0.01
    assert figures[0.0, "permutation", "rejected"].value == pytest.approx(0.05, abs=0.045)
    assert figures[0.0, "floor", "rejected"].value <= null.value < figures[0.0, "wald", "rejected"].value
    for test in ("wald", "floor", "permutation", "detected"):
        power = [figures[slope, test, "rejected"].value for slope in (0.0, 1.0, 3.0)]
        assert power == sorted(power)
        assert power[0] < power[2]
    detected = figures[3.0, "detected", "rejected"].value
    assert detected <= figures[3.0, "permutation", "rejected"].value
    for slope in (0.0, 1.0, 3.0):
        held = figures[slope, "knapp_hartung", "coverage"]
        assert held.value == pytest.approx(0.95, abs=0.02)


def test_a_prediction_interval_holds_less_where_heterogeneity_was_missed(small_root):
    design, sizes = designs_of(small_root)["recovery"], Sizes(sets=4_000)
    rows = {(row.test, row.quantity): row for row in simulate(Cell("pool", "recovery", tau2=0.01), design, sizes, 1)}
    assert rows["prediction", "coverage_tau2_zero"].value < rows["prediction", "coverage"].value < 0.95
    assert rows["prediction", "coverage_tau2_zero"].sets == round(4_000 * rows["prediction", "tau2_zero"].value)


def test_a_score_that_is_the_truth_shows_the_whole_slope_and_no_other_reading_of_absence_does(small_root):
    design, sizes = designs_of(small_root)["recovery"], Sizes(sets=4_000)
    shown = {}
    for truth in TRUTHS:
        cell = Cell("silence", "recovery", tau2=0.01, slope=1.0, truth=truth)
        shown |= {(truth, r.test): r for r in simulate(cell, design, sizes, 1) if r.quantity == "estimate"}
    for truth, test in (("absent", "absent"), ("absent", "true"), ("ignorable", "true"), ("mostly_absent", "true")):
        assert abs(shown[truth, test].value - 1) < 4 * shown[truth, test].mc_error, (truth, test)
    short = shown["ignorable", "absent"]
    assert short.value < 1 - 4 * short.mc_error


def test_sentences_and_tables_say_what_was_computed_and_nothing_where_nothing_was(whole, small_root):
    assert calibration_sentences(None) == []
    said = calibration_sentences(whole)
    assert any("found by that rule in" in sentence for sentence in said)
    assert said[-1].startswith("Simulated with seed 5;")
    assert not any("None" in sentence or "nan" in sentence for sentence in said)
    assert "Type I error of a slope at 5%" in calibration_tables(whole)
    part = calibrate(small_root, sizes=TINY, seed=5, outcomes=["symptoms"])
    assert calibration_sentences(part)[0].startswith(f"5 of {part.planned} simulated worlds are finished")
    assert set(calibration_tables(part)) == {"Coverage of 95% intervals"}
    assert "Coverage of 95% intervals" in calibration_text(part)
    assert str(part) == f"5 of {part.planned} cells of simulated reviews so far"
