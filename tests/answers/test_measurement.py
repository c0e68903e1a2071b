"""The measurement model on the evidence: what goes in, what is kept and read again, what is said of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders.roots import means
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.measurement import load_measurement, read_measurement, run, run_measurement
from synthesis.answers.measurement.given import given_of
from synthesis.answers.measurement.results import (
    DELTAS,
    FILE,
    MOST_RHAT,
    MeasurementFileError,
    Sampling,
    write_measurement,
)
from synthesis.answers.measurement.statement import measurement_sentences
from synthesis.errors import InputError, NotEstimableError
from synthesis.evidence import load_evidence
from synthesis.files import DestinationError
from synthesis.results import Result, to_json
from synthesis.tables import measured_scores_table, measurement_text, show_measured_scores, show_measurement

ROOT = Path(__file__).parents[2]
FEW = Sampling(chains=2, draws=20, warmup=10, thin=1, seed=5)


@pytest.fixture(scope="module")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


@pytest.fixture(scope="module")
def found(evidence):
    return run_measurement(evidence, sampling=FEW)


@pytest.fixture(scope="module")
def committed():
    return load_measurement(ROOT / "data" / FILE)


@pytest.fixture
def root(valid, tmp_path):
    """A copy of the sample trials that a test may change."""
    shutil.copytree(valid.parent, tmp_path / "copy")
    return tmp_path / "copy"


def loaded(root):
    return load_evidence(root / "data", references=root / "references.bib")


def test_ratings_are_those_of_the_coders_and_consensus_rules(evidence):
    given = given_of(evidence)
    rows = evidence.components.set_index(["trial", "arm", "component", "coder"])["rating"]
    for a, (trial, arm) in enumerate(given.arms[["trial", "arm"]].itertuples(index=False)):
        for c, component in enumerate(given.components):
            for j, coder in enumerate(given.coders):
                expected = rows.get((trial, arm, component, coder), np.nan)
                assert np.array_equal(given.ratings[a, c, j], expected, equal_nan=True)
            ruled = rows.get((trial, arm, component, "consensus"))
            assert given.settled[a, c] == (-1 if ruled is None else 0 if np.isnan(ruled) else 1 + ruled)
    assert (given.settled[0] > 0).any()


def test_only_intervention_arms_are_measured_and_enabling_conditions_are_no_part(shipped):
    given = given_of(shipped)
    roles = shipped.arms.set_index(["trial", "arm"])["role"]
    assert {roles[key] for key in given.arms[["trial", "arm"]].itertuples(index=False)} == {"intervention"}
    assert len(given.components) == 12
    assert given.ratings.shape == (len(given.arms), 12, 2)
    assert not given.arms["tied"].all()


def test_with_every_rating_known_the_weights_give_the_score_of_the_pages(evidence):
    given = given_of(evidence)
    arms = score_fidelity(evidence).arms.set_index(["trial", "arm"])
    lowest = arms.loc[given.arms[["trial", "arm"]].itertuples(index=False), "fidelity_lower"].to_numpy()
    settled = np.where(given.settled >= 0, np.maximum(given.settled - 1, 0), -1)
    n = np.maximum((~np.isnan(given.ratings)).sum(axis=2), 1)
    said = np.nansum(given.ratings, axis=2) / n
    said = np.where(settled >= 0, settled, said)
    assert said @ given.weights == pytest.approx(lowest)
    assert given.weights.sum() * 2 == pytest.approx(1)


def test_too_few_trials_are_not_measured(small):
    with pytest.raises(NotEstimableError, match="needs 3 trials"):
        run_measurement(
            small([means(0.5, 1, 20, 0.1, 1, 20, trial="one2001")], ratings={"one2001": {"peer": {"sharing": 2}}})
        )


def test_each_delta_has_its_own_seed_whatever_else_is_drawn(evidence, found):
    assert list(found.at) == list(DELTAS)
    alone = run_measurement(evidence, sampling=FEW, deltas=[-2, -2.0])
    assert alone.at == {-2.0: found.at[-2.0]}
    other = run_measurement(evidence, sampling=replace(FEW, seed=6), deltas=[-2])
    assert other.at[-2.0].slope != found.at[-2.0].slope
    assert len({FEW.seed_of(delta) for delta in (*DELTAS, 1.0, 2.0)}) == 6


def test_a_delta_that_is_no_number_is_refused(evidence):
    with pytest.raises(InputError, match="must be a finite number"):
        run_measurement(evidence, deltas=[float("nan")], sampling=FEW)


def test_what_was_written_is_read_again_and_is_strict_json(found, tmp_path):
    place = tmp_path / FILE
    write_measurement(found, place)
    content = json.loads(place.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert to_json(load_measurement(place).to_dict()) == to_json(content) == to_json(found.to_dict())
    assert {"seed", "chains", "draws", "rho", "priors"} <= set(content["settings"])
    assert {"synthesis", "python", "numpy", "scipy"} == set(content["versions"])
    lines = place.read_text(encoding="utf-8").splitlines()
    assert sum('"mc_error"' in line for line in lines) == len(DELTAS), "a delta a line, so that a change is a line"


def test_ctrl_c_keeps_what_is_finished_and_the_next_call_goes_on(evidence, found, tmp_path, monkeypatch):
    place, said, begun, measure = tmp_path / FILE, [], [], run.measure

    def stopping(**given):
        begun.append(given["delta"])
        if len(begun) == 3:
            raise KeyboardInterrupt
        return measure(**given)

    monkeypatch.setattr(run, "measure", stopping)
    with pytest.raises(KeyboardInterrupt):
        run_measurement(evidence, output=place, sampling=FEW, progress=said.append)
    assert said[-1] == f"2 of 4 readings of silence are kept in {place}; the same command goes on from there."
    half = load_measurement(place)
    assert (list(half.at), half.is_complete) == ([0.0, -1.0], False)
    assert "2 of 4 readings of silence are finished" in " ".join(measurement_sentences(half))
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    whole = run_measurement(evidence, output=place, sampling=FEW, progress=said.append)
    assert begun[3:] == [-2.0, -4.0]
    assert to_json(whole.to_dict()) == to_json(found.to_dict()) == to_json(load_measurement(place).to_dict())


def test_a_reading_that_is_finished_and_not_written_is_not_called_kept(evidence, tmp_path, monkeypatch):
    place, said, times, write = tmp_path / FILE, [], [], run.write_measurement

    def writing(found, path):
        if times:
            raise KeyboardInterrupt
        times.append(path)
        write(found, path)

    monkeypatch.setattr(run, "write_measurement", writing)
    with pytest.raises(KeyboardInterrupt):
        run_measurement(evidence, output=place, sampling=FEW, progress=said.append)
    assert said[-1].startswith("1 of 4 readings of silence are kept")
    assert len(load_measurement(place).at) == 1


def test_another_delta_joins_those_that_are_kept(evidence, found, tmp_path):
    place = tmp_path / FILE
    write_measurement(found, place)
    more = run_measurement(evidence, output=place, sampling=FEW, deltas=[1])
    assert list(more.at) == [1.0, *DELTAS]
    assert "more readily where it was absent" in " ".join(measurement_sentences(replace(more, trials=20)))


def test_a_file_of_other_settings_is_not_lost_unless_told(evidence, found, tmp_path):
    place = tmp_path / FILE
    write_measurement(found, place)
    before, other = place.read_bytes(), replace(FEW, seed=6)
    with pytest.raises(DestinationError, match=r"other settings \(seed 5, not 6\).*--force"):
        run_measurement(evidence, output=place, sampling=other, deltas=[0])
    assert place.read_bytes() == before
    assert list(run_measurement(evidence, output=place, sampling=other, deltas=[0], force=True).at) == [0.0]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"kind": "synthesis measurement", "format": 9}', '{"kind": 1}'])
def test_a_file_that_is_not_ours_is_named_and_left(evidence, content, tmp_path):
    place = tmp_path / FILE
    place.write_text(content, encoding="utf-8")
    with pytest.raises(MeasurementFileError, match="is no file that `synthesis measurement` wrote"):
        run_measurement(evidence, output=place, sampling=FEW)
    assert place.read_text(encoding="utf-8") == content


def test_changed_codes_or_numbers_are_said_and_drawn_again(root):
    place = root / "data" / FILE
    assert read_measurement(loaded(root)) is None
    first = run_measurement(loaded(root), output=place, sampling=FEW, deltas=[0])
    same = read_measurement(loaded(root))
    assert not same.earlier
    assert not any("earlier evidence" in sentence for sentence in measurement_sentences(same))
    codes = root / "data" / "trials" / "damson2018sample" / "components.csv"
    codes.write_text(codes.read_text(encoding="utf-8").replace(",2,", ",1,", 1), encoding="utf-8")
    then = read_measurement(loaded(root))
    assert then.earlier
    assert measurement_sentences(then)[0].startswith("Computed on earlier evidence")
    again = run_measurement(loaded(root), output=place, sampling=FEW, deltas=[0])
    assert again.at[0.0].slope != first.at[0.0].slope
    assert not read_measurement(loaded(root)).earlier


def test_what_stands_in_comments_changes_no_fingerprint(root):
    before = given_of(loaded(root)).fingerprint
    place = root / "data" / "trials" / "damson2018sample" / "components.csv"
    text = place.read_text(encoding="utf-8")
    changed = text.replace("planned", "delivered")
    assert changed != text
    place.write_text(changed, encoding="utf-8")
    assert given_of(loaded(root)).fingerprint == before


def test_few_trials_have_no_slope_in_words_or_tables_but_in_json(found):
    assert found.withheld == ("slope_below_ten_trials",)
    said = " ".join(measurement_sentences(found))
    assert "fewer than ten trials" in said
    assert "SMD" not in said
    assert "Change per whole score" not in found.shown()
    assert all(isinstance(own["slope"], float) for own in found.to_dict()["deltas"])


def test_a_measurement_is_a_result_and_without_one_nothing_is_shown(found):
    assert isinstance(found, Result)
    assert found.to_frame() is not found.to_frame()
    assert list(found.to_frame()["delta"]) == list(DELTAS)
    assert "4 of 4 readings of silence" in measurement_text(found)
    assert len(measured_scores_table(found)) == found.arms["tied"].sum()
    assert measurement_sentences(None) == []
    assert show_measurement(None)._repr_html_() == show_measured_scores(None)._repr_html_() == ""


def test_the_committed_measurement_is_whole_and_its_chains_came_together(committed, shipped):
    assert committed.planned == DELTAS
    assert committed.is_complete
    assert committed.settings["chains"] == 4
    for own in committed.at.values():
        assert own.rhat < MOST_RHAT
        assert own.ess > 1_000
        assert own.mc_error < 0.01
    given = given_of(shipped)
    if committed.evidence == given.fingerprint:
        assert (committed.k, committed.trials) == (len(given.effects), given.trials)


def test_the_committed_measurement_says_what_silence_was_taken_to_mean(committed):
    said = measurement_sentences(committed)
    assert sum("delta" in sentence and "whole score" in sentence for sentence in said) == 1
    assert "0.37 times as high where it was absent (delta −1)" in " ".join(said)
    assert "delta is not identified, it is a sensitivity axis" in " ".join(said)
    means = [own.mean_score for own in committed.at.values()]
    assert means == sorted(means, reverse=True), "the more silence means absence, the less was done"
    for own in committed.at.values():
        assert own.change == pytest.approx(own.slope * (own.most - own.least))


def test_a_reading_whose_chains_are_apart_is_named(committed):
    apart = replace(committed, at={0.0: replace(committed.at[0.0], rhat=1.2)}, planned=(0.0,))
    assert "At delta 0 the chains have not come together" in " ".join(measurement_sentences(apart))


def test_intervals_that_say_different_things_are_told_apart(committed):
    sure = replace(committed.at[0.0], ci_lb=0.1, ci_ub=0.4)
    mixed = replace(committed, at={0.0: sure, -1.0: replace(committed.at[-1.0], ci_lb=-0.1, ci_ub=0.4)})
    said = " ".join(measurement_sentences(mixed))
    assert "depends on it: at delta 0 it lies above zero: more fidelity goes with more benefit; at delta −1 it" in said
    agreed = replace(committed, at={0.0: sure, -1.0: replace(sure, delta=-1.0)})
    assert "Under every one of them the 95% credible interval lies above zero" in " ".join(
        measurement_sentences(agreed)
    )
