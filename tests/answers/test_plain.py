"""The answer in plain words: what it counts, what it names on which side, and how hard it is to read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from builders.given_effects import NAMES, effects_of
from builders.reading import WORD, reading_grade, syllables
from synthesis.answers.overview import summarise
from synthesis.answers.plain import Average, plain_answer
from synthesis.answers.pooling import pool
from synthesis.answers.robustness import Robustness
from synthesis.answers.verdicts import Side, Verdict
from synthesis.evidence import load_evidence

ROOT = Path(__file__).parents[2]
# Asked of text for everybody by the plain-language summaries of Cochrane and by the issue of the first page.
HARDEST = 8.0
ABOUT = {"trials": 9, "people": 1234, "pooled": 5}


def average(label, estimate, *, better="higher", measure="SMD", holds=True, spread=0.0):
    yi = estimate + spread * np.array([-1.0, 0.0, 1.0])
    pooled = pool(effects_of(yi, [0.001] * 3, better=better, measure=measure))
    table = pd.DataFrame({"same": [True, holds]})
    return Average(label, pooled, Robustness(Side.PEER, table, None))


def test_each_side_is_named_once_and_what_is_open_is_no_absence():
    own = [
        average("Hope", 0.3),
        average("Stress", -0.3, better="lower"),
        average("Work", -0.3),
        average("Sleep", 0.0, spread=0.5),
        average("Pain", 0.1, better="unsettled"),
    ]
    said = plain_answer(own, NAMES, **ABOUT)
    assert said[0] == "9 trials with 1,234 people were found. 5 of them gave numbers for the averages here."
    assert "On average, people offered peer support did better for 2 of 5 outcomes: hope and stress." in said
    assert "On average, people offered the comparison did better for 1 of 5 outcomes: work." in said
    assert "The trials cannot say about sleep. That does not mean there is no effect." in said
    assert "It is not settled which way is better for pain. So no side is named." in said


def test_people_in_a_hundred_are_those_of_a_normal_table():
    # Phi(0.30) = .6179 and Phi(0.50) = .6915, from any printed table.
    own = [average("Hope", 0.3), average("Stress", -0.5, better="lower"), average("Falls", 0.3, measure="RR")]
    said = " ".join(plain_answer(own, NAMES, **ABOUT))
    assert "Of 100 people offered peer support, about 62 (" in said
    assert "would do better than the average person without it" in said
    low, high = (100 * float(ndtr(end)) for end in own[1].pooled.benefit()[1:])
    assert f"It is about 69 ({low:.0f} to {high:.0f}) for stress." in said
    assert "for falls" not in said
    (turned,) = [s for s in plain_answer([average("Work", -0.3)], NAMES, **ABOUT) if "Of 100" in s]
    assert "Of 100 people offered the comparison, about 62 (" in turned


def test_people_behind_the_averages_are_told_and_that_some_are_not_known():
    (known, at_least) = (
        plain_answer([average("Hope", 0.3)], NAMES, **ABOUT, analysed=(1020, are_all))[0] for are_all in (True, False)
    )
    assert known.endswith("5 of them gave numbers for the averages here, from 1,020 people.")
    assert at_least.endswith("5 of them gave numbers for the averages here, from at least 1,020 people.")


def test_sizes_are_named_by_the_rule_of_thumb_whichever_side_is_better():
    own = [average("Hope", 0.19), average("Stress", -0.2, better="lower"), average("Work", 0.49), average("Pain", 0.5)]
    own.append(average("Falls", 0.7, measure="RR"))
    said = " ".join(plain_answer(own, NAMES, **ABOUT))
    rule = "By a common rule of thumb the difference is "
    assert f"{rule}less than small for hope, small for stress and work and moderate or more for pain." in said
    one = " ".join(plain_answer([average("Hope", 0.3)], NAMES, **ABOUT))
    assert f"{rule}small for hope." in one
    assert rule not in " ".join(plain_answer([average("Sleep", 0.0, spread=0.5)], NAMES, **ABOUT))


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ([True, True], "With one choice changed at a time, it came out the same."),
        ([True, False], "With one choice changed at a time, of these 2 only hope came out the same each time."),
        ([False, False], "none of these came out the same each time."),
        ([False], "it did not come out the same each time."),
    ],
)
def test_other_choices_are_said_beside_the_side(held, says):
    own = [average(label, 0.3, holds=one) for label, one in zip(("Hope", "Work"), held, strict=False)]
    assert says in " ".join(plain_answer(own, NAMES, **ABOUT))


@pytest.mark.parametrize(
    ("verdicts", "says"),
    [
        ([Verdict.NOT_DETECTED] * 2, "do not show that they do. They do not rule it out."),
        ([Verdict.NOT_TESTABLE], "too few trials to tell"),
        ([Verdict.SUPPORTED], "does not prove"),
        ([Verdict.CONTRADICTED], "gain less"),
        ([Verdict.SUPPORTED, Verdict.NOT_DETECTED], "depends on how silent reports are read"),
    ],
)
def test_fidelity_is_answered_by_the_primary_verdicts(verdicts, says):
    assert says in plain_answer([average("Hope", 0.3)], NAMES, verdicts=verdicts, **ABOUT)[-1]
    assert says in plain_answer([], NAMES, verdicts=verdicts, **ABOUT)[-1]
    assert not any("model" in s for s in plain_answer([average("Hope", 0.3)], NAMES, **ABOUT))


def test_without_an_average_it_says_so():
    assert "No outcome has the three trials" in plain_answer([], NAMES, **ABOUT)[0]


def test_the_answer_on_the_shipped_trials_can_be_read_by_everybody():
    evidence = load_evidence(ROOT / "data", references=ROOT / "references.bib")
    said = summarise(evidence, permutations=50).plain()
    assert len(said) >= 5
    assert reading_grade(" ".join(said)) <= HARDEST


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.", 24),
        ("This sentence, taken as a reading passage unto itself, is being used to prove a point.", 23),
        ("The cat sat on the mat.", 6),
    ],
)
def test_syllables_are_counted_about_as_published_examples_have_them(sentence, count):
    assert sum(map(syllables, WORD.findall(sentence))) == pytest.approx(count, abs=2)


def test_the_grade_is_that_of_the_formula():
    # Six words, one sentence, six syllables: the lowest grade of a text of words of one syllable.
    assert reading_grade("The cat sat on the mat.") == pytest.approx(-1.45)


def test_that_averages_are_not_corrected_for_their_number_is_said_once_where_any_favours_a_side():
    both = [average("Hope", 0.3), average("Work", -0.3), average("Sleep", 0.0, spread=0.5)]
    said = " ".join(plain_answer(both, NAMES, **ABOUT))
    assert said.count("With 3 outcomes looked at, one or the other may differ by chance alone.") == 1
    for own in (both[:1], [both[2], both[2]]):
        assert "by chance alone" not in " ".join(plain_answer(own, NAMES, **ABOUT))
