"""The joint model of all outcomes: on the shipped trials as R finds it, and its rules on small invented roots."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from builders.references import load_reference
from builders.roots import INSTRUMENTS, OUTCOMES, events, means
from synthesis.answers.coverage import all_effects
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.joint import design_of, fit_joint, gather_effects, joint, known_in
from synthesis.answers.joint_statement import describe_joint
from synthesis.answers.verdicts import Association
from synthesis.choices import SCORE
from synthesis.effects import compute_effects
from synthesis.errors import ChoiceError, NotEstimableError
from synthesis.evidence import load_evidence
from synthesis.results import to_json
from synthesis.statistics.distributions import t_quantile
from synthesis.statistics.multilevel import che
from synthesis.wording import number

ROOT = Path(__file__).parents[2]
VALID = ROOT / "tests" / "trials" / "valid"
REFERENCE = load_reference("joint")
CHANGED = (
    "The shipped data changed: {what}. Run Rscript tests/reference/joint.R again, then say in CHANGELOG what moved."
)
QUICK = {"permutations": 99}
COLUMNS = ["outcome", "trial", "intervention_arm", "comparator_arm"]


@pytest.fixture(scope="module")
def shipped():
    return load_evidence(ROOT / "data", references=ROOT / "references.bib")


@pytest.fixture(scope="module")
def shipped_scores(shipped):
    return score_fidelity(shipped)


@pytest.fixture(scope="module")
def shipped_effects(shipped):
    return all_effects(shipped)


@pytest.fixture(scope="module")
def same_data(shipped, shipped_scores, shipped_effects):
    """Fail in one sentence where R was run on other data than these."""
    grid = shipped_scores.ratings.set_index(["trial", "arm", "component"])
    rows = shipped.components.join(grid[["role", "mechanism"]], on=["trial", "arm", "component"])
    lines = sorted(
        "|".join([*row[:-1], "" if pd.isna(row[-1]) else f"{row[-1]:.6g}"])
        for row in rows[["trial", "arm", "role", "component", "mechanism", "coder", "rating"]].itertuples(index=False)
    )
    digest = hashlib.md5("".join(f"{line}\n" for line in lines).encode(), usedforsecurity=False).hexdigest()
    kept = REFERENCE["identity"]
    if (len(lines), digest) != (kept["ratings"], kept["ratings_md5"]):
        pytest.fail(CHANGED.format(what="coders' ratings, arms' roles or mechanisms are others"), pytrace=False)
    now = gather_effects(shipped, effects=shipped_effects, scores=shipped_scores).set_index(COLUMNS)
    then = pd.DataFrame(REFERENCE["effects"]).set_index(COLUMNS)
    moved = set(now.index) ^ set(then.index)
    numbers = ["benefit", "vi", "year"]
    both = now.index.intersection(then.index)
    other = ~np.isclose(now.loc[both, numbers], then.loc[both, numbers], rtol=0, atol=1e-9).all(axis=1)
    moved |= set(both[other])
    if moved:
        named = "; ".join(" ".join(key[:2]) for key in sorted(moved)[:5])
        pytest.fail(CHANGED.format(what=f"{len(moved)} effects are others, such as {named}"), pytrace=False)


def characteristic(case):
    """Return the options of `joint` for a case of the reference, which names a score as its moderator."""
    is_score = case["moderator"] != "year"
    given = {"moderator": "fidelity", "score": case["moderator"]} if is_score else {"moderator": "year"}
    return given | {"beside": case["beside"], "rho": case["rho"]}


CASES = [
    pytest.param(case, id="-".join([case["moderator"], *case["beside"], f"{case['rho']:g}"]))
    for case in REFERENCE["joint"]
]


@pytest.mark.usefixtures("same_data")
@pytest.mark.parametrize("case", CASES)
def test_the_joint_model_equals_rma_mv_and_clubsandwich(case, shipped, shipped_effects, shipped_scores):
    found = joint(shipped, **characteristic(case), effects=shipped_effects, scores=shipped_scores, **QUICK)
    assert (found.k, found.trials, found.rho) == (case["k"], case["trials"], case["rho"])
    assert found.outcomes["own"].sum() + (~found.outcomes["own"]).any() == case["intercepts"]
    for names, error in (
        ({"slope": "slope", "tau2": "tau2", "omega2": "omega2", "pval": "pval"}, 1e-6),
        ({"se": "se_cr2", "se_model": "se_model", "ci_lb": "ci_lb", "ci_ub": "ci_ub"}, 1e-5),
        ({"df": "df"}, 1e-3),
    ):
        for ours, theirs in names.items():
            assert getattr(found, ours) == pytest.approx(case[theirs], abs=error, rel=0), ours
    row = found.grid.set_index("rho").loc[case["rho"]]
    assert (row["slope"], row["se"], row["negative"]) == (found.slope, found.se, case["negative"])
    equal, wanted = found.equal_slopes, case["equal_slopes"]
    assert equal.df_num == wanted["df_num"] == len(wanted["outcomes"]) - 1
    assert (equal.F, equal.df_denom) == pytest.approx((wanted["F"], wanted["df_denom"]), abs=1e-3, rel=0)
    assert equal.pval == pytest.approx(wanted["pval"], abs=1e-5)


@pytest.mark.usefixtures("same_data")
@pytest.mark.parametrize("case", REFERENCE["primary"], ids=lambda case: case["score"])
def test_the_primary_hypothesis_equals_rma(case, shipped_effects, shipped_scores):
    found = fidelity_slope(shipped_effects[case["outcome"]], shipped_scores, score=case["score"], **QUICK)
    assert found.k == case["k"]
    for name in ("slope", "se", "ci_lb", "ci_ub", "pval", "intercept", "tau2"):
        assert getattr(found, name) == pytest.approx(case[name], abs=1e-7, rel=0), name


@pytest.mark.usefixtures("same_data")
@pytest.mark.parametrize("which", ["scores", "invented_scores"])
def test_scores_of_every_intervention_arm_are_rs(which, shipped_scores):
    invented = VALID / "data"
    scores = shipped_scores
    if which == "invented_scores":  # with a consensus, which the shipped trials have none of
        scores = score_fidelity(load_evidence(invented, references=VALID / "references.bib"))
    arms = scores.arms[scores.arms["role"].eq("intervention")].set_index(["trial", "arm"]).sort_index()
    wanted = pd.DataFrame(REFERENCE[which]).set_index(["trial", "arm"]).sort_index()
    assert list(arms.index) == list(wanted.index)
    for ours, theirs in (("fidelity", "described"), ("calibrated", "calibrated")):
        np.testing.assert_allclose(arms[ours].astype(float), wanted[theirs].astype(float), atol=1e-12)


@pytest.mark.usefixtures("same_data")
def test_words_use_the_larger_of_the_robust_and_the_models_standard_error(shipped, shipped_effects, shipped_scores):
    larger = set()
    for rho in (0.4, 0.6):
        found = joint(shipped, rho=rho, score="described", effects=shipped_effects, scores=shipped_scores, **QUICK)
        larger.add("model" if found.se_model > found.se else "robust")
        half = t_quantile(0.975, found.df) * max(found.se, found.se_model)
        assert (found.ci_lb_wider, found.ci_ub_wider) == pytest.approx((found.slope - half, found.slope + half))
        assert found.ci_lb == pytest.approx(found.slope - t_quantile(0.975, found.df) * found.se)
        assert f"[{number(found.ci_lb_wider)}, {number(found.ci_ub_wider)}]" in str(found)
        kept = found.to_dict()
        assert kept["ci_lb"] >= kept["ci_lb_wider"]
    assert larger == {"model", "robust"}


# Invented trials: recovery in all, symptoms (lower is better) in every second, as much for the better as recovery.
NAMES = [f"ash{2001 + i}sample" for i in range(12)]
RATED = [(i * 5) % 12 / 12 for i in range(12)]


def ratings(names=NAMES):
    one = {
        trial: {"peer": {"sharing": 2 if i % 3 else 1, "example": (i * 5) % 3, "linkage": i % 2, "network": None}}
        for i, trial in enumerate(names)
    }
    one[names[0]]["peer"]["network"] = 2
    return one


def recovery(names=NAMES):
    return [means(10 + RATED[i % 12] * 2 + (i % 4) / 3, 3, 40 + i, 10, 3, 40, trial=n) for i, n in enumerate(names)]


def symptoms(names=NAMES[::2]):
    place = {name: i for i, name in enumerate(NAMES)}
    return [
        means(10, 3, 40, 10 + RATED[place[n]] * 2 + place[n] % 3 / 2, 3, 40, outcome="symptoms", trial=n) for n in names
    ]


@pytest.fixture(scope="module")
def twelve(small):
    return small(recovery() + symptoms(), ratings=ratings())


def test_an_outcome_on_which_lower_is_better_is_turned(twelve, small):
    found = joint(twelve, **QUICK)
    assert (found.k, found.trials) == (18, 12)
    frame = found.frame.set_index(["outcome", "trial"])
    own = all_effects(twelve)["symptoms"].frame.set_index("trial")["yi"]
    np.testing.assert_allclose(frame.loc["symptoms", "benefit"].loc[own.index], -own)
    assert (own <= 0).all()
    flipped = [row | {"better": {"lower": "higher"}.get(row["better"], row["better"])} for row in OUTCOMES]
    scales = [row | ({"better": "higher"} if row["instrument"] == "Symptom Scale" else {}) for row in INSTRUMENTS]
    other = small(recovery() + symptoms(), ratings=ratings(), outcomes=flipped, instruments=scales)
    assert joint(other, **QUICK).slope != pytest.approx(found.slope, abs=0.01)


def test_the_model_is_che_of_the_benefit_on_outcomes_and_the_characteristic(twelve):
    found = joint(twelve, beside=["year"], score="described", **QUICK)
    frame = found.frame
    X = np.column_stack([frame["outcome"].eq("symptoms"), frame["year"], frame["x"]]).astype(float)
    fit = che(frame["benefit"], frame["vi"], frame["trial"], X)
    assert found.slope == pytest.approx(fit.beta[-1])
    assert (found.se, found.df, found.tau2, found.omega2) == pytest.approx(
        (fit.se[-1], fit.df[-1], fit.tau2, fit.omega2), rel=1e-6
    )
    np.testing.assert_allclose(frame["weight"] @ frame["benefit"], found.slope)
    scores = score_fidelity(twelve).arms.set_index("trial")["fidelity"]
    np.testing.assert_allclose(frame["x"], frame["trial"].map(scores))
    values = frame.drop_duplicates("trial")["x"]
    assert (found.least, found.most, found.span) == (values.min(), values.max(), np.ptp(values))
    assert found.iqr == pytest.approx(values.quantile(0.75) - values.quantile(0.25))


def test_outcomes_of_one_or_two_trials_share_an_average(small):
    outcomes = [
        *OUTCOMES,
        *(
            {"outcome": name, "label": name.capitalize(), "role": "process", "measure": "SMD", "better": "higher"}
            for name in ("hope", "empowerment", "other")
        ),
    ]
    instruments = [
        *INSTRUMENTS,
        *({"instrument": f"{name} scale", "outcome": name, "better": "higher"} for name in ("hope", "empowerment")),
        {"instrument": "other scale", "outcome": "other", "better": "higher"},
    ]
    rare = [
        means(11 + i, 3, 40, 10, 3, 40, outcome=name, instrument=f"{name} scale", trial=NAMES[i])
        for name, i in (("hope", 0), ("hope", 1), ("empowerment", 2), ("other", 3), ("other", 4), ("other", 5))
    ]
    evidence = small(recovery() + rare, ratings=ratings(), outcomes=outcomes, instruments=instruments)
    found = joint(evidence, score="described", **QUICK)
    table = found.outcomes.set_index("outcome")
    assert table["own"].to_dict() == {"recovery": True, "hope": False, "empowerment": False, "other": True}
    assert table["trials"].to_dict() == {"recovery": 12, "hope": 2, "empowerment": 1, "other": 3}
    frame = found.frame
    shared, third = frame["outcome"].isin(["hope", "empowerment"]), frame["outcome"].eq("other")
    fit = che(frame["benefit"], frame["vi"], frame["trial"], np.column_stack([shared, third, frame["x"]]).astype(float))
    assert (found.slope, found.se) == pytest.approx((fit.beta[-1], fit.se[-1]))


def test_ratios_events_and_outcomes_without_a_settled_direction_are_left_out(small, twelve):
    unsettled = [row | ({"better": "unsettled"} if row["outcome"] == "symptoms" else {}) for row in OUTCOMES]
    admitted = [events(5 + i % 3, 40, 9, 40, trial=name) for i, name in enumerate(NAMES)]
    days = [means(5, 3, 40, 6, 3, 40, outcome="bed_days", trial=name) for name in NAMES]
    scales = [row | ({"better": "unsettled"} if row["instrument"] == "Symptom Scale" else {}) for row in INSTRUMENTS]
    scales = [row for row in scales if row["instrument"] != "Wellness Scale"]
    rows = recovery() + symptoms() + admitted + days
    whole = small(rows, ratings=ratings(), outcomes=unsettled, instruments=scales)
    found = joint(whole, **QUICK)
    assert set(found.frame["outcome"]) == {"recovery"}
    only = joint(twelve, outcomes=["recovery"], **QUICK)
    assert found.slope == pytest.approx(only.slope)
    for outcomes in (["bed_days"], ["readmission", "symptoms"], []):
        with pytest.raises(NotEstimableError, match="No outcome of these has a standardised effect"):
            joint(whole, outcomes=outcomes)


def test_an_outcome_named_twice_counts_once(twelve):
    twice = joint(twelve, outcomes=["recovery", "symptoms", "recovery"], **QUICK)
    assert (twice.k, twice.slope) == (18, joint(twelve, **QUICK).slope)


def test_alone_and_beside_are_read_on_the_same_trials(small):
    weeks = {name: {"peer": {"duration_weeks": 10 + 3 * (i % 5)}} for i, name in enumerate(NAMES[:9])}
    evidence = small(recovery() + symptoms(), ratings=ratings(), arms=weeks)
    found = joint(evidence, beside=["weeks"], **QUICK)
    assert (found.trials, set(found.frame["trial"])) == (9, set(NAMES[:9]))
    nine = [row for row in recovery() + symptoms() if row["trial"] in NAMES[:9]]
    scores = score_fidelity(evidence)
    alone = joint(small(nine, ratings=ratings(), arms=weeks), scores=scores, **QUICK)
    assert alone.trials == 9
    assert (found.alone, found.alone_lb, found.alone_ub) == pytest.approx(
        (alone.slope, alone.ci_lb_wider, alone.ci_ub_wider)
    )
    assert found.alone != pytest.approx(joint(evidence, **QUICK).slope, abs=1e-3)
    assert np.isnan([alone.alone, alone.alone_lb, alone.alone_ub]).all()


def test_fewer_than_ten_trials_a_characteristic_are_withheld_but_kept_in_the_numbers(twelve):
    alone, two = joint(twelve, **QUICK), joint(twelve, beside=["year"], **QUICK)
    assert alone.withheld == ()
    assert two.withheld == ("slope_below_ten_trials",)
    assert (alone.is_testable, two.is_testable) == (True, False)
    assert two.association is Association.DESCRIPTIVE
    assert str(two).endswith("not testable, 18 effects of 12 trials")
    kept = two.to_dict()
    assert kept["withheld"] == ["slope_below_ten_trials"]
    assert np.isfinite([kept[name] for name in ("slope", "se", "ci_lb", "ci_ub_wider", "pval_permutation")]).all()
    shown = two.shown().set_index("")[two.label]
    assert (shown["Per unit (95% CI)"], shown["Verdict"]) == ("", "not testable")


def frame_of(benefit, x, vi=0.04, trial=None, **columns):
    """Return gathered effects of one outcome, one a trial unless told otherwise."""
    k = len(benefit)
    trial = [f"trial{i:02d}" for i in range(k)] if trial is None else trial
    given = {"trial": trial, "label": trial, "outcome": "recovery", "outcome_label": "Personal recovery"}
    return pd.DataFrame(given | {"benefit": benefit, "vi": vi, "year": x} | columns, index=range(k))


def test_below_four_degrees_of_freedom_there_is_a_bootstrap_and_never_a_verdict():
    """Two trials of 25 are unlike the others and far above them: the interval and the permutation both say so."""
    x = np.array([1.0, 1.0] + [0.0] * 23)
    found = fit_joint(frame_of(4 * x + np.linspace(-0.2, 0.2, 25), x), "year")
    assert found.df < 4
    assert found.ci_lb_wider > 0
    assert found.pval_permutation < 0.05
    assert found.withheld == ("df_below_four",)
    assert found.association is Association.DESCRIPTIVE
    assert (found.bootstrap.permutations, found.bootstrap.exact) == (10_000, False)
    assert found.to_dict()["pval_bootstrap"] == found.bootstrap.pval
    even = fit_joint(frame_of(np.linspace(-0.2, 0.2, 25), np.arange(25.0) % 7), "year", **QUICK)
    assert even.df > 4
    assert even.bootstrap is None
    assert np.isnan(even.pval_bootstrap)


def unequal(v1, v2):
    """Return twelve trials, four with two outcomes of one size and of unequal variances."""
    trial = [f"trial{i:02d}" for i in (*range(12), *range(4))]
    x = [(i * 5) % 12 / 10 for i in (*range(12), *range(4))]
    benefit = [0.2 + 0.02 * (i % 5) for i in (*range(12), *range(4))]
    outcome = ["recovery"] * 12 + ["hope"] * 4
    vi = [v1] * 4 + [0.04] * 8 + [v2] * 4
    return frame_of(benefit, x, vi, trial, outcome=outcome, outcome_label=outcome)


def negative_weights(frame, rho):
    """Count the effects that would weigh less than nothing in an average of all, by one whole covariance matrix."""
    outcome = frame["outcome"].eq("hope").to_numpy(float)
    fit = che(frame["benefit"], frame["vi"], frame["trial"], np.column_stack([outcome, frame["year"]]), rho=rho)
    v, same = frame["vi"].to_numpy(), frame["trial"].to_numpy()[:, None] == frame["trial"].to_numpy()
    S = np.where(same, rho * np.sqrt(np.outer(v, v)) + fit.tau2, 0.0)
    S[np.diag_indices(len(v))] = v + fit.tau2 + fit.omega2
    weights = np.linalg.solve(S, np.ones(len(v)))
    np.testing.assert_allclose(fit.average_weights, weights / weights.sum(), atol=1e-10)
    return int((weights < 0).sum())


@pytest.mark.parametrize(
    ("v2", "asked", "used"), [(0.03, 0.8, 0.6), (0.03, 0.6, 0.6), (0.05, 0.8, 0.4), (0.8, 0.8, 0.0), (0.01, 0.8, 0.8)]
)
def test_a_correlation_that_makes_weights_negative_falls_to_the_largest_that_does_not(v2, asked, used):
    frame = unequal(0.014, v2)
    found = fit_joint(frame, "year", rho=asked, **QUICK)
    assert found.rho == used
    assert found.grid["rho"].tolist() == sorted({0.4, 0.6, 0.8, used})
    for row in found.grid.itertuples():
        assert row.negative == negative_weights(frame, row.rho)
        assert (row.negative > 0) == (row.rho > used)
    at = found.grid.set_index("rho").loc[used]
    assert (found.slope, found.se, found.tau2) == (at["slope"], at["se"], at["tau2"])


def test_what_has_no_joint_model_is_refused_in_a_sentence(twelve, small):
    with pytest.raises(NotEstimableError, match="Settings are written in the trials' own words"):
        joint(twelve, moderator="setting")
    with pytest.raises(ChoiceError, match=r"'yaer' does not exist.*Did you mean 'year'"):
        joint(twelve, moderator="yaer")
    with pytest.raises(ChoiceError, match="does not exist"):
        joint(twelve, beside=["colour"])
    with pytest.raises(ChoiceError, match="beside 'year'"):
        joint(twelve, moderator="year", beside=["year"])
    with pytest.raises(ChoiceError, match="score 'most'"):
        joint(twelve, score="most")
    with pytest.raises(ChoiceError, match="outcome 'joy'"):
        joint(twelve, outcomes=["joy"])
    with pytest.raises(NotEstimableError, match="same value in every trial"):
        joint(small(recovery(), ratings=ratings(), trials={name: {"year": 2005} for name in NAMES}), moderator="year")
    with pytest.raises(NotEstimableError, match=r"3 trials with a standardised effect .* 3 coefficients needs more"):
        joint(small(recovery(NAMES[:3]), ratings=ratings(NAMES[:3])), beside=["year"])
    with pytest.raises(NotEstimableError, match="0 trials with a standardised effect"):
        joint(twelve, moderator="high_risk_of_bias")


def test_a_rival_has_no_score_unless_fidelity_stands_beside_it(twelve):
    alone, beside = (
        joint(twelve, moderator="year", **QUICK),
        joint(twelve, moderator="year", beside=["fidelity"], **QUICK),
    )
    assert (alone.score, beside.score) == ("", SCORE)
    assert alone.label == beside.label == "year of the main report (per ten years)"


def test_equal_slopes_need_two_outcomes_of_ten_trials(twelve, small):
    assert joint(twelve, **QUICK).equal_slopes is None
    both = joint(small(recovery() + symptoms(NAMES), ratings=ratings()), **QUICK)
    assert both.equal_slopes.df_num == 1


def test_the_result_is_strict_json_with_everything(twelve):
    for found in (joint(twelve, **QUICK), joint(twelve, beside=["year"], **QUICK)):
        kept = json.loads(to_json(found))
        assert kept["beside"] == list(found.beside)
        assert (kept["permutations"], kept["exact"], kept["association"]) == (99, False, found.association.value)
        assert [row["rho"] for row in kept["grid"]] == [0.4, 0.6, 0.8]
        assert {row["outcome"] for row in kept["outcomes"]} == {"recovery", "symptoms"}
        assert len(kept["effects"]) == found.k == 18
        assert (kept["alone"] is None) == (found.beside == ())
        assert kept["pval_bootstrap"] is None
        assert found.to_frame().loc[0, "slope"] == kept["slope"] == found.slope


def test_eggers_test_over_all_outcomes_is_the_joint_model_on_the_sizes_of_the_arms():
    evidence = load_evidence()
    gathered = gather_effects(evidence)
    effects = compute_effects(evidence, "recovery").frame.set_index("trial")
    own = gathered[gathered["outcome"].eq("recovery")].set_index("trial")
    expected = np.sqrt(1 / effects["n_intervention"] + 1 / effects["n_comparator"])
    np.testing.assert_allclose(own["small_trials"], expected.loc[own.index])
    found = joint(evidence, moderator="small_trials", permutations=20)
    known = known_in(gathered, ["small_trials"])
    fit = che(known["benefit"], known["vi"], known["trial"], np.column_stack([design_of(known), known["small_trials"]]))
    assert (found.slope, found.se) == pytest.approx((fit.beta[-1], fit.se[-1]))
    said = " ".join(describe_joint(found))
    assert "from the largest to the smallest trial" in said
    assert "they are other trials" in said
