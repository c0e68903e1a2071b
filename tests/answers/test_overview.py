"""The whole answer: every outcome with three trials, the rest named, and sentences that hold what the numbers say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from builders.rated import READER
from builders.roots import events, means, sizes
from synthesis.answers.harms import describe_harms
from synthesis.answers.overview import Overview, printed_effects, summarise
from synthesis.answers.pooling import pool
from synthesis.answers.robustness import robustness
from synthesis.answers.sensitivity import compare_choices
from synthesis.answers.studied import describe_peers, describe_people
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError
from synthesis.evidence import load_evidence
from synthesis.results import to_json
from synthesis.tables import overview_table, too_few_table


@pytest.fixture(scope="module")
def overview(evidence):
    return summarise(evidence, permutations=50)


def test_people_behind_the_averages_are_counted_once_an_arm_over_all_outcomes(overview):
    largest: dict[tuple[str, str], float] = {}
    for answer in overview.answers.values():
        for row in answer.effects.frame.to_dict("records"):
            for side in ("intervention", "comparator"):
                arm = row["trial"], row[f"{side}_arm"]
                largest[arm] = max(largest.get(arm, 0.0), row[f"n_{side}"])
    assert f"gave numbers for the averages here, from {sum(largest.values()):,.0f} people." in overview.plain()[0]


def test_that_nobody_has_signed_stands_on_the_first_page_until_somebody_has(evidence, small):
    nobody = "Nobody has signed this report"
    assert any(nobody in limit for limit in summarise(evidence, permutations=20).limits())
    signed = small(RECOVERED, lists={"reviewers": [READER]})
    assert not any(nobody in limit for limit in summarise(signed, permutations=20).limits())


def test_outcomes_with_three_trials_are_answered_and_the_others_named(overview):
    assert list(overview.answers) == ["recovery", "symptoms", "hope", "readmission"]
    assert list(overview.too_few) == ["quality_of_life", "psychosis"]


def test_the_numbers_are_those_of_the_pools_and_slopes(overview, evidence):
    table = overview.to_frame().set_index("outcome")
    for outcome in overview.answers:
        pooled = pool(compute_effects(evidence, outcome))
        for name in ("k", "estimate", "ci_lb", "ci_ub", "pi_lb", "tau2", "I2"):
            assert table.at[outcome, name] == pytest.approx(getattr(pooled, name)), (outcome, name)
    assert table.at["recovery", "trials"] == 5
    assert table.at["recovery", "fidelity_slope"] == overview.answers["recovery"].slope.slope
    assert table["fidelity_descriptive"].all()


def test_the_overview_is_strict_json(overview):
    found = json.loads(to_json(overview.to_dict()), parse_constant=pytest.fail)
    assert [finding["outcome"] for finding in found["findings"]] == list(overview.answers)
    assert set(found["too_few"]) == {"quality_of_life", "psychosis"}


def test_the_headline_counts_trials_people_and_years(overview):
    assert overview.headline()[0] == "5 randomised trials with 650 people, 2011 to 2020."


def test_each_answered_outcome_stands_on_one_side_or_is_left_open(overview):
    text = " ".join(overview.headline())
    for answer in overview.answers.values():
        label = answer.finding.outcome_label.lower()
        turn = 1 if answer.effects.better == "higher" else -1
        low, high = sorted((turn * answer.pooled.ci_lb, turn * answer.pooled.ci_ub))
        sentence = next(s for s in overview.headline() if label in s)
        assert ("favours peer support" in sentence) == (low > 0)
        assert ("left open" in sentence) == (low <= 0 <= high)
    assert "does not mean that there is no effect" in text or "left open" not in text


def test_fewer_symptoms_favour_peer_support_and_more_admissions_the_comparison(small):
    trials = [f"ash200{i}sample" for i in range(3)]
    rows = [means(6, 3, 200, 8 + i / 5, 3, 200, outcome="symptoms", trial=trial) for i, trial in enumerate(trials)]
    rows += [events(80 + i, 200, 40, 200, trial=trial) for i, trial in enumerate(trials)]
    said = summarise(small(rows), permutations=50).headline()
    assert "On average the effect favours peer support for symptoms." in said
    assert "On average the effect favours the comparison for readmission." in said


def test_prediction_intervals_with_both_sides_are_counted(overview):
    shown = [a.pooled for a in overview.answers.values() if a.effects.n_trials >= 5]
    both = sum(pooled.pi_lb < 0 < pooled.pi_ub for pooled in shown)
    assert 0 < len(shown) < 4
    assert f"For {both} of {len(shown)} the prediction interval" in " ".join(overview.headline())


@pytest.mark.parametrize(
    ("widest", "says"),
    [
        ([(-0.1, 0.5), (-0.2, 0.5)], "; for the other 2 it does at the largest heterogeneity"),
        ([(-0.1, 0.5), (0.1, 0.5)], "; for 1 of the other 2 it does at the largest heterogeneity"),
        ([(0.05, 0.5), (0.1, 0.5)], "holds effects on either side."),
    ],
)
def test_what_the_largest_heterogeneity_would_hold_is_counted_among_the_other_intervals(widest, says):
    one_sided = [SimpleNamespace(prediction=(0.1, 0.4), prediction_at_most=ends) for ends in widest]
    both = SimpleNamespace(prediction=(-0.1, 0.4), prediction_at_most=(-0.3, 0.6))
    answers = {i: SimpleNamespace(pooled=pooled) for i, pooled in enumerate([both, *one_sided])}
    (said,) = Overview._elsewhere(SimpleNamespace(answers=answers))
    assert said.startswith("For 1 of 3 the prediction interval")
    assert says in said


def test_too_few_trials_to_test_fidelity_is_not_an_answer(overview):
    assert "cannot be answered yet" in overview.fidelity()[0]


def turned_slopes(overview, *, p=0.5, **numbers):
    """The overview as if every slope had ten trials behind it and this permutation p."""
    answers = {
        name: replace(
            answer,
            slope=replace(
                answer.slope, descriptive=False, permutation=replace(answer.slope.permutation, pval=p), **numbers
            ),
        )
        for name, answer in overview.answers.items()
    }
    return replace(overview, answers=answers)


def test_slopes_that_were_not_detected_are_neither_shown_nor_excluded(overview):
    text = " ".join(
        turned_slopes(
            overview, ci_lb=-0.4, ci_ub=0.6, detectable_slope=0.9, score_least=0.25, score_most=0.75
        ).fidelity()
    )
    assert "No association between fidelity and benefit was detected" in text
    assert "neither shown nor ruled out" in text
    assert "at least 0.45 SMD or 0.45 log RR from the least to the most faithful trial" in text
    assert not re.search(r"no effect|does not matter|no link", text)


def test_a_detected_slope_is_counted_among_those_looked_at_and_shows_no_cause(overview):
    text = " ".join(turned_slopes(overview, ci_lb=0.2, ci_ub=0.6, p=0.01).fidelity())
    assert "detected for personal recovery" in text
    assert "4 looked at" in text
    assert "cannot show a cause" in text


def test_an_interval_without_zero_is_no_detection_when_the_permutations_disagree(overview):
    text = " ".join(turned_slopes(overview, ci_lb=0.2, ci_ub=0.6, p=0.2).fidelity())
    assert "No association between fidelity and benefit was detected" in text


def test_how_much_the_reports_describe_is_a_share_of_what_was_asked(overview):
    arms = overview.scores.arms[overview.scores.arms["role"].eq("intervention")]
    share = arms["reported"].sum() / arms["components"].sum()
    assert f"{share:.0%} of the model's core components" in " ".join(overview.fidelity())


def test_some_outcomes_can_be_asked_for_and_unknown_ones_are_refused(evidence):
    some = summarise(evidence, outcomes=["hope", "psychosis"], permutations=50)
    assert (list(some.answers), list(some.too_few)) == (["hope"], ["psychosis"])
    with pytest.raises(ChoiceError, match="psychosis"):
        summarise(evidence, outcomes=["psychoses"])


def test_options_of_the_pool_reach_every_answer(evidence):
    found = summarise(evidence, outcomes=["hope"], permutations=50, method="DL", ci="wald", level=0.9)
    pooled, slope = found.answers["hope"].pooled, found.answers["hope"].slope
    assert (pooled.method, pooled.ci, pooled.level) == ("DL", "wald", 0.9)
    assert (slope.method, slope.ci, slope.level) == ("DL", "wald", 0.9)
    assert "90% CI" in overview_table(found).columns


def test_nothing_measured_is_said_and_not_a_traceback(small):
    nothing = summarise(small([]), permutations=50)
    assert "No outcome has the three trials" in str(nothing)
    assert nothing.to_frame().empty
    json.loads(to_json(nothing.to_dict()))
    assert overview_table(nothing).empty
    assert too_few_table(nothing).empty


def test_the_tables_show_every_outcome_once(overview):
    table = overview_table(overview)
    assert table["Outcome"].tolist() == ["Personal recovery", "Symptoms", "Hope", "Readmission"]
    few = too_few_table(overview).set_index("Outcome")
    assert list(few.index) == ["Quality of life", "Psychotic symptoms"]
    assert few.at["Quality of life", "Trials that measured it"] == "3"
    assert few.at["Quality of life", "With usable numbers"] == "2"


def test_without_any_coding_nothing_is_said_about_what_the_reports_describe(small):
    uncoded = summarise(small([means(10, 3, 30, 9, 3, 30)]), permutations=50)
    assert uncoded.fidelity() == []
    assert "fidelity" not in " ".join(uncoded.limits())
    coded = small([means(10, 3, 30, 9, 3, 30)], ratings={"ash2001sample": {"peer": {"sharing": 2}}})
    assert "weak evidence that fidelity is the reason" in summarise(coded, permutations=50).limits()[-1]


def test_the_table_has_no_columns_of_slopes_where_no_arm_is_coded(small):
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}sample") for i in range(4)]
    found = summarise(small(rows), permutations=50)
    assert list(overview_table(found).columns[-2:]) == ["Prediction interval", "I2"]
    assert [answer.finding.fidelity for answer in found.answers.values()] == [""]


def test_the_equal_effects_model_says_nothing_of_prediction_intervals(evidence):
    found = summarise(evidence, outcomes=["hope"], permutations=50, method="EE")
    assert "prediction interval" not in " ".join(found.headline())


def test_detectable_slopes_of_different_units_are_not_put_in_one_range(overview):
    mixed = turned_slopes(overview, ci_lb=-0.4, ci_ub=0.6)
    assert {answer.slope.measure for answer in mixed.answers.values()} == {"SMD", "RR"}
    smds = [a.slope.span * a.slope.detectable_slope for a in mixed.answers.values() if a.slope.measure == "SMD"]
    ratio = next(a.slope.span * a.slope.detectable_slope for a in mixed.answers.values() if a.slope.measure == "RR")
    said = f"{np.min(smds):.2f} to {np.max(smds):.2f} SMD or {ratio:.2f} log RR"
    assert said in " ".join(mixed.fidelity())


def test_effects_as_printed_differ_from_the_main_ones_in_the_decisions_alone(small):
    rows = [sizes(30, 34, test_statistic="t", statistic_value=2.4, adjusted="yes")]
    decisions = [{"trial": "ash2001sample", "outcome": "recovery", "decision": "flip_sign"}]
    evidence = small(rows, decisions=decisions, review={"adjusted_r": 0.3})
    effects = compute_effects(evidence, "recovery", adjusted_r=0.6, small_trial_t=True, icc=0.1)
    printed = printed_effects(evidence, effects)
    assert printed.settings == effects.settings | {"as_printed": True}
    assert printed.frame.at[0, "yi"] == -effects.frame.at[0, "yi"]


# --- What hangs on a choice, who helped, who had looked ---------------------------------------------------------------


def sided(overview, same):
    """The overview as if every average favoured peer support, and these outcomes kept their side under all choices."""
    answers = {}
    for name, answer in overview.answers.items():
        turn = 1 if answer.effects.better == "higher" else -1
        low, high = sorted((turn * 0.1, turn * 0.4))
        table = answer.robust.table.assign(same=name in same)
        pooled = replace(answer.pooled, estimate=turn * 0.2, ci_lb=low, ci_ub=high)
        answers[name] = replace(answer, pooled=pooled, robust=replace(answer.robust, table=table))
    return replace(overview, answers=answers)


def test_averages_that_hang_on_a_choice_are_named_and_the_others_are_not(overview):
    said = " ".join(sided(overview, same=["hope"]).headline())
    (fragile,) = re.findall(r"Of these, (.*?) would say otherwise", said)
    assert "personal recovery" in fragile
    assert "hope" not in fragile
    assert "not corrected for their number" in said
    assert "would say otherwise" not in " ".join(sided(overview, same=list(overview.answers)).headline())


def test_an_average_that_is_left_open_is_not_called_fragile(overview):
    answers = {
        name: replace(answer, pooled=replace(answer.pooled, ci_lb=-0.3, ci_ub=0.3))
        for name, answer in sided(overview, same=[]).answers.items()
    }
    assert "would say otherwise" not in " ".join(replace(overview, answers=answers).headline())


TRIALS = [f"ash{2001 + i}sample" for i in range(6)]
RECOVERED = [means(10 + i / 5, 3, 30, 9, 3, 30, trial=name) for i, name in enumerate(TRIALS)]


def limits_of(evidence):
    return " ".join(summarise(evidence, permutations=50).limits())


def test_trials_are_counted_by_whether_it_is_clear_that_peers_helped(small):
    statuses = ["core", "core", "uncertain", "lay_peer", "lay_peer", ""]
    arms = {name: {"peer": {"peer_status": status}} for name, status in zip(TRIALS, statuses, strict=True)}
    said = limits_of(small(RECOVERED, arms=arms))
    assert "Of the 6 trials in these averages 2 clearly had peer workers" in said
    assert "of the others it is lay peers in 2 and uncertain in 1." in said
    assert "With those 2 alone fewer than three trials are left for personal recovery" in said
    assert "clearly had peer workers" not in limits_of(small(RECOVERED))


def test_who_was_studied_where_and_beside_what_is_counted_over_the_pooled_trials(small):
    groups = ["severe_mental_illness"] * 3 + ["perinatal", "trauma", "suicidality"]
    trials = {
        name: {"population_group": group, "country": country}
        for name, group, country in zip(TRIALS, groups, ["Norway"] * 4 + ["Chile", "Peru"], strict=True)
    }
    said = limits_of(small(RECOVERED, trials=trials))
    assert "these 6 trials are on severe mental illness in 3, around birth in 1, trauma in 1 and others in 1." in said
    assert "4 of the 6 trials took place in one country (Norway)." in said
    assert "more than one" not in said
    evidence = small(RECOVERED, trials=trials)
    beside = evidence.arms[evidence.arms["comparator_type"].ne("")].head(1).assign(comparator_type="active")
    several = replace(evidence, arms=pd.concat([evidence.arms, beside], ignore_index=True))
    assert "another active intervention in 1 (some trials have more than one)" in describe_people(several, TRIALS)[0]


@pytest.mark.parametrize(
    ("most", "says"),
    [
        (6, "For whom: all 6 trials are on one group: around birth."),
        (4, "For whom: 4 of these 6 trials, with {share} of the weight, are on one group: around birth."),
        (2, ""),
    ],
)
def test_a_card_says_which_people_stand_behind_more_than_half_of_an_average(small, most, says):
    others = ["trauma", "suicidality", "severe_mental_illness", "common_mental_disorder"]
    groups = ["perinatal"] * most + others[: 6 - most]
    trials = {name: {"population_group": group} for name, group in zip(TRIALS, groups, strict=True)}
    answer = summarise(small(RECOVERED, trials=trials), permutations=50).answers["recovery"]
    weights = answer.pooled.weights
    share = f"{100 * weights[:most].sum() / weights.sum():.0f}%"
    assert (says.format(share=share) in answer.finding.robust) if says else ("For whom" not in answer.finding.robust)


def test_people_of_any_diagnosis_are_no_group_that_an_average_rests_on(small):
    trials = {name: {"population_group": "mixed_mental_health"} for name in TRIALS}
    answer = summarise(small(RECOVERED, trials=trials), permutations=50).answers["recovery"]
    assert "For whom" not in answer.finding.robust


def test_a_card_names_what_measured_an_outcome_by_its_share_of_the_weight():
    evidence = load_evidence("data", references="references.bib")
    answer = summarise(evidence, outcomes=["readmission"], permutations=50).answers["readmission"]
    weights = pd.Series(100 * answer.pooled.weights / answer.pooled.weights.sum())
    shares = weights.groupby(answer.pooled.effects.frame["instrument"].to_numpy()).sum().sort_values(ascending=False)
    first, second = shares.index[:2]
    said = f"Measured by {first} ({shares[first]:.0f}% of the weight), {second} ({shares[second]:.0f}%)"
    assert said in answer.finding.definition


def test_where_every_trial_of_an_outcome_has_core_peers_its_average_is_the_same_and_where_none_has_too_few_are_left():
    evidence = load_evidence("data", references="references.bib")
    robust = {
        name: robustness(compare_choices(compute_effects(evidence, name), evidence=evidence))
        for name in ("recovery", "quality_of_life", "depression")
    }
    for status, says in (("core", "still favours the same side"), ("uncertain", "fewer than three trials are left")):
        arms = evidence.arms.assign(peer_status=status)
        # One trial of the averages has the other status, so that there is something to say.
        odd = arms["trial"].eq(arms["trial"].iloc[0])
        arms.loc[odd, "peer_status"] = {"core": "uncertain", "uncertain": "core"}[status]
        own = replace(evidence, arms=arms)
        asked = {
            name: robustness(compare_choices(found.choices.effects, evidence=own)) for name, found in robust.items()
        }
        (said,) = describe_peers(own, {*arms["trial"]}, asked)
        assert f"{says} for recovery, quality_of_life and depression" in said


def test_the_plan_is_told_with_its_days_and_both_scores_where_both_are_tested():
    found = summarise(load_evidence("data", references="references.bib"), permutations=20)
    said = " ".join(found.fidelity())
    rows = found.evidence.codebook.hypotheses.fillna("")
    first = rows[rows["amends"].eq("") & rows["role"].ne("exploratory")]
    assert (
        f"{len(first)} hypotheses were written down on {first['declared'].iloc[0]}: declared after the trials" in said
    )
    assert f"{rows['amends'].ne('').sum()} amendments followed on" in said
    assert "Scores run from 0 to 1" in said
    book = found.evidence.codebook
    alone = replace(found.evidence, codebook=replace(book, hypotheses=first))
    kept = [own for own in found.hypotheses.hypotheses if not own.is_amendment]
    plain = replace(found, evidence=alone, hypotheses=replace(found.hypotheses, hypotheses=kept))
    assert not re.search("Scores run from|amendments followed", " ".join(plain.fidelity()))


def test_trials_outside_the_averages_are_not_counted_among_them(small):
    more = means(5, 2, 20, 4, 2, 20, outcome="symptoms", trial="elm2012sample")
    arms = {name: {"peer": {"peer_status": "core"}} for name in [*TRIALS, "elm2012sample"]}
    found = summarise(small([*RECOVERED, more], arms=arms), permutations=50)
    assert found.pooled_trials == 6
    assert "Of the 6 trials in these averages 6 clearly had peer workers" in " ".join(found.limits())


def test_what_is_said_of_coding_and_harms_stands_among_the_limits(evidence, overview):
    said = overview.limits()
    assert " ".join(describe_harms(evidence)[:2]) in said
    review = replace(evidence.codebook.review, coding="One reader coded everything.")
    own = replace(evidence, codebook=replace(evidence.codebook, review=review))
    assert "One reader coded everything." in replace(overview, evidence=own).limits()
