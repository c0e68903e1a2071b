"""What a change to the data does: outcomes that move, each trial's share, conclusions that flip, git revisions."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from builders.roots import means
from synthesis.answers import difference
from synthesis.answers.difference import compare_evidence
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.pooling import pool
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import load_evidence
from synthesis.evidence.revisions import RevisionError, evidence_at
from synthesis.figures.difference import difference_rows, show_difference
from synthesis.tables import difference_markdown, difference_text
from synthesis.tables.difference import changes_table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


@pytest.fixture(scope="module")
def without_poulsen(shipped):
    return shipped.only(set(shipped.trials["trial"]) - {"poulsen2025paths"})


@pytest.fixture(scope="module")
def added(shipped, without_poulsen):
    return compare_evidence(without_poulsen, shipped, names=("old", "new"))


def change_of(difference, outcome):
    return next(change for change in difference.changes if change.outcome == outcome)


def test_the_same_data_change_nothing(shipped):
    difference = compare_evidence(shipped, shipped)
    assert difference.changes == ()
    assert str(difference) == "No effect of any outcome changes."


def test_only_outcomes_that_the_new_trial_reports_with_numbers_move(added, shipped):
    rows = shipped.outcomes[shipped.outcomes["trial"].eq("poulsen2025paths")]
    assert {change.outcome for change in added.changes} <= set(rows["outcome"])
    assert added.added == (shipped.label("poulsen2025paths"),)
    assert added.removed == ()


def test_the_numbers_before_and_after_are_those_of_the_two_pools(added, shipped, without_poulsen):
    change = change_of(added, "recovery")
    for side, evidence in ((change.before, without_poulsen), (change.after, shipped)):
        expected = pool(compute_effects(evidence, "recovery"))
        assert (side.number("k"), side.number("estimate")) == (expected.k, expected.estimate)


def test_a_single_trials_share_is_all_of_the_movement(added):
    change = change_of(added, "recovery")
    assert change.trials[["trial", "what"]].to_numpy().tolist() == [["poulsen2025paths", "added"]]
    moved = change.after.number("estimate") - change.before.number("estimate")
    assert change.trials["share"].iloc[0] == pytest.approx(moved, abs=1e-12)


def test_taking_the_trial_out_again_mirrors_the_change(added, shipped, without_poulsen):
    back = compare_evidence(shipped, without_poulsen)
    assert back.removed == added.added
    assert change_of(back, "recovery").trials["what"].tolist() == ["removed"]
    assert change_of(back, "recovery").trials["share"].iloc[0] != 0


@pytest.mark.parametrize(("spread", "least"), [(0.0, True), (6.0, False)])
def test_a_range_at_no_heterogeneity_is_said_to_be_the_least(small, spread, least):
    rows = [means(12 + spread * (i % 2), 3, 40, 11, 3, 40, trial=f"ash200{i}sample") for i in range(6)]
    found = compare_evidence(small(rows[:5]), small(rows))
    assert [side.number("tau2") == 0 for side in (found.changes[0].before, found.changes[0].after)] == [least, least]
    texts = (difference_text(found), difference_markdown(found))
    assert [text.count("at least") for text in texts] == [2 * least, 2 * least]
    ranges = changes_table(found)["Prediction interval"]
    assert ranges.str.startswith("at least ").tolist() == [least, least]
    assert ranges.str.contains(r"\d to ").all()


def test_a_corrected_number_is_a_changed_trial(shipped):
    outcomes = shipped.outcomes.copy()
    hit = outcomes["trial"].eq("barbic2009randomized") & outcomes["outcome"].eq("recovery")
    outcomes.loc[hit, "mean_intervention"] -= 10
    head = replace(
        shipped, outcomes=outcomes, files=shipped.files | {"trials/barbic2009randomized/outcomes.csv": "new"}
    )
    change = change_of(compare_evidence(shipped, head), "recovery")
    assert change.trials["what"].tolist() == ["changed"]
    assert change.trials["before"].iloc[0] > change.trials["after"].iloc[0]


def test_a_conclusion_that_changes_sides_is_named(shipped):
    frame = compute_effects(shipped, "recovery").frame
    strongest = frame.sort_values("benefit", ascending=False)["trial"].head(10)
    few = shipped.only(set(shipped.trials["trial"]) - set(strongest))
    flips = change_of(compare_evidence(shipped, few), "recovery").flips
    assert "was 'average favours peer support', is now 'average left open'" in flips
    assert any("fewer than ten trials" in flip for flip in flips)


def flips_of(monkeypatch, evidence, *slopes):
    """The flips between two states whose fidelity slopes are these; everything else stays the same."""
    given = iter(slopes)
    monkeypatch.setattr(difference, "fidelity_slope", lambda *args, **options: next(given))
    files = evidence.files | {"trials/alder2011sample/outcomes.csv": "changed"}
    found = compare_evidence(evidence, replace(evidence, files=files))
    return [flip for change in found.changes for flip in change.flips]


def test_a_fidelity_flip_is_one_of_the_reports_own_verdict(evidence, monkeypatch):
    recovery = evidence.reporting("recovery")
    recovery = replace(recovery, outcomes=recovery.outcomes[recovery.outcomes["outcome"].eq("recovery")])
    slope = fidelity_slope(compute_effects(recovery, "recovery"), score_fidelity(recovery), permutations=20)
    tested = replace(slope, descriptive=False, slope=0.5, ci_lb=0.1, ci_ub=0.9)
    weak, strong = (replace(tested, permutation=replace(slope.permutation, pval=p)) for p in (0.2, 0.01))
    wide = replace(weak, slope=0.4, ci_lb=-0.1)
    assert strong.detected
    assert not weak.detected
    # The interval alone crosses zero or not; the permutation test denies an association either way.
    assert flips_of(monkeypatch, recovery, wide, weak) == []
    assert flips_of(monkeypatch, recovery, weak, replace(strong, slope=0.6)) == [
        "was 'no fidelity association detected', is now 'fidelity association detected'"
    ]


def test_an_outcome_that_loses_its_last_trial_has_no_pool_afterwards(shipped):
    trials = set(shipped.trials["trial"])
    measured = set(compute_effects(shipped, "loneliness").frame["trial"])
    change = change_of(compare_evidence(shipped, shipped.only(trials - measured)), "loneliness")
    assert change.after.pooled is None
    assert change.after.number("k") == 0
    assert np.isnan(change.after.number("estimate"))


def test_every_layout_holds_the_same_answer(added):
    text, markdown = difference_text(added), difference_markdown(added)
    label = change_of(added, "recovery").label
    for page in (text, markdown):
        assert label in page
        assert "Poulsen" in page
    assert json.loads(json.dumps(added.to_dict(), default=float))["added"] == list(added.added)
    assert set(added.to_frame().columns) == {"outcome", "number", "before", "after"}


def test_markdown_shows_markup_in_a_label_as_text(added):
    hostile = replace(added, added=("<img src=x> | [link](http://x) @team `code`",))
    line = next(line for line in difference_markdown(hostile).splitlines() if line.startswith("New trials"))
    assert not set("<>|[]`@") & set(line)


def test_the_picture_has_a_row_before_and_after(added):
    rows = difference_rows(added)
    assert [row.label for row in rows[:2]] == ["Personal recovery, before", "Personal recovery, after"]
    shown = show_difference(added)
    assert isinstance(shown.table, pd.DataFrame)
    assert len(shown.table) == len(rows)
    assert "before" in shown.alt


def test_nothing_to_draw_is_said_and_not_drawn(shipped):
    with pytest.raises(NotEstimableError, match="No pooled effect changed"):
        show_difference(compare_evidence(shipped, shipped))


@pytest.fixture
def repository(tmp_path, valid):
    """A git repository with the sample data committed, then one trial taken out of the working tree."""
    shutil.copytree(valid.parent, tmp_path / "repo")
    place = tmp_path / "repo"

    def git(*arguments):
        command = ["git", "-C", str(place), "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "sample")
    return place


def test_a_revision_is_read_as_it_stood(repository):
    trial = repository / "data" / "trials" / "cedar2016sample"
    shutil.rmtree(trial)
    (repository / "data" / "code_reasons.csv").unlink()  # they speak of the trial
    place = {"data": repository / "data", "references": repository / "references.bib"}
    with evidence_at("HEAD", **place) as old, evidence_at(str(place["data"]), **place) as new:
        assert set(old.trials["trial"]) - set(new.trials["trial"]) == {trial.name}
        assert compare_evidence(old, new).removed


@pytest.mark.parametrize("spec", ["no-such-revision", "--output=x", "HEAD:data", ""])
def test_what_is_neither_a_folder_nor_a_revision_is_refused(repository, spec):
    place = {"data": repository / "data", "references": repository / "references.bib"}
    with pytest.raises(RevisionError, match="neither a data root nor a git revision"), evidence_at(spec, **place):
        pass
