"""Rules suggest, people decide: what counts of their rows, what goes stale, and what the summary of findings says."""

import csv
import io
import json
import re
from dataclasses import replace

import jsonschema
import pandas as pd
import pytest

from builders.rated import four_counts, four_trials, rated, rating, review, threshold
from builders.roots import means
from synthesis import decision_rows, grade_outcome, pool, sof_schema, summarise_findings
from synthesis.answers.grading.rows import summary_row
from synthesis.answers.grading.stale import stale_ratings
from synthesis.evidence import load_evidence
from synthesis.evidence.certainty import GRADE_POOLS
from synthesis.evidence.checks import check
from synthesis.evidence.contract import load_contract
from synthesis.results import to_json

HEDGES = re.compile(r"\b(?:probably|may)\b")
BOTH = [threshold(0.2), threshold(0.2, "symptoms")]


def two_outcomes(sd=10.0):
    """Return trials on recovery, and others' on symptoms; `sd` is that of one arm on recovery."""
    first, *others = four_trials()
    return [{**first, "sd_intervention": sd}, *others, *four_trials(outcome="symptoms")]


def fixed(evidence, outcome, *, status="agreed"):
    """Return the drafted rows of an outcome as a person who agrees with every suggestion fills them in."""
    words = {"target": "important_effect", "overall": "low"}
    rows = []
    for row in grade_outcome(evidence, outcome).draft_rows():
        judgement = words.get(row["domain"], "not_serious")
        levels = "" if row["domain"] in words else 0
        person = {"decided_by": "A. Reader", "date": "2026-01-02", "status": status}
        rows.append(row | {"judgement": judgement, "levels": levels, "reason": "A reason that says enough."} | person)
    return rows


# --- What counts -----------------------------------------------------------------------------------------------------
def test_without_a_persons_row_nothing_is_rated_and_no_sentence_says_how_sure(tmp_path):
    found = summarise_findings(review(tmp_path, two_outcomes(), thresholds=BOTH))
    assert {row.certainty for row in found.rows()} == {"not rated"}
    assert {row.says for row in found.rows()} == {""}
    assert not HEDGES.search(found.to_json())
    assert any("Nobody has rated" in sentence for sentence in found.who())


def test_the_shipped_review_says_nowhere_how_sure_an_effect_is(shipped_findings):
    assert {row.certainty for row in shipped_findings.rows()} == {"not rated"}
    assert not HEDGES.search(shipped_findings.to_json())
    assert shipped_findings.who()[0].startswith("Nobody has signed yet")


def test_agreed_rows_decide_and_say_the_effect_with_its_reasons(tmp_path):
    rows = rated("low", "important_effect", {"risk_of_bias": -1, "imprecision": -1})
    graded = grade_outcome(review(tmp_path, four_trials(), grade=rows), "recovery")
    assert (graded.certainty, graded.arithmetic) == ("low", "low")
    assert graded.says() == (
        "Peer support may result in an important increase in personal recovery (more of it is better)."
    )
    row = summarise_findings(graded.facts.evidence).rows("pooled")[0]
    assert row.why == "due to serious risk of bias and serious imprecision"


def test_a_draft_counts_for_nothing_and_dissent_is_shown(tmp_path):
    rows = [rating("overall", "low", status="draft"), rating("overall", "moderate", status="draft", decided_by="B.")]
    evidence = review(tmp_path, four_trials(), grade=rows)
    graded = grade_outcome(evidence, "recovery")
    assert graded.certainty == ""
    assert graded.certainty_in_words == "not rated (a draft is on file)"
    signed = summarise_findings(evidence).profile("recovery")[-1].signed
    assert "A. Reader, 2026-01-02, a draft: low" in signed
    assert "B., 2026-01-02, a draft: moderate" in signed


def test_a_certainty_without_a_decided_target_says_no_effect(tmp_path):
    rows = [row for row in rated("low", "important_effect") if row["domain"] != "target"]
    graded = grade_outcome(review(tmp_path, four_trials(), grade=rows), "recovery")
    assert (graded.certainty, graded.says()) == ("low", "")


def test_the_sum_stands_beside_the_judgement_and_stops_at_very_low(tmp_path):
    rows = rated("moderate", "important_effect", {"risk_of_bias": -2, "imprecision": -2})
    graded = grade_outcome(review(tmp_path, four_trials(), grade=rows), "recovery")
    assert (graded.certainty, graded.arithmetic) == ("moderate", "very_low")
    assert grade_outcome(review(tmp_path / "none", four_trials()), "recovery").arithmetic == ""


def test_a_part_of_the_pool_has_ratings_of_its_own(tmp_path):
    arms = {"ash2001sample": {"control": {"role": "comparator", "comparator_type": "active"}}}
    rows = rated("high", "important_effect", pool="usual_care")
    evidence = review(tmp_path, four_trials(), grade=rows, arms=arms)
    part = grade_outcome(evidence, "recovery", pool="usual_care")
    assert (part.facts.effects.n_trials, part.certainty) == (3, "high")
    assert (
        grade_outcome(evidence, "recovery").facts.effects.n_trials,
        grade_outcome(evidence, "recovery").certainty,
    ) == (4, "")


def test_every_part_of_a_pool_that_the_file_may_name_can_be_made(tmp_path):
    evidence = review(tmp_path, four_trials())
    for part in GRADE_POOLS:
        assert grade_outcome(evidence, "recovery", pool=part).facts.pool == part


def test_fewer_than_three_trials_get_no_suggestion_and_no_sentence(tmp_path):
    rows = rated("high", "important_effect")
    graded = grade_outcome(review(tmp_path, four_trials()[:2], grade=rows), "recovery")
    suggested = {graded.suggestions[name].judgement for name in ("target", "imprecision", "inconsistency")}
    assert suggested == {"cannot_suggest"}
    assert graded.says() == ""


# --- What goes stale -------------------------------------------------------------------------------------------------
def test_one_changed_SD_turns_exactly_the_ratings_of_its_outcome_stale(tmp_path):
    before = review(tmp_path / "before", two_outcomes(), thresholds=BOTH)
    rows = [*fixed(before, "recovery"), *fixed(before, "symptoms")]
    assert stale_ratings(review(tmp_path / "same", two_outcomes(), thresholds=BOTH, grade=rows)) == []
    after = review(tmp_path / "after", two_outcomes(sd=11.0), thresholds=BOTH, grade=rows)
    found = stale_ratings(after)
    places = {(after.grade.loc[after.grade["row"].eq(one.row), "outcome"].iloc[0], one.rule) for one in found}
    assert (len(found), places) == (7, {("recovery", "rating_stale")})
    stale, sound = grade_outcome(after, "recovery"), grade_outcome(after, "symptoms")
    assert (stale.certainty_in_words, stale.says()) == ("low (rated on earlier data: please confirm)", "")
    assert (sound.certainty_in_words, bool(sound.says())) == ("low", True)


def test_a_judgement_of_bias_turns_only_bias_and_the_whole_stale(tmp_path):
    before = review(tmp_path / "before", four_trials())
    after = review(tmp_path / "after", four_trials(), grade=fixed(before, "recovery"), bias={"ash2001sample": "low"})
    domains = {after.grade.loc[after.grade["row"].eq(one.row), "domain"].iloc[0] for one in stale_ratings(after)}
    assert domains == {"risk_of_bias", "overall"}


def test_another_threshold_turns_ratings_stale(tmp_path):
    before = review(tmp_path / "before", four_trials())
    after = review(tmp_path / "after", four_trials(), grade=fixed(before, "recovery"), thresholds=[threshold(0.3)])
    assert len(stale_ratings(after)) == 7


def test_another_version_of_the_rule_turns_ratings_stale_and_drafts_too(tmp_path):
    before = review(tmp_path / "before", four_trials())
    rows = [row | {"rule_version": "core-grade-2024.9"} for row in fixed(before, "recovery", status="draft")]
    found = stale_ratings(review(tmp_path / "after", four_trials(), grade=rows))
    assert len(found) == 7
    assert all("the rule has another version since" in one.message for one in found)


def test_a_row_that_does_not_say_what_was_seen_is_not_called_stale(tmp_path):
    assert stale_ratings(review(tmp_path, four_trials(), grade=rated("low", "important_effect"))) == []


# --- Rows to paste ---------------------------------------------------------------------------------------------------
def test_drafted_rows_obey_the_contract_and_decide_nothing(tmp_path):
    rows = grade_outcome(review(tmp_path / "before", four_trials()), "recovery").draft_rows()
    decisions = ("judgement", "levels", "reason", "decided_by", "date", "status")
    assert {row[name] for row in rows for name in decisions} == {""}
    assert all(row["rule_judgement"] and row["rule_reason"] and row["seen"] for row in rows)
    evidence = review(tmp_path / "after", four_trials(), grade=rows)
    data = evidence.root
    assert {one.rule for one in check(data, references=data.parent / "references.bib")} == {"rating_open"}
    assert grade_outcome(evidence, "recovery").certainty_in_words == "not rated"
    assert tuple(rows[0]) == load_contract()["grade"].columns


# --- Bias by result --------------------------------------------------------------------------------------------------
def test_a_judgement_of_a_result_goes_before_that_of_the_trial(tmp_path):
    evidence = review(tmp_path, two_outcomes(), bias={"ash2001sample": "high"})
    own = evidence.risk_of_bias.assign(outcome="recovery", judgement="low")
    both = replace(evidence, risk_of_bias=pd.concat([own, evidence.risk_of_bias]))
    assert both.overall_risk_of_bias(outcome="recovery") == {"ash2001sample": "low"}
    assert both.overall_risk_of_bias(outcome="symptoms") == {"ash2001sample": "high"}
    assert both.overall_risk_of_bias() == {"ash2001sample": "high"}
    elsewhere = replace(evidence, risk_of_bias=own)
    assert elsewhere.overall_risk_of_bias(outcome="symptoms") == {}


# --- The summary of findings -----------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def shipped_findings():
    return summarise_findings(load_evidence("data", references="references.bib"))


def test_every_declared_outcome_has_its_row(shipped_findings):
    declared = list(shipped_findings.evidence.codebook.outcomes["outcome"])
    assert [row.outcome for row in shipped_findings.rows()] == declared
    kinds = {row.kind for row in shipped_findings.rows()}
    assert {"pooled", "too_few", "without_numbers"} <= kinds


@pytest.mark.parametrize("method", ["MH", "MH-DL", "EE"])
def test_other_methods_of_pooling_are_summarised_too(tmp_path, method):
    evidence = review(tmp_path, four_counts(), thresholds=[threshold(20, "readmission", "per_1000")])
    found = summarise_findings(evidence, outcomes=["readmission"], method=method, ci="wald")
    assert found.rows("pooled")[0].effect.startswith("RR 0.5")
    jsonschema.validate(json.loads(found.to_json()), json.loads(sof_schema()))
    assert {row.certainty for row in found.rows()} == {"not rated"}


def test_an_outcome_that_no_trial_reports_says_so(tmp_path):
    row = next(row for row in summarise_findings(review(tmp_path, four_trials())).rows() if row.outcome == "symptoms")
    assert (row.kind, row.effect, row.certainty) == ("not_reported", "No trial reports it", "not rated")


def test_the_numbers_are_those_of_the_pool(shipped_findings):
    frame = shipped_findings.to_frame().set_index("outcome")
    for name, grading in shipped_findings.pooled.items():
        pooled = pool(grading.facts.effects)
        assert frame.loc[name, "estimate"] == pooled.estimate
        assert (frame.loc[name, "ci_lb"], frame.loc[name, "k"]) == (pooled.ci_lb, pooled.k)


@pytest.mark.parametrize("kind", ["shipped", "rated", "counts", "empty"])
def test_sof_json_obeys_its_schema(kind, tmp_path, shipped_findings):
    made = {
        "shipped": lambda: shipped_findings,
        "rated": lambda: summarise_findings(
            review(tmp_path, four_trials(), grade=rated("low", "important_effect", {"imprecision": -1}))
        ),
        "counts": lambda: summarise_findings(
            review(tmp_path, four_counts(), thresholds=[threshold(20, "readmission", "per_1000")])
        ),
        "empty": lambda: summarise_findings(review(tmp_path, [], thresholds=[])),
    }
    content, schema = json.loads(made[kind]().to_json()), json.loads(sof_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(content)] == []


def test_a_sentence_without_a_rating_breaks_the_schema(tmp_path):
    content = json.loads(summarise_findings(review(tmp_path, four_trials())).to_json())
    content["outcomes"][0]["sentence"] = "Peer support probably helps."
    assert list(jsonschema.Draft202012Validator(json.loads(sof_schema())).iter_errors(content))


def test_a_rating_is_in_FHIRs_codes_with_who_rated(tmp_path):
    rows = rated("very_low", "important_effect", {"risk_of_bias": -2, "imprecision": -1})
    content = json.loads(summarise_findings(review(tmp_path, four_trials(), grade=rows)).to_json())
    certainty = next(own for own in content["outcomes"] if own["outcome"] == "recovery")["certainty"]
    assert (certainty["rating"], certainty["rater"], certainty["arithmetic"]) == ("very-low", "A. Reader", "very-low")
    by_type = {own["type"]: (own["rating"], own["levels"]) for own in certainty["subcomponents"]}
    assert by_type["RiskOfBias"] == ("very-serious-concern", -2)
    assert by_type["Inconsistency"] == ("no-concern", 0)


def test_sof_csv_has_a_row_an_outcome_and_the_cells_of_the_page(shipped_findings):
    rows = list(csv.DictReader(io.StringIO(shipped_findings.to_csv())))
    assert [row["outcome"] for row in rows] == [row.outcome for row in shipped_findings.rows()]
    assert {(row["certainty"], row["certainty_code"], row["stale"]) for row in rows} == {("not rated", "", "False")}
    recovery = next(row for row in rows if row["outcome"] == "recovery")
    assert float(recovery["estimate"]) == shipped_findings.gradings["recovery"].facts.pooled.estimate


def test_labels_with_signs_of_markup_pass_through_whole(tmp_path):
    label = 'Hope & "trust" <b>'
    outcomes = [{"outcome": "recovery", "label": label, "role": "clinical", "measure": "SMD", "better": "higher"}]
    scale = [{"instrument": "Recovery Scale", "outcome": "recovery", "better": "higher"}]
    found = summarise_findings(review(tmp_path, four_trials(), outcomes=outcomes, instruments=scale))
    assert json.loads(found.to_json())["outcomes"][0]["label"] == label
    assert next(csv.DictReader(io.StringIO(found.to_csv())))["name"].startswith(label)


def test_another_review_is_summarised_in_its_own_words(tmp_path):
    sides = {"intervention_label": "the exercise programme", "comparator_label": "usual care"}
    rows = rated("moderate", "important_effect", {"imprecision": -1})
    found = summarise_findings(review(tmp_path, four_trials(), grade=rows, review=sides))
    assert "peer" not in to_json(found.to_dict()).replace("peer_status", "").lower()
    assert found.gradings["recovery"].says().startswith("The exercise programme probably results in")


def test_who_has_signed_and_what_wants_confirming_is_said(tmp_path):
    before = review(tmp_path / "before", four_trials())
    after = review(tmp_path / "after", two_outcomes(sd=11.0), grade=fixed(before, "recovery"))
    said = summarise_findings(after).who()
    assert said[0].endswith("A. Reader (rates; interests: not entered; funding: not entered).")
    assert "People have rated the certainty for 1 of 2 pooled outcomes." in said
    assert said[-1].startswith("Rated on earlier data and to be confirmed: personal recovery;")


# --- From evidence to decision ---------------------------------------------------------------------------------------
def test_only_what_is_computed_is_filled_in_on_the_way_to_a_decision(tmp_path):
    rows = decision_rows(summarise_findings(review(tmp_path, four_trials())))
    assert [row.criterion for row in rows if row.prefilled] == ["desirable", "undesirable", "certainty"]
    assert {row.judgement for row in rows} == {"not judged"}
    assert "recommendation" not in {row.criterion for row in rows}
    desirable = next(row for row in rows if row.criterion == "desirable")
    assert "personal recovery, SMD" in desirable.evidence


def test_a_recommendation_is_only_ever_the_panels(tmp_path):
    row = {"criterion": "recommendation", "judgement": "We suggest it.", "who": "A. Reader", "date": "2026-01-02"}
    judged = row | {"criterion": "equity", "judgement": "increased", "evidence": "Two trials."}
    evidence = review(tmp_path, four_trials(), lists={"evidence_to_decision": [row, judged]})
    rows = {row.criterion: row for row in decision_rows(summarise_findings(evidence))}
    assert (rows["recommendation"].judgement, rows["recommendation"].signed) == (
        "We suggest it.", "A. Reader, 2026-01-02",
    )  # fmt: skip
    assert (rows["equity"].judgement, rows["equity"].evidence, rows["equity"].prefilled) == (
        "increased", "Two trials.", "",
    )  # fmt: skip


def test_certainty_is_filled_in_as_it_was_rated(tmp_path):
    evidence = review(tmp_path, two_outcomes(), grade=rated("low", "important_effect"))
    found = {row.criterion: row for row in decision_rows(summarise_findings(evidence))}
    assert found["certainty"].evidence == "Certainty by outcome: personal recovery, low; 1 not rated."


def test_an_effect_for_the_comparison_stands_under_undesirable(tmp_path):
    rows = [means(45, 10, 100, 50, 10, 100, trial=f"t{i}") for i in range(4)]
    found = {row.criterion: row for row in decision_rows(summarise_findings(review(tmp_path, rows)))}
    assert "personal recovery" in found["undesirable"].evidence
    assert "personal recovery" not in found["desirable"].evidence


@pytest.mark.parametrize(("outcome", "least"), [("quality_of_life", True), ("recovery", False)])
def test_a_range_at_no_heterogeneity_is_said_to_be_the_least_beside_the_finding(outcome, least):
    grading = grade_outcome(load_evidence("data", references="references.bib"), outcome)
    assert (grading.facts.pooled.tau2 == 0) == least
    notes = summary_row(grading).notes
    assert "In one more setting the true effect is expected within" in notes
    assert ("or a wider range: heterogeneity was estimated as zero" in notes) == least
    facts = grading.suggestions["inconsistency"].reason
    assert "In one more setting the true effect is expected within" in facts
    assert ("is expected within at least " in facts) == least
