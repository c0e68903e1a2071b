"""Pools of events from trials to sentences: what counts, what is said, and what is refused."""

import numpy as np
import pytest

from builders.roots import build_evidence, events, sizes
from synthesis.answers.overview import summarise
from synthesis.answers.pooling import pool
from synthesis.answers.regression import meta_regression
from synthesis.answers.sensitivity import compare_choices, leave_one_out
from synthesis.answers.statements import describe_outcome, rare_events
from synthesis.effects import compute_effects, effects_from
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.evidence import load_evidence
from synthesis.figures import show_forest
from synthesis.statistics import mantel_haenszel, peto
from synthesis.tables import pooled_text

METHODS = ("MH", "MH-DL", "MH-REVMAN", "MH-DL-REVMAN")
ROWS = ((1, 400, 2, 410), (0, 1500, 1, 1600), (4, 60, 9, 70), (6, 90, 12, 88))
SILENT = ((0, 75, 0, 75), (0, 1400, 0, 1350))


def evidence_of(root, rows, **parts):
    return build_evidence(root, [events(*row, trial=f"trial{2001 + i}s") for i, row in enumerate(rows)], **parts)


def readmission(root, rows=(*ROWS, *SILENT), **options):
    return compute_effects(evidence_of(root, rows), "readmission", **options)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
@pytest.mark.parametrize("method", METHODS)
def test_the_pool_of_trials_is_the_pool_of_their_tables(tmp_path, measure, method):
    found = pool(readmission(tmp_path, measure=measure), method=method)
    arrays = mantel_haenszel(
        *np.array([*ROWS, *SILENT], float).T,
        measure=measure,
        random="DL" in method,
        convention="revman" if "REVMAN" in method else "exact",
    )
    for name in "estimate se ci_lb ci_ub pval Q Q_df Q_pval I2 H2 k".split():
        assert getattr(found, name) == pytest.approx(getattr(arrays, name)), name
    told = np.isfinite(arrays.yi)
    assert found.trials()[["yi", "vi", "weight"]].to_numpy() == pytest.approx(
        np.column_stack([arrays.yi, arrays.vi, arrays.weights])[told]
    )


def test_peto_shows_each_trials_own_one_step_odds_ratio(tmp_path):
    found = pool(readmission(tmp_path, measure="OR"), method="peto")
    arrays = peto(*np.array(ROWS, float).T)
    assert (found.estimate, found.se, found.k) == pytest.approx((arrays.estimate, arrays.se, 4))
    assert found.effects.frame["yi"].tolist() == pytest.approx(arrays.yi.tolist())
    assert found.effects.frame["benefit"].tolist() == pytest.approx((-arrays.yi).tolist())
    assert not any("half_added" in codes for codes in found.effects.frame["assumptions"])
    same = pool(readmission(tmp_path / "again", measure="PETO"), method="EE", ci="wald")
    assert (same.estimate, same.se) == pytest.approx((found.estimate, found.se))


@pytest.mark.parametrize("method", ["MH", "MH-REVMAN", "PETO"])
def test_a_fixed_pool_has_no_tau2_and_no_prediction_interval_and_its_interval_is_walds(tmp_path, method):
    found = pool(readmission(tmp_path, measure="OR"), method=method).to_dict()
    assert found["ci"] == "wald"
    assert np.isnan([found[name] for name in ("tau2", "tau2_ci_lb", "tau2_ci_ub", "pi_lb", "pi_ub")]).all()


def test_random_effects_of_events_have_tau2_and_a_prediction_interval_but_no_interval_of_tau2():
    counts = np.array([(30, 100, 10, 100), (8, 90, 22, 95), (40, 120, 18, 118), (5, 60, 16, 61)], float).T
    found = pool(effects_from([0.1] * 4, [0.1] * 4, measure="RR", **columns(counts)), method="MH-DL")
    assert found.tau2 > 0.1
    assert found.pi_lb < found.ci_lb < found.ci_ub < found.pi_ub
    assert np.isnan([found.tau2_ci_lb, found.I2_ci_lb]).all()
    said = [pooled_text(found), *describe_outcome(found).reservations, show_forest(found).alt]
    assert not any("nan" in text for text in said)


def columns(counts):
    names = [f"{name}_{side}" for side in ("intervention", "comparator") for name in ("events", "n")]
    return dict(zip(names, counts, strict=True))


def test_a_trial_without_events_counts_nowhere(tmp_path):
    for method in ("MH", "REML"):
        with_silent = pool(readmission(tmp_path / method / "a"), method=method)
        alone = pool(readmission(tmp_path / method / "b", ROWS), method=method)
        for name in "estimate ci_lb ci_ub k n Q_df".split():
            assert getattr(with_silent, name) == getattr(alone, name), name
        assert with_silent.effects.n_trials == 4
        said = describe_outcome(with_silent)
        assert said.headline == describe_outcome(alone).headline
        assert "Counted nowhere: 2 more trials" in " ".join(said.reservations)


def test_below_three_trials_that_tell_something_nothing_is_pooled_in_words(tmp_path):
    found = readmission(tmp_path, (*ROWS[:2], *SILENT))
    for method in ("MH", "REML"):
        said = describe_outcome(pool(found, method=method))
        assert "too few for a pooled statement" in said.headline
        assert "2 not estimable as RR" in said.headline
        assert said.verdict == ""


def test_where_nobody_had_an_event_there_is_no_pool(tmp_path):
    for method in ("REML", "MH"):
        with pytest.raises(NotEstimableError, match="2 not estimable as RR"):
            pool(readmission(tmp_path / method, SILENT), method=method)
    assert pool(readmission(tmp_path, SILENT, measure="RD"), method="MH").estimate == 0


@pytest.mark.parametrize("ci", ["knapp-hartung", "Knapp Hartung Floor"])
def test_another_interval_than_walds_is_refused_when_it_is_asked_for(tmp_path, ci):
    with pytest.raises(ChoiceError, match="does not go with method MH"):
        pool(readmission(tmp_path), method="MH", ci=ci)
    assert pool(readmission(tmp_path / "b"), method="MH", ci="Wald").ci == "wald"


def test_a_default_interval_is_the_methods_own(tmp_path):
    effects = readmission(tmp_path)
    assert [pool(effects, ci=ci).ci for ci in (None, "")] == ["knapp-hartung-floor"] * 2
    assert pool(effects, method="MH-DL", ci="").ci == "wald"


def test_leaving_one_out_pools_the_events_of_the_others_and_says_where_that_tells_nothing(tmp_path):
    without = leave_one_out(readmission(tmp_path), method="MH").table.set_index("trial")
    rest = mantel_haenszel(*np.array(ROWS[1:], float).T, measure="RR")
    assert without.loc["trial2001s", "estimate"] == pytest.approx(rest.estimate)
    assert len(without) == 4
    pair = leave_one_out(readmission(tmp_path / "b", ((2, 40, 3, 40), (0, 40, 2, 40))), method="MH").table
    assert pair["note"].tolist()[1] == ""
    assert "the intervention has no event" in pair["note"].tolist()[0]


def test_the_choices_hold_the_other_pools_of_events_and_of_effects(tmp_path):
    effects = readmission(tmp_path, measure="OR")
    codes = compare_choices(effects).table["code"].tolist()
    assert {"MH", "MH-DL", "PETO"} < set(codes)
    events_first = compare_choices(effects, method="MH").table.set_index("code")
    assert {"REML", "EE", "MH-DL", "MH-REVMAN", "PETO"} < set(events_first.index)
    assert not {"MH", "wald", "knapp-hartung"} & set(events_first.index)
    assert events_first.loc["main", "estimate"] == pool(effects, method="MH").estimate
    assert events_first.loc["REML", "estimate"] == pool(effects).estimate


def test_effects_that_do_not_come_from_counts_have_no_pool_of_events_among_their_choices():
    codes = compare_choices(effects_from([0.1, 0.2, 0.3], [0.1] * 3, measure="RR")).table["code"]
    assert not codes.str.startswith(("MH", "PETO")).any()


def test_a_regression_refuses_events_and_says_why(tmp_path):
    with pytest.raises(ChoiceError, match="takes no moderators"):
        meta_regression(readmission(tmp_path), moderators=["timepoint_months"], method="MH")


def test_an_overview_of_events_asks_no_slope(tmp_path):
    shipped = load_evidence("data", references="references.bib")
    uncoded = evidence_of(tmp_path, (*ROWS, *SILENT))
    for evidence, outcome, says in ((uncoded, "readmission", False), (shipped, "depression_caseness", True)):
        answer = summarise(evidence, outcomes=outcome, method="MH", permutations=20).answers[outcome]
        assert (answer.pooled.method, answer.slope) == ("MH", None)
        # Where no arm is coded, nobody asks about fidelity.
        assert ("takes no moderators" in answer.finding.fidelity) is says


@pytest.mark.parametrize(
    "rows",
    [(*ROWS[:2], *SILENT), ((0, 50, 2, 50), (0, 60, 3, 60), (0, 70, 1, 70))],
    ids=["too few", "no event on a side"],
)
def test_an_overview_sets_apart_what_events_cannot_answer(tmp_path, rows):
    found = summarise(evidence_of(tmp_path, rows), outcomes="readmission", method="MH")
    assert (list(found.answers), list(found.too_few)) == ([], ["readmission"])


def test_an_overview_of_events_refuses_an_outcome_that_is_not_counted_by_name(evidence):
    with pytest.raises(ChoiceError, match="recovery"):
        summarise(evidence, method="MH")


def test_few_events_are_hinted_at_where_effects_are_pooled_and_only_there(tmp_path):
    few = readmission(tmp_path)
    assert rare_events(pool(few)).startswith("In 1 of 4 effects a cell of the counts is zero")
    assert rare_events(pool(few)).endswith("(MH).")
    assert rare_events(pool(few)) in pooled_text(pool(few))
    assert rare_events(pool(few, method="MH")) == ""
    rare = readmission(tmp_path / "b", ((1, 400, 2, 410), (3, 900, 2, 880), (4, 1600, 9, 1700)), measure="OR")
    assert rare_events(pool(rare)).startswith("Events are rare: in the middle trial 0.4 of 100")
    assert rare_events(pool(rare)).endswith("(MH or PETO).")
    common = readmission(tmp_path / "c", ((10, 40, 12, 40), (13, 90, 22, 88), (14, 60, 19, 70)))
    assert rare_events(pool(common)) == ""
    assert rare_events(pool(effects_from([0.1, 0.2], [0.1] * 2))) == ""


def test_the_forest_plot_names_who_is_not_estimable_and_how_events_were_pooled(tmp_path):
    found = pool(readmission(tmp_path), method="MH")
    shown = show_forest(found)
    assert "Trials without an estimate, and counted nowhere: 2." in shown.alt
    texts = " ".join(text.get_text() for ax in shown.figure.axes for text in ax.texts)
    assert "Not estimable, and counted nowhere" in texts
    assert "0/1,400 v 0/1,350" in texts
    assert "Mantel-Haenszel, one true effect; no half is added in the pool" in texts
    weights = mantel_haenszel(*np.array(ROWS, float).T, measure="RR").weights
    assert f"{weights[3]:.1f}%" in texts


def test_a_pool_of_one_trial_is_that_trials_and_an_undefined_one_is_refused(tmp_path):
    one = pool(readmission(tmp_path, ((4, 60, 9, 70),)), method="MH")
    assert one.estimate == pytest.approx(np.log((4 / 60) / (9 / 70)))
    assert np.isnan([one.tau2, one.I2, one.Q_pval]).all()
    assert "too few for a pooled statement" in pooled_text(one)
    assert "\npooled " not in pooled_text(one)  # one trial's line is above; no average is stated below three
    with pytest.raises(NotEstimableError, match="the intervention has no event"):
        pool(readmission(tmp_path / "b", ((0, 60, 9, 70),)), method="MH")
    assert np.isfinite(pool(readmission(tmp_path / "c", ((0, 60, 9, 70),)), method="MH-REVMAN").estimate)


def test_an_estimate_without_counts_is_no_part_of_the_pool_of_events(tmp_path):
    row = sizes(50, 50, outcome="readmission", instrument="admission", trial="extra2015s", effect_measure="RR")
    row |= {"estimate": 0.8, "ci_lower": 0.5, "ci_upper": 1.28}
    counted = [events(*own, trial=f"trial{2001 + i}s") for i, own in enumerate(ROWS)]
    effects = compute_effects(build_evidence(tmp_path, [*counted, row]), "readmission")
    assert pool(effects).k == 5
    assert pool(effects, method="MH").k == 4
    assert "extra2015s" not in set(leave_one_out(effects, method="MH").table["trial"])
    assert "1 without counts to pool" in pooled_text(pool(effects, method="MH"))
    said = describe_outcome(pool(effects, method="MH")).reservations
    assert "Not in the pool: 1 more trial with an effect that does not come from counts" in " ".join(said)
