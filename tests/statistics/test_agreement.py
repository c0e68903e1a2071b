"""Coefficients of agreement against irrCAC, krippendorff, scikit-learn, vcd and the printed examples."""

import json
from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest
from scipy.stats import t as student

from builders.references import load_reference
from synthesis.answers.agreement import agreement_of_frame, coder_agreement
from synthesis.errors import ChoiceError, DataError, NotEstimableError
from synthesis.statistics.agreement import rater_agreement
from synthesis.statistics.agreement.coefficients import (
    kappa,
    krippendorff_alpha,
    nominal_metric,
    quadratic_weights,
    rating_coefficients,
    tally,
)
from synthesis.statistics.agreement.intervals import linearised_variance, score_interval, total

CLOSED_FORM = 1e-10
PRINTED_3DP = 5e-4
PRINTED_5DP = 5e-6
NAN = np.nan

ORACLE = load_reference("agreement_oracle")["tables"]
VCD = load_reference("agreement")["tables"]
RATED = ("percent", "kappa", "weighted_kappa", "gwet_ac1", "gwet_ac2", "krippendorff_alpha")
REPORTING = ("reporting_percent", "reporting_kappa", "reporting_gwet_ac1")


def from_table(counts):
    return np.array([(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)], dtype=float)


def ratings_of(name):
    return np.array(ORACLE[name]["ratings"], dtype=float), ORACLE[name]["categories"]


def frame(*rows):
    return pd.DataFrame(rows, columns=["trial", "arm", "component", "coder", "rating"])


@pytest.mark.parametrize("name", ORACLE)
def test_coefficients_and_standard_errors_equal_irrcac(name):
    ratings, categories = ratings_of(name)
    found = rater_agreement(ratings, categories=categories).coefficients
    expected = ORACLE[name]["irrCAC"]
    assert found["percent"].estimate == pytest.approx(100 * expected["percent"], abs=CLOSED_FORM)
    for coefficient in ("kappa", "weighted_kappa", "gwet_ac1", "gwet_ac2"):
        assert found[coefficient].estimate == pytest.approx(expected[coefficient]["estimate"], abs=CLOSED_FORM)
        assert found[coefficient].se == pytest.approx(expected[coefficient]["se"], rel=CLOSED_FORM)


@pytest.mark.parametrize("name", ORACLE)
def test_alpha_equals_the_krippendorff_package(name):
    ratings, categories = ratings_of(name)
    expected = ORACLE[name]["krippendorff"]
    found = rater_agreement(ratings, categories=categories).coefficients["krippendorff_alpha"]
    assert found.estimate == pytest.approx(expected["ordinal"], abs=CLOSED_FORM)
    nominal = krippendorff_alpha(total(tally(ratings, categories)), nominal_metric)
    assert float(nominal.value) == pytest.approx(expected["nominal"], abs=CLOSED_FORM)


@pytest.mark.parametrize("name", [name for name in ORACLE if "sklearn" in ORACLE[name]])
def test_kappas_of_two_coders_equal_scikit_learn(name):
    ratings, categories = ratings_of(name)
    found = rater_agreement(ratings, categories=categories).coefficients
    for coefficient, expected in ORACLE[name]["sklearn"].items():
        assert found[coefficient].estimate == pytest.approx(expected, abs=CLOSED_FORM)


@pytest.mark.parametrize("name", VCD)
@pytest.mark.parametrize("weights", ["kappa", "own_weights", "quadratic"])
def test_kappa_and_its_standard_error_equal_vcd(name, weights):
    table = VCD[name]
    parts = tally(from_table(table["counts"]), (0, 1, 2))
    n = len(parts.shares)
    matrix = {"kappa": np.eye(3), "own_weights": np.array(table["weights"]), "quadratic": quadratic_weights(3)}[weights]

    def statistic(tallies):
        return kappa(tallies, matrix)

    assert float(statistic(total(parts)).value) == pytest.approx(table[weights]["estimate"], abs=CLOSED_FORM)
    # Fleiss, Cohen and Everitt divide by n where Gwet, and we, divide by n - 1.
    se = np.sqrt(linearised_variance(statistic, parts) * (n - 1) / n)
    assert se == pytest.approx(table[weights]["se"], rel=CLOSED_FORM)


def test_printed_kappas_of_cohen_1968_are_reproduced():
    whole = total(tally(from_table(VCD["cohen1968"]["counts"]), (0, 1, 2)))
    assert float(kappa(whole, np.eye(3)).value) == pytest.approx(0.492, abs=PRINTED_3DP)
    assert float(kappa(whole, np.array(VCD["cohen1968"]["weights"])).value) == pytest.approx(0.348, abs=PRINTED_3DP)


def test_printed_alphas_of_krippendorff_2011_are_reproduced():
    # Computing Krippendorff's Alpha-Reliability, examples C and D: four observers, twelve units, seven gaps.
    observers = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
    ratings = np.array([[NAN if mark == "." else float(mark) for mark in row] for row in observers]).T
    assert float(krippendorff_alpha(total(tally(ratings, range(1, 6))), nominal_metric).value) == pytest.approx(
        0.743, abs=PRINTED_3DP
    )
    found = rater_agreement(ratings, categories=range(1, 6)).coefficients["krippendorff_alpha"]
    assert found.estimate == pytest.approx(0.815, abs=PRINTED_3DP)


def test_printed_coefficients_of_gwets_handbook_are_reproduced():
    # The handbook's example as the vignette of irrCAC prints it: here a unit with one rating informs chance agreement.
    ratings, categories = ratings_of("handbook")
    whole = total(tally(ratings, categories))
    printed = {"percent": 0.8181818, "kappa": 0.76282, "gwet_ac1": 0.77544}
    for name, expected in printed.items():
        value = float(rating_coefficients(5)[name].statistic(whole).value)
        assert value == pytest.approx(expected, abs=PRINTED_5DP)
    assert float(krippendorff_alpha(whole, nominal_metric).value) == pytest.approx(0.74342, abs=PRINTED_5DP)
    assert float(rating_coefficients(5)["gwet_ac2"].statistic(whole).value) == pytest.approx(
        ORACLE["handbook"]["all_units"]["gwet_ac2"]["estimate"], abs=CLOSED_FORM
    )


def test_kappa_paradox_of_feinstein_and_cicchetti_spares_ac1():
    # Both tables agree on 85 of 100; the printed kappas are 0.70 and 0.32.
    even, lopsided = (
        rater_agreement(from_table(t), categories=(0, 1)) for t in ([[40, 9], [6, 45]], [[80, 10], [5, 5]])
    )
    assert even.coefficients["kappa"].estimate == pytest.approx(0.70, abs=5e-3)
    assert lopsided.coefficients["kappa"].estimate == pytest.approx(0.32, abs=5e-3)
    assert lopsided.coefficients["gwet_ac1"].estimate > even.coefficients["gwet_ac1"].estimate


def test_weights_are_those_of_the_literature():
    # Gwet's ordinal weights for three categories and Cohen's quadratic ones, as irrCAC's Weights prints them.
    disagreeing = from_table([[5, 1, 0], [0, 5, 0], [0, 0, 5]])
    far = from_table([[5, 0, 1], [0, 5, 0], [0, 0, 5]])
    formulas = rating_coefficients(3)
    for name, near_weight in (("gwet_ac2", 2 / 3), ("weighted_kappa", 3 / 4)):
        statistic = formulas[name].statistic
        assert float(statistic(total(tally(disagreeing, (0, 1, 2)))).observed) == pytest.approx((15 + near_weight) / 16)
        assert float(statistic(total(tally(far, (0, 1, 2)))).observed) == pytest.approx(15 / 16)


def test_reporting_is_judged_apart_from_the_ratings():
    # Perfect where both rate, yet on half of the units only one coder finds anything.
    found = rater_agreement([[2, 2], [1, 1], [0, 0], [2, NAN], [1, NAN], [NAN, 2], [NAN, NAN], [NAN, NAN]])
    assert (found.n, found.n_units) == (3, 8)
    assert (found.n_both_reported, found.n_split_reported, found.n_neither_reported) == (3, 3, 2)
    assert found.coefficients["percent"].estimate == 100
    assert found.coefficients["reporting_percent"].estimate == pytest.approx(62.5)
    # Cross-table of reported: 3 both, 2 and 1 split, 2 neither: kappa (0.625 - 0.5) / (1 - 0.5).
    assert found.coefficients["reporting_kappa"].estimate == pytest.approx(0.25)


def test_a_coder_who_did_not_look_is_not_one_who_found_nothing():
    ratings = [[2, 2, NAN], [1, 1, NAN], [0, NAN, NAN]]
    looked = [[True, True, False], [True, True, False], [True, True, True]]
    found = rater_agreement(ratings, looked=looked)
    assert (found.n_both_reported, found.n_split_reported) == (2, 1)
    assert rater_agreement(ratings).n_split_reported == 3


def test_one_category_leaves_kappa_undefined_and_ac1_perfect():
    found = rater_agreement(np.full((12, 2), 2.0)).coefficients
    for name in ("kappa", "weighted_kappa", "krippendorff_alpha"):
        assert np.isnan([found[name].estimate, found[name].ci_lb, found[name].ci_ub]).all()
        assert "one category" in found[name].reason
    # Clopper and Pearson's lower bound for 12 of 12.
    for name, scale in (("percent", 100), ("gwet_ac1", 1), ("gwet_ac2", 1)):
        assert (found[name].estimate, found[name].ci_ub) == (scale, scale)
        assert found[name].ci_lb == pytest.approx(scale * 0.025 ** (1 / 12))
        assert found[name].interval == "exact"


def test_perfect_agreement_keeps_an_interval_with_width_that_shrinks_with_n():
    few, many = (rater_agreement(np.tile([[0, 0], [1, 1], [2, 2]], (times, 1))).coefficients for times in (3, 30))
    for name in RATED:
        assert few[name].ci_lb < many[name].ci_lb < few[name].ci_ub
        assert np.isnan(few[name].se)


def test_no_agreement_at_all_keeps_an_interval_with_width():
    found = rater_agreement([[0, 2], [2, 0], [0, 2], [2, 0]]).coefficients
    assert found["percent"].estimate == 0
    assert found["percent"].ci_ub == pytest.approx(100 * (1 - 0.025 ** (1 / 4)))
    assert found["kappa"].ci_ub > found["kappa"].estimate == pytest.approx(-1)


@pytest.mark.parametrize("ratings", [np.empty((0, 2)), [[NAN, NAN], [2, NAN]], [[2], [1]], np.empty((0, 0))])
def test_nothing_rated_twice_gives_no_number_and_says_so(ratings):
    found = rater_agreement(ratings)
    assert found.n == found.n_coders == found.n_clusters == 0
    for name in RATED:
        assert np.isnan([found.coefficients[name].estimate, found.coefficients[name].ci_lb]).all()
    assert "no unit was rated by two coders" in found.notes
    assert "No unit has ratings from two coders" in str(found)


@pytest.mark.parametrize(("pair", "percent"), [([1, 1], 100), ([1, 2], 0)])
def test_a_single_unit_gives_a_percentage_and_nothing_corrected_for_chance(pair, percent):
    found = rater_agreement([pair, [NAN, NAN]])
    assert found.coefficients["percent"].estimate == percent
    assert found.coefficients["percent"].ci_ub - found.coefficients["percent"].ci_lb == pytest.approx(97.5)
    assert all(np.isnan(found.coefficients[name].estimate) for name in RATED[1:])
    assert "single unit" in found.notes


def test_one_trial_gives_estimates_without_intervals():
    found = rater_agreement([[0, 0], [1, 2], [2, 2]], clusters=["a", "a", "a"]).coefficients["kappa"]
    assert not np.isnan(found.estimate)
    assert np.isnan([found.se, found.ci_lb, found.ci_ub]).all()
    assert found.interval == "none"
    assert "single trial" in found.reason


def test_a_coder_who_gives_one_rating_only_gets_kappa_zero_without_an_interval():
    found = rater_agreement([[2, 2], [2, 2], [2, 2], [1, 2]]).coefficients
    assert found["kappa"].estimate == pytest.approx(0)
    assert np.isnan([found["kappa"].se, found["kappa"].ci_lb, found["kappa"].ci_ub]).all()
    assert "same value" in found["kappa"].reason
    assert found["gwet_ac1"].ci_lb < found["gwet_ac1"].estimate < found["gwet_ac1"].ci_ub


def test_a_coefficient_below_minus_one_has_no_interval():
    # Possible when units differ in their number of ratings; irrCAC gives this value too.
    found = rater_agreement([[NAN, 0, 2], [1, 1, 1]]).coefficients["weighted_kappa"]
    assert found.estimate == pytest.approx(-1.4)
    assert np.isnan([found.ci_lb, found.ci_ub]).all()
    assert "not above -1" in found.reason


def test_copies_of_a_unit_within_its_trial_add_no_certainty():
    ratings, _ = ratings_of("two_coders")
    trials = np.arange(len(ratings))
    once = rater_agreement(ratings, clusters=trials).coefficients
    thrice = rater_agreement(np.tile(ratings, (3, 1)), clusters=np.tile(trials, 3)).coefficients
    naive = rater_agreement(np.tile(ratings, (3, 1))).coefficients
    for name in RATED[:-1]:
        assert thrice[name].estimate == pytest.approx(once[name].estimate)
        assert thrice[name].ci_lb == pytest.approx(once[name].ci_lb)
        assert naive[name].se < 0.6 * once[name].se


def test_score_and_bootstrap_intervals_meet_in_large_samples():
    rng = np.random.default_rng(3)
    truth = rng.choice(3, size=(2000, 1))
    ratings = np.where(rng.random((2000, 2)) < 0.8, truth, rng.choice(3, size=(2000, 2))).astype(float)
    trials = np.repeat(np.arange(500), 4)
    score, bootstrap = (rater_agreement(ratings, clusters=trials, bootstrap=b).coefficients for b in (0, 2000))
    for name in RATED:
        width = score[name].ci_ub - score[name].ci_lb
        assert score[name].ci_lb == pytest.approx(bootstrap[name].ci_lb, abs=0.06 * width)
        assert score[name].ci_ub == pytest.approx(bootstrap[name].ci_ub, abs=0.06 * width)
        assert (score[name].interval, bootstrap[name].interval) == ("score", "bootstrap")


@pytest.mark.parametrize("lowest", [0, -1])
def test_score_interval_of_a_proportion_is_wilsons(lowest):
    wilson = binomtest(17, 20).proportion_ci(method="wilson")
    width = 1 - lowest
    lower, upper = score_interval(
        lowest + width * 0.85, width**2 * 0.85 * 0.15 / 20, clusters=10**9, level=0.95, lowest=lowest
    )
    assert lower == pytest.approx(lowest + width * wilson.low, abs=1e-7)  # t at a billion df for z
    assert upper == pytest.approx(lowest + width * wilson.high, abs=1e-7)


def test_score_interval_ends_where_the_estimate_is_t_standard_errors_away():
    estimate, variance, clusters = 0.7, 0.02, 6
    effective = (1 - estimate**2) / variance
    for bound in score_interval(estimate, variance, clusters=clusters, level=0.9, lowest=-1):
        distance = abs(estimate - bound) / np.sqrt((1 - bound**2) / effective)
        assert distance == pytest.approx(student.ppf(0.95, 5))


def test_bootstrap_follows_its_seed():
    ratings, _ = ratings_of("two_coders")
    first, again, other = (rater_agreement(ratings, bootstrap=200, seed=seed).to_dict() for seed in (1, 1, 2))
    assert first == again
    assert first["kappa_ci_lb"] != other["kappa_ci_lb"]


def test_intervals_hold_the_truth_where_the_usual_ones_fail():
    # 20 units, true AC1 0.95: most samples have no or one disagreement, and estimate +- t se has no or little width.
    rng = np.random.default_rng(7)
    cells = np.array([[i, j] for i in range(3) for j in range(3)], dtype=float)
    shares = np.array([0.2, 0.008, 0, 0.008, 0.43, 0.008, 0, 0.008, 0.338])
    scaled = tally(cells, (0, 1, 2)).each(lambda part: 1e9 * shares.reshape(-1, *[1] * (part.ndim - 1)) * part)
    true = {name: float(formula.statistic(total(scaled)).value) for name, formula in rating_coefficients(3).items()}
    names, samples, n = RATED[1:], 300, 20
    held, usual = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for _ in range(samples):
        found = rater_agreement(cells[rng.choice(9, size=n, p=shares)]).coefficients
        for name in names:
            half = student.ppf(0.975, n - 1) * np.nan_to_num(found[name].se)
            held[name] += found[name].ci_lb <= true[name] <= found[name].ci_ub
            usual[name] += abs(found[name].estimate - true[name]) <= half
    assert min(held.values()) > 0.92 * samples
    assert max(usual.values()) < 0.60 * samples


def test_the_committed_simulation_shows_near_nominal_coverage():
    designs = load_reference("agreement_coverage")
    scores = [entry["score"][0] for design in designs for entry in design["coefficients"].values() if design["n"] >= 20]
    usual = [entry["linearised"][0] for design in designs for entry in design["coefficients"].values()]
    assert min(scores) > 0.92
    assert min(usual) < 0.40


ANY_RATINGS = arrays(float, st.tuples(st.integers(0, 12), st.integers(1, 4)), elements=st.sampled_from([0, 1, 2, NAN]))


@given(ANY_RATINGS)
@settings(deadline=None)
def test_every_number_is_in_range_or_explained(ratings):
    found = rater_agreement(ratings)
    for name, entry in found.coefficients.items():
        top, bottom = (100, 0) if name.endswith("percent") else (1, -1)
        if np.isnan(entry.estimate) or np.isnan(entry.ci_lb):
            assert entry.reason
            assert entry.interval == "none"
            assert np.isnan([entry.ci_lb, entry.ci_ub]).all()
        else:
            assert bottom - 1e-9 <= entry.ci_lb <= entry.estimate + 1e-9
            assert entry.estimate - 1e-9 <= entry.ci_ub <= top + 1e-9
    assert found.n_both_reported + found.n_split_reported + found.n_neither_reported == found.n_units


@given(ANY_RATINGS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_order_of_units_and_coders_is_irrelevant(ratings, random):
    rows, columns = list(range(ratings.shape[0])), list(range(ratings.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    plain, shuffled = (rater_agreement(r).to_dict() for r in (ratings, ratings[rows][:, columns]))
    assert plain.pop("notes") == shuffled.pop("notes")
    np.testing.assert_allclose(list(plain.values()), list(shuffled.values()), atol=1e-7)


@given(ANY_RATINGS)
@settings(deadline=None)
def test_turning_the_scale_round_changes_nothing(ratings):
    plain, turned = (rater_agreement(r).to_dict() for r in (ratings, 2 - ratings))
    plain.pop("notes"), turned.pop("notes")
    np.testing.assert_allclose(list(plain.values()), list(turned.values()), atol=1e-7)


def test_wrong_arguments_are_refused_with_the_reason():
    with pytest.raises(ChoiceError, match=r"rating 3\.0 does not exist\..* Choose one of: 0, 1, 2"):
        rater_agreement([[0, 3]])
    with pytest.raises(NotEstimableError, match="units by coders"):
        rater_agreement([0, 1, 2])
    with pytest.raises(NotEstimableError, match="between 0 and 1"):
        rater_agreement([[0, 1]], level=95)
    with pytest.raises(NotEstimableError, match="two or more different categories"):
        rater_agreement([[1, 1]], categories=[1])
    with pytest.raises(NotEstimableError, match="one label per unit"):
        rater_agreement([[0, 1]], clusters=["a", "b"])


CODES = frame(
    ("smith2020peer", "peer", "trust", "ann", 2),
    ("smith2020peer", "peer", "trust", "bob", 2),
    ("smith2020peer", "group", "trust", "ann", 1),
    ("smith2020peer", "group", "trust", "bob", 2),
    ("müller2021", "peer", "trust", "ann", 0),
    ("müller2021", "peer", "trust", "bob", 0),
    ("müller2021", "peer", "trust", "consensus", 1),
    ("wu2022", "peer", "trust", "ann", 1),
    ("wu2022", "peer", "trust", "bob", NAN),
    ("smith2020peer", "peer", "story", "ann", NAN),
    ("smith2020peer", "peer", "story", "bob", NAN),
    ("wu2022", "peer", "story", "ann", 2),
)


def test_table_follows_the_codebook_and_leaves_consensus_out():
    table = agreement_of_frame(CODES, ["story", "bridging", "trust"])
    assert table.components["component"].tolist() == ["story", "bridging", "trust"]
    assert table.coders == ("ann", "bob")
    trust = table.components.set_index("component").loc["trust"]
    assert (trust["n"], trust["n_coders"], trust["n_trials"], trust["n_units"]) == (3, 2, 2, 4)
    assert trust["percent"] == pytest.approx(200 / 3)
    assert (trust["n_both_reported"], trust["n_split_reported"], trust["n_neither_reported"]) == (3, 1, 0)


def test_a_missing_row_is_not_a_finding_but_an_empty_one_is():
    story = agreement_of_frame(CODES, ["story"]).components.set_index("component").loc["story"]
    assert (story["n"], story["n_units"], story["n_neither_reported"]) == (0, 1, 1)


def test_components_without_codes_stay_with_a_reason_and_unlisted_ones_come_last():
    table = agreement_of_frame(CODES, ["bridging"])
    assert table.components["component"].tolist() == ["bridging", "trust", "story"]
    bridging = table.components.iloc[0]
    assert bridging["n"] == bridging["n_units"] == 0
    assert np.isnan(bridging["kappa"])
    assert "no unit was rated by two coders" in bridging["notes"]


def test_overall_pools_components_with_trials_as_clusters():
    table = agreement_of_frame(CODES, ["trust", "story"])
    matrix = [[2, 2], [1, 2], [0, 0], [1, NAN], [NAN, NAN]]
    alone = rater_agreement(matrix, clusters=["smith", "smith", "müller", "wu", "smith"]).to_dict()
    assert table.overall["n_trials"] == 2
    for name in ("n", "kappa", "kappa_ci_lb", "gwet_ac2_ci_ub", "reporting_percent", "reporting_gwet_ac1"):
        assert table.overall[name] == pytest.approx(alone[name], nan_ok=True)


def test_row_order_and_extra_columns_are_irrelevant():
    plain = agreement_of_frame(CODES, ["trust", "story"])
    shuffled = agreement_of_frame(CODES.iloc[::-1].assign(basis="planned", row=9), ["trust", "story"])
    pd.testing.assert_frame_equal(plain.to_frame(), shuffled.to_frame())


def test_table_is_the_contracts_object_and_json():
    table = agreement_of_frame(CODES, ["trust", "story"])
    written = json.loads(json.dumps(table.to_dict()))
    promised = {"n", "percent", "kappa", "weighted_kappa", "gwet_ac1", "gwet_ac2", "krippendorff_alpha"}
    assert promised | {"component"} <= set(written["components"][0])
    assert promised <= set(written["overall"])
    for name in (*RATED, *REPORTING):
        assert {name, f"{name}_ci_lb", f"{name}_ci_ub"} <= set(written["overall"])
    assert table.to_frame()["component"].tolist() == ["trust", "story", "overall"]


def test_results_are_frozen_and_hand_out_copies():
    table = agreement_of_frame(CODES, ["trust"])
    with pytest.raises(FrozenInstanceError):
        table.level = 0.9
    given, record = table.to_frame(), table.to_dict()
    given.loc[0, "n"] = record["overall"]["n"] = record["components"][0]["n"] = 99
    assert table.components.loc[0, "n"] == table.overall["n"] == 3


def test_results_say_themselves_in_a_line_and_a_table():
    table = agreement_of_frame(CODES, ["trust", "story"])
    assert str(table).startswith("2 coders, 3 codes rated by two or more in 2 trials: 67% agree, AC2 ")
    assert "<table" in table._repr_html_()
    one = rater_agreement([[2, 2], [1, 2], [0, 0]])
    assert str(one).startswith("2 coders, 3 units rated by two or more: percent 66.7 [")
    assert one.to_frame()["coefficient"].tolist() == [*RATED, *REPORTING]


def test_evidence_is_read_by_its_components_and_codebook():
    known = {"component": ["trust", "story"], "label": ["Trust", "Own story"], "mechanism": ["trust", "role_modelling"]}
    codebook = SimpleNamespace(components=pd.DataFrame(known))
    table = coder_agreement(SimpleNamespace(components=CODES, codebook=codebook), level=0.9)
    pd.testing.assert_frame_equal(table.components, agreement_of_frame(CODES, ["trust", "story"], level=0.9).components)
    assert table.level == 0.9
    assert table.labels == {"trust": "Trust", "story": "Own story"}
    assert table.mechanisms == {"trust": "trust", "story": "role_modelling"}


@pytest.mark.parametrize("order", [[], ["trust"]])
def test_no_codes_at_all_is_an_empty_table_not_a_crash(order):
    table = agreement_of_frame(CODES.iloc[:0], order)
    assert table.components["component"].tolist() == order
    assert table.overall["n"] == 0
    assert "No component of any arm" in str(table)
    assert table.to_frame()["component"].tolist() == [*order, "overall"]


def test_one_coder_alone_gives_no_agreement():
    table = agreement_of_frame(CODES[CODES["coder"] == "ann"], ["trust"])
    assert (table.coders, table.overall["n"], table.overall["n_units"]) == (("ann",), 0, 0)


def test_rows_that_cannot_be_used_are_all_named():
    broken = frame(
        ("wu2022", "peer", "trust", "ann", 3),
        ("wu2022", "peer", "story", "ann", 1),
        ("wu2022", "peer", "story", "ann", 2),
        ("wu2022", "peer", "hope", None, 2),
    ).assign(row=[2, 3, 4, 5])
    with pytest.raises(DataError) as caught:
        agreement_of_frame(broken, ["trust"])
    places = {(finding.row, finding.column) for finding in caught.value.findings}
    assert places == {(2, "rating"), (3, "component"), (4, "component"), (5, "coder")}
    assert "trials/wu2022/components.csv row 2, rating: trust of arm peer" in str(caught.value)
