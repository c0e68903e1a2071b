"""What a change does to ratings and verdicts, which trial's codes did it, and all of it in sentences."""

from dataclasses import replace

import pytest

from builders.released import released
from synthesis.answers.difference import EvidenceState, compare_evidence, compare_states
from synthesis.answers.difference_statement import (
    NOTHING,
    describe_difference,
    describe_judgements,
    summarise_difference,
)
from synthesis.answers.judgements_moved import HypothesisVerdict, verdicts_moved
from synthesis.answers.verdicts import Verdict
from synthesis.evidence.revisions import evidence_at
from synthesis.results import to_json
from synthesis.tables.difference import (
    difference_markdown,
    difference_text,
    movers_table,
    rows_table,
    suggestions_table,
    tables_that_differ,
)


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """The evidence of each version, and as it stands."""
    place = released(tmp_path_factory.mktemp("released"))
    found = {}
    for name in ("v0.1.0", "v0.2.0", "v0.3.0", "v0.4.0", "HEAD"):
        with evidence_at(name, data=place / "data") as evidence:
            found[name] = EvidenceState(evidence, permutations=20)
    return found


def between(states, before, after, **options):
    return compare_states(states[before], states[after], names=(before, after), **options)


def test_a_new_trial_flips_the_conclusion_and_leaves_every_rating_of_its_outcome_behind(states):
    found = between(states, "v0.1.0", "v0.2.0")
    (change,) = found.changes
    assert "was 'average favours peer support', is now 'average left open'" in change.flips
    assert {own.domain for own in found.went_stale} >= {"overall", "target", "imprecision"}
    assert all(own.why == ("other_data",) and own.decides for own in found.went_stale)
    assert [own.row for own in found.went_stale] == list(range(2, 9))
    assert {own.file for own in found.went_stale} == {"data/judgements/grade.csv"}
    assert [own.what for own in between(states, "v0.2.0", "v0.1.0").ratings] == ["renewed"] * 7


def test_ratings_that_nobody_confirmed_are_still_of_earlier_data(states):
    found = between(states, "v0.2.0", "v0.3.0")
    assert {own.what for own in found.ratings} == {"still_stale"}
    assert found.went_stale == ()


def test_the_sentences_name_the_trial_the_cell_and_its_place(states):
    said = describe_difference(between(states, "v0.2.0", "v0.3.0"))
    (moved,) = [sentence for sentence in said if "By trial" in sentence]
    assert "the average moved from 0.20 (" in moved
    assert "to 0.40 (" in moved
    assert (
        "Elder & Other (2005) has other numbers (+0.197), data/trials/elder2005sample/outcomes.csv row 2: "
        "mean_intervention was 40.0, is now 50.0" in moved
    )
    assert said[0].endswith("It was 'average left open', is now 'average favours peer support'.")


def test_the_summary_counts_what_moved_and_says_where_nothing_did(states):
    assert summarise_difference(between(states, "v0.1.0", "v0.2.0")) == (
        "1 conclusion changed, 1 trial came in, 7 ratings of certainty went stale and 1 outcome moved."
    )
    alike = between(states, "v0.3.0", "v0.4.0")
    assert summarise_difference(alike) == NOTHING
    assert describe_difference(alike)[:2] == [NOTHING, "5 rows of the data differ, in cells that no effect rests on."]
    same = between(states, "v0.1.0", "v0.1.0")
    assert describe_difference(same) == [NOTHING, "The data are the same, row by row."]


def test_a_trial_coded_another_way_is_named_though_no_effect_is_another(states):
    found = between(states, "v0.4.0", "HEAD")
    (change,) = found.changes
    assert summarise_difference(found) == "1 outcome coded another way."
    assert change.trials[["trial", "what"]].to_numpy().tolist() == [["elder2005sample", "recoded"]]
    assert change.before.number("estimate") == change.after.number("estimate")
    (said,) = [sentence for sentence in describe_difference(found) if "coded another way" in sentence]
    assert "components.csv row 2: rating was 2, is now 0" in said
    assert movers_table(found)["Moves the slope by"].tolist() == [""]  # below ten trials nothing is said of a slope


def test_the_share_of_a_trial_in_the_slope_is_all_of_it_where_only_its_codes_changed(evidence):
    trials = evidence.outcomes.loc[evidence.outcomes["outcome"].eq("recovery"), "trial"].unique()
    components = evidence.components.copy()
    mine = components["trial"].eq(trials[0])
    components.loc[mine, "rating"] = 2 - components.loc[mine, "rating"]
    files = evidence.files | {f"trials/{trials[0]}/components.csv": "other"}
    head = replace(evidence, components=components, files=files)
    found = compare_evidence(evidence, head, permutations=20)
    change = next(change for change in found.changes if change.outcome == "recovery")
    assert change.trials["what"].tolist() == ["recoded"]
    moved = change.after.slope_estimate - change.before.slope_estimate
    assert moved != 0
    assert change.trials["slope_share"].iloc[0] == pytest.approx(moved, abs=1e-12)
    assert change.trials["share"].iloc[0] == pytest.approx(0, abs=1e-12)


def test_what_rules_suggest_otherwise_is_told_and_moves_no_rating(states):
    found = between(states, "v0.1.0", "v0.2.0")
    assert {own.domain for own in found.suggestions} == {"inconsistency", "imprecision"}
    table = suggestions_table(found)
    assert table.loc[table["Domain"].eq("Imprecision"), ["Suggested before", "Suggested now"]].to_numpy().tolist() == [
        ["not serious", "serious"]
    ]
    assert any(said.endswith("Rules never decide: no rating moved by that.") for said in describe_judgements(found))
    assert found.certainty == ()


def test_a_certainty_that_people_decided_anew_is_told_with_who_when_and_why(states):
    old = states["v0.1.0"].evidence
    grade = old.grade.copy()
    overall = grade["domain"].eq("overall")
    grade.loc[overall, ["judgement", "reason"]] = ["moderate", "We looked again."]
    new = replace(old, grade=grade, files=old.files | {"judgements/grade.csv": "other"})
    (moved,) = compare_evidence(old, new, judgements=True).certainty
    assert (moved.before, moved.after) == ("high", "moderate")
    (said,) = describe_judgements(compare_evidence(old, new, judgements=True))
    assert said == (
        "Personal recovery: the certainty of the evidence is rated moderate by A. Reader, 2026-01-02; it was high. "
        "We looked again."
    )
    none = replace(new, grade=grade[~overall])
    assert "is no longer rated; it was high." in describe_judgements(compare_evidence(old, none, judgements=True))[0]


def verdict(hypothesis, outcome, verdict):
    return {(hypothesis, outcome): HypothesisVerdict(hypothesis, "Dose", outcome.capitalize(), verdict)}


def test_verdicts_flip_are_declared_and_withdrawn(states):
    found, other = Verdict.SUPPORTED, Verdict.NOT_DETECTED
    before = verdict("H1", "hope", other) | verdict("H2", "hope", other) | verdict("H3", "", Verdict.NOT_TESTABLE)
    after = verdict("H1", "hope", found) | verdict("H3", "hope", other) | verdict("H4", "hope", other)
    moved = {(own.hypothesis, own.before, own.after) for own in verdicts_moved(before, after)}
    # H3 could not be run at all before, and stands for its outcome.
    assert moved == {
        ("H1", other, found),
        ("H2", other, None),
        ("H3", Verdict.NOT_TESTABLE, other),
        ("H4", None, other),
    }
    assert verdicts_moved(after, after) == ()
    told = replace(between(states, "v0.1.0", "v0.1.0"), verdicts=verdicts_moved(before, after))
    said = describe_difference(told)
    assert said[0] == "Hypothesis H1 on Hope: supported; it was not detected. (Dose)"
    assert "Declared since: H4 on Hope, not detected." in said
    assert "No longer declared: H2 on Hope, not detected." in said
    assert summarise_difference(told) == "2 verdicts on declared hypotheses changed."


def test_hypotheses_are_run_where_they_are_asked_for_alone(states, monkeypatch):
    from synthesis.answers import difference

    given = iter([verdict("H1", "hope", Verdict.NOT_DETECTED), verdict("H1", "hope", Verdict.SUPPORTED)])
    monkeypatch.setattr(difference, "find_verdicts", lambda *args, **options: next(given))
    old, new = (states[name].evidence for name in ("v0.1.0", "v0.2.0"))
    assert compare_evidence(old, new).verdicts is None
    assert [own.after for own in compare_evidence(old, new, hypotheses=True).verdicts] == [Verdict.SUPPORTED]


def test_tables_and_every_layout_hold_it(states):
    found = between(states, "v0.2.0", "v0.3.0")
    assert tables_that_differ(found).to_numpy().tolist() == [["trials/.../outcomes.csv", 0, 1, 0]]
    assert rows_table(found)["Cells"].tolist() == ["mean_intervention was 40.0, is now 50.0"]
    stale = between(states, "v0.1.0", "v0.2.0")
    for text in (difference_text(stale), difference_markdown(stale)):
        assert "are of earlier data now, because what was rated has changed since" in " ".join(text.split())
    assert '"what": "went_stale"' in to_json(stale.to_dict())


def test_below_three_trials_no_average_is_said_and_no_share_of_a_trial(states):
    old, new = (states[name].evidence for name in ("v0.2.0", "v0.3.0"))
    few = [state.only(["elder2005sample", "ash2001sample"]) for state in (old, new)]
    found = compare_evidence(*few)
    (said,) = [sentence for sentence in describe_difference(found) if "By trial" in sentence]
    assert "still too few trials for an average (2 trials, before 2 trials)" in said
    assert "(+" not in said
    assert "(−" not in said
    assert movers_table(found)["Moves the pool by"].tolist() == [""]
