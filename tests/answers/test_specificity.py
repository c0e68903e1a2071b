"""Predicted cells against the others: by dense generalised least squares, by brute force over rows, by simulation."""

from __future__ import annotations

from itertools import permutations as orders

import numpy as np
import pandas as pd
import pytest

from builders.planted_slopes import planted
from builders.roots import COMPONENTS, means
from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.joint import gather_effects
from synthesis.answers.specificity import component_matrix, specificity
from synthesis.errors import NotEstimableError
from synthesis.results import to_json
from synthesis.statistics.multilevel import che

BOTH = ("recovery", "symptoms")
NAMES = [name for name, _ in COMPONENTS]
# Every other component is predicted to go with recovery, the rest with symptoms.
PREDICTS = {name: BOTH[i % 2] for i, name in enumerate(NAMES)}
RHO = 0.6


def gathered_of(evidence):
    return gather_effects(evidence, scores=score_fidelity(evidence))


def cell_columns(frame, ratings):
    """The moderator of every cell of component and outcome that differs in it, in the codebook's order."""
    found = {}
    for name in ratings:
        for outcome in dict.fromkeys(frame["outcome"]):
            own = frame["outcome"].eq(outcome).to_numpy()
            if np.ptp(ratings[name].to_numpy()[own]) > 0:
                found[name, outcome] = np.where(own, ratings[name], 0.0)
    return found


def by_hand(frame, ratings, *, variances=None):
    """z of every cell by generalised least squares on dense matrices, at the variances of the model without it."""
    y, v = frame["benefit"].to_numpy(), frame["vi"].to_numpy()
    Z = pd.get_dummies(frame["outcome"]).to_numpy(float)
    trial = pd.factorize(frame["trial"])[0]
    same = trial[:, None] == trial[None, :]
    tau2, omega2 = variances or _variances(frame, Z)
    V = same * (tau2 + RHO * np.sqrt(v[:, None] * v[None, :])) + np.eye(len(y)) * (omega2 + (1 - RHO) * v)
    W = np.linalg.inv(V)
    found = {}
    for cell, x in cell_columns(frame, ratings).items():
        X = np.column_stack([Z, x])
        cov = np.linalg.inv(X.T @ W @ X)
        found[cell] = (cov @ X.T @ W @ y)[-1] / np.sqrt(cov[-1, -1])
    return found


def _variances(frame, Z):
    fit = che(frame["benefit"], frame["vi"], frame["trial"], Z[:, 1:], rho=RHO)
    return fit.tau2, fit.omega2


def contrast_of(z, predicts=PREDICTS):
    own = [value for (name, outcome), value in z.items() if predicts[name] == outcome]
    others = [value for (name, outcome), value in z.items() if predicts[name] != outcome]
    return np.mean(own) - np.mean(others)


@pytest.fixture(scope="module")
def twelve(small):
    return small(**planted(12, slope=0.8, outcomes=BOTH, silent=0.2, noise=0.2, seed=4), predicts=PREDICTS)


@pytest.fixture(scope="module")
def found(twelve):
    return specificity(twelve, permutations=300)


def test_the_contrast_and_every_cell_equal_generalised_least_squares(twelve, found):
    frame = gathered_of(twelve)
    ratings = component_matrix(frame, score_fidelity(twelve))
    z = by_hand(frame, ratings)
    cells = found.cells.set_index(["component", "outcome"])["z"]
    assert set(cells.index) == set(z)
    for cell, value in z.items():
        assert cells[cell] == pytest.approx(value, abs=1e-6), cell
    assert found.contrast == pytest.approx(contrast_of(z), abs=1e-6)
    assert (found.predicted, found.others) == (7, 7)
    assert found.cells.set_index(["component", "outcome"])["predicted"].to_dict() == {
        (name, outcome): PREDICTS[name] == outcome for name, outcome in z
    }


def test_silence_is_filled_by_what_others_of_the_role_did(twelve):
    frame = gathered_of(twelve)
    ratings = component_matrix(frame, score_fidelity(twelve))
    told = twelve.components.dropna(subset=["rating"]).groupby("component")["rating"].mean() / 2
    as_told = component_matrix(frame, score_fidelity(twelve), calibrated=False)
    for name in ratings:
        silent = as_told[name].isna()
        assert ratings.loc[silent, name].to_numpy() == pytest.approx(np.full(silent.sum(), told[name]))


def test_with_few_trials_whole_rows_are_exchanged_and_p_is_exact(small):
    evidence = small(**planted(5, slope=0.5, outcomes=BOTH, noise=0.3, seed=11), predicts=PREDICTS)
    frame = gathered_of(evidence)
    ratings = component_matrix(frame, score_fidelity(evidence))
    fixed = _variances(frame, pd.get_dummies(frame["outcome"]).to_numpy(float))
    trials = list(dict.fromkeys(frame["trial"]))
    rows = ratings.groupby(frame["trial"].to_numpy(), sort=False).first()
    contrasts = []
    for order in orders(trials):
        given = dict(zip(trials, order, strict=True))
        arranged = rows.loc[[given[trial] for trial in frame["trial"]]].reset_index(drop=True)
        contrasts.append(contrast_of(by_hand(frame, arranged, variances=fixed)))
    observed = contrast_of(by_hand(frame, ratings, variances=fixed))
    p = np.mean(np.abs(contrasts) >= abs(observed) * (1 - 1e-6))
    found = specificity(evidence)
    assert (found.test.exact, found.test.permutations) == (True, len(contrasts))
    assert found.test.pval == pytest.approx(p, abs=1e-9)


def test_over_all_components_no_p_is_smaller_than_the_component_s_own(twelve, found):
    own = specificity(twelve, permutations=300)
    assert own.to_dict() == found.to_dict()
    rows = found.components
    # The largest t has the smallest p over all of them; a component's own p is that of max-T over itself alone.
    order = rows.sort_values("t", key=np.abs, ascending=False)["pval_max"]
    assert order.is_monotonic_increasing
    for name in rows["component"][:3]:
        alone = score_fidelity(twelve)
        frame = gathered_of(twelve)
        kept = alone.ratings.assign(rating=alone.ratings["rating"].where(alone.ratings["component"].eq(name)))
        single = specificity(twelve, scores=type(alone)(alone.arms, kept), gathered=frame, permutations=300)
        assert single.components["component"].tolist() == [name]
        error = 3 * np.sqrt(0.25 / 300)
        own_p = single.components["pval_max"].iloc[0]
        assert rows.set_index("component").at[name, "pval_max"] >= own_p - error


@pytest.mark.parametrize("effect", [0.0, 0.25])
def test_the_level_is_kept_and_a_planted_effect_is_found(small, effect):
    evidence = small(**planted(14, outcomes=BOTH, seed=6), predicts=PREDICTS)
    scores, frame = score_fidelity(evidence), gathered_of(evidence)
    ratings = component_matrix(frame, scores)
    meant = sum(ratings[name] * frame["outcome"].eq(PREDICTS[name]) for name in NAMES).to_numpy()
    trial = pd.factorize(frame["trial"])[0]
    runs, rejected = 120 if effect == 0 else 20, 0
    for run in range(runs):
        draw = np.random.default_rng(run)
        error = draw.normal(0, 0.2, 14)[trial] + draw.normal(0, 0.1, len(frame))
        drawn = frame.assign(benefit=effect * meant + error)
        rejected += specificity(evidence, scores=scores, gathered=drawn, permutations=99, seed=run).test.pval <= 0.05
    if effect == 0:
        assert abs(rejected / runs - 0.05) < 3 * np.sqrt(0.05 * 0.95 / runs)
    else:
        assert rejected / runs > 0.8


def test_a_planted_effect_has_its_sign(small):
    evidence = small(**planted(14, outcomes=BOTH, seed=6), predicts=PREDICTS)
    scores, frame = score_fidelity(evidence), gathered_of(evidence)
    ratings = component_matrix(frame, scores)
    meant = sum(ratings[name] * frame["outcome"].eq(PREDICTS[name]) for name in NAMES).to_numpy()
    for sign in (1, -1):
        drawn = frame.assign(benefit=sign * 0.4 * meant)
        found = specificity(evidence, scores=scores, gathered=drawn, permutations=99)
        assert np.sign(found.contrast) == sign


def test_a_component_that_has_no_cell_leaves_the_others_where_they_are(small):
    """All trials of recovery have it and none of symptoms: it differs between trials, and in no outcome."""
    recovery, symptoms = (
        planted(6, seed=seed, noise=0.3, outcomes=[name]) for seed, name in ((1, "recovery"), (2, "symptoms"))
    )
    rows = [
        row | {"trial": row["trial"] + tail}
        for part, tail in ((recovery, "r"), (symptoms, "s"))
        for row in part["rows"]
    ]
    ratings = {
        name + tail: {"peer": own["peer"] | {"sharing": rating}}
        for part, tail, rating in ((recovery, "r", 2), (symptoms, "s", 0))
        for name, own in part["ratings"].items()
    }
    evidence = small(rows, ratings=ratings, predicts=PREDICTS)
    frame = gathered_of(evidence)
    found = specificity(evidence, permutations=50)
    assert "sharing" in found.components["component"].tolist()
    assert "sharing" not in found.cells["component"].tolist()
    z = by_hand(frame, component_matrix(frame, score_fidelity(evidence)))
    cells = found.cells.set_index(["component", "outcome"])["z"]
    assert cells.to_dict() == pytest.approx(z, abs=1e-6)
    # Beside the outcomes' own averages nothing of it is left: it has no slope, and stands out by none.
    row = found.components.set_index("component").loc["sharing"]
    assert np.isnan(row["t"])
    assert np.isnan(row["pval_max"])
    assert "Sharing (p" not in str(found)


def test_with_fewer_than_ten_trials_no_number_is_said_and_json_keeps_it(small):
    few = specificity(small(**planted(9, slope=1.0, outcomes=BOTH), predicts=PREDICTS), permutations=50)
    assert not few.is_testable
    assert "9 trials" in str(few)
    assert "p =" not in str(few)
    assert "ten trials" in str(few)
    assert few.to_dict()["withheld"] == ["slope_below_ten_trials"]
    assert np.isfinite(few.to_dict()["contrast"])


def test_without_cells_of_both_kinds_there_is_no_contrast_and_no_p(small):
    every = dict.fromkeys(NAMES, "recovery;symptoms")
    found = specificity(small(**planted(12, outcomes=BOTH), predicts=every), permutations=50)
    assert (found.others, found.is_testable) == (0, False)
    assert np.isnan([found.contrast, found.test.pval]).all()
    assert "nan" not in str(found) + " ".join(found.shown().to_numpy().ravel())
    assert "p " not in str(found)
    assert '"pval_permutation": null' in to_json(found.to_dict())


def test_where_no_component_differs_there_is_none(small):
    parts = planted(12)
    same = {name: {"peer": dict.fromkeys(NAMES, 2)} for name in parts["ratings"]}
    with pytest.raises(NotEstimableError, match="No component differs"):
        specificity(small(parts["rows"], ratings=same))
    rows = [means(10 + i, 3, 30, 9, 3, 30, trial=f"ash200{i}") for i in range(4)]
    with pytest.raises(NotEstimableError, match="No component differs"):
        specificity(small(rows))


def test_what_is_said_has_the_numbers_of_the_result(found):
    said = str(found)
    assert f"{found.predicted} cells" in said
    assert f"{found.others} others" in said
    assert "12 trials" in said
    assert "none stands out" in said or "over all of them" in said
    assert found.shown()["All outcomes, t"].str.match(r"^[+−]?\d").all()
