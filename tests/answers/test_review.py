"""What a review says of itself, its search, its model and of harms: computed, and silent where nothing is known."""

import pytest

from builders.flows import searched
from builders.roots import means
from synthesis.answers.harms import describe_harms
from synthesis.answers.review import describe_model, describe_review, describe_search, is_coded
from synthesis.answers.statements import reservations
from synthesis.effects import compute_effects
from synthesis.evidence import load_evidence
from synthesis.evidence.new_review import new_review


@pytest.fixture
def foreign(tmp_path):
    return load_evidence(new_review(tmp_path / "root").folder)


def test_an_uncoded_review_says_so_and_names_no_model(foreign):
    assert not is_coded(foreign)
    (said,) = describe_review(foreign)
    assert said.startswith("This report holds 1 randomised trial, each result with its uncertainty.")
    assert said.endswith("No arm is coded against a change model, so nothing is said about fidelity.")


def test_the_reviews_own_question_and_model_come_first(evidence):
    question, does = describe_review(evidence)
    assert question == "Does it help? Sample question."
    assert "how much of the sample model each trial's arms were described as following" in does
    assert "holds 5 randomised trials; 4 of them enter an average here" in describe_review(evidence, pooled=4)[1]
    assert describe_model(evidence) == "The arms are coded against the sample model."


def test_what_was_read_elsewhere_is_counted_among_what_says_so(small):
    rows = [
        means(10, 3, 30, 9, 3, 30, read_from=code, timepoint_months=i) for i, code in enumerate(["paper", "news", ""])
    ]
    (said,) = describe_search(small(rows))
    assert said.startswith("50% of the 2 results were read in an abstract, another review,")
    assert describe_search(small([means(10, 3, 30, 9, 3, 30)])) == []


@pytest.mark.parametrize(
    ("counts", "systematic"),
    [
        ([("database_results", "", 100)], True),
        ([("database_results", "MEDLINE", 100), ("database_results", "a second one", 0)], True),
        ([("database_results", "", 0), ("citations_results", "", 9)], False),
        ([("citations_results", "", 9)], False),
    ],
)
def test_a_search_without_databases_is_called_so_whether_they_are_nought_or_not_named(tmp_path, counts, systematic):
    said = " ".join(describe_search(searched(tmp_path, counts)))
    assert ("not found through a systematic search" in said) != systematic


def test_an_outcome_says_in_what_its_figures_were_read(small):
    rows = [
        means(10, 3, 30, 9, 3, 30, trial=f"{name}2001sample", read_from=code)
        for name, code in (("ash", "paper"), ("birch", "news"), ("cedar", ""), ("elm", "news"))
    ]
    said = reservations(compute_effects(small(rows), "recovery"))
    (places,) = [sentence for sentence in said if sentence.startswith("The figures of 1 of 4 effects")]
    assert places.endswith("of the others in a news page (2) and a place that is not named (1).")
    said = reservations(compute_effects(small(rows[:1]), "recovery"))
    assert "The figures of every effect were read in the trial's own paper." in said
    said = reservations(compute_effects(small([means(10, 3, 30, 9, 3, 30)]), "recovery"))
    assert not any("were read" in sentence for sentence in said)


def test_harms_are_counted_by_trial_and_what_was_inferred_is_said(evidence, foreign):
    collected, kinds, inferred, _ = describe_harms(evidence)
    assert "for 1 of 5 trials; for the other 4 nothing was found, which is not the same as no harm" in collected
    assert kinds == "By kind, in trials: deaths 1, people lost 1 and how safety was watched 1."
    assert inferred.startswith("1 of the 3 findings")
    assert describe_harms(foreign) == ["Harms, drop-out and costs have not been collected for these trials."]
