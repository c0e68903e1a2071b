"""What names say of directions: nothing, as soon as a word may turn the rest of the name round."""

import pytest

from synthesis.exchange.importers.known_scales import direction_of_event, direction_of_scale, is_event


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("Beck Depression Inventory", "lower"),
        ("BDI-II", "lower"),
        ("Penn State Worry Questionnaire", "lower"),
        ("Internalized Stigma of Mental Illness", "lower"),
        ("WHOQOL-BREF", "higher"),
        ("Herth Hope Scale", "higher"),
        ("Rosenberg self-esteem", "higher"),
    ],
)
def test_names_whose_direction_nobody_disputes(name, direction):
    assert direction_of_scale(name) == direction


@pytest.mark.parametrize(
    "name",
    [
        "Distress Tolerance Scale",
        "Stigma Resistance Scale",
        "Depression literacy",
        "Knowledge of depression",
        "Help seeking for depression",
        "Symptom-free days",
        "Anxiety control",
        "Symptom management",
        "Coping with distress",
        "Social functioning impairment",
        "Functioning problems",
        "Quality of life impairment",
        "Dissatisfaction with care",
        "Low satisfaction",
        "Lack of empowerment",
        "Mindfulness deficits",
        "Fear of anxiety",
        "Beliefs about depression",
        "Reduction in symptoms",
        "Time to suicide attempt",
    ],
)
def test_a_qualified_name_says_nothing(name):
    assert direction_of_scale(name) == ""


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("response", "higher"),
        ("remission", "higher"),
        ("employed", "higher"),
        ("relapse", "lower"),
        ("readmission", "lower"),
        ("dropout", "lower"),
    ],
)
def test_events_that_are_good_or_bad_by_their_name(name, direction):
    assert direction_of_event(name) == direction
    assert is_event(name)


@pytest.mark.parametrize(
    "name",
    [
        "non-response",
        "no response",
        "nonresponder",
        "not improved",
        "unimproved",
        "not recovered",
        "not in remission",
        "unemployment",
        "failure to respond",
        "non-completer",
        "relapse-free",
        "free of relapse",
        "no deterioration",
        "time to readmission",
        "days to relapse",
        "admission avoided",
        "prevented admissions",
        "lost response",
    ],
)
def test_a_negated_event_says_nothing(name):
    assert direction_of_event(name) == ""


@pytest.mark.parametrize("name", ["correspondence", "msd", "mean difference", "precalc"])
def test_a_way_of_calculating_is_no_event(name):
    assert not is_event(name)
    assert direction_of_event(name) == ""


@pytest.mark.parametrize("name", ["non-response", "nonresponder", "unemployment"])
def test_an_absent_event_is_one_to_count(name):
    assert is_event(name)
