"""Numbers, intervals, counts and lists are printed one way everywhere, with a true minus from the start."""

import math

import pytest

from synthesis.wording import (
    bracketed,
    count,
    interval,
    is_number,
    listed,
    lower_first,
    months,
    number,
    p_value,
    percent,
    share,
    whole,
    with_interval,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-0.5, 2, "−0.50"),
        (-0.001, 2, "0.00"),
        (1234.5, 0, "1,234"),
        (math.nan, 2, "–"),
        (None, 2, "–"),
        (math.inf, 1, "∞"),
        (-math.inf, 1, "−∞"),
    ],
)
def test_numbers_have_a_true_minus_and_no_minus_nought(value, digits, text):
    assert number(value, digits) == text


@pytest.mark.parametrize(("value", "text"), [(0.21, "+0.21"), (-0.21, "−0.21"), (0.001, "0.00"), (-0.001, "0.00")])
def test_a_signed_number_has_its_plus_and_nought_has_no_sign(value, text):
    assert number(value, signed=True) == text


def test_intervals_are_words_in_sentences_and_brackets_where_room_is_scarce():
    assert interval(-0.1, 2) == "−0.10 to 2.00"
    assert bracketed(-0.1, 2) == "[−0.10, 2.00]"
    assert with_interval(0.5, -0.1, 1.1, signed=True) == "+0.50 (−0.10 to 1.10)"
    assert with_interval(math.nan, math.nan, math.nan) == ""


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0004, "p < 0.001"),
        (0.001, "p = 0.001"),
        (0.04961, "p = 0.050"),
        (1.0, "p = 1.000"),
        (math.nan, "p not defined"),
    ],
)
def test_a_p_value_is_printed_and_never_zero(p, text):
    assert p_value(p) == text


def test_percentages_shares_and_counts():
    assert [share(level) for level in (0.95, 0.9, 0.999)] == ["95%", "90%", "99.9%"]
    assert [percent(9.3), percent(9.3, 1), percent(math.nan)] == ["9%", "9.3%", "not defined"]
    assert [whole(1010.0), whole(math.nan), months(4.5), months(12.0), months(math.nan)] == [
        "1,010",
        "",
        "4.5",
        "12",
        "",
    ]
    assert [count(n, "trial") for n in (1, 2, 1010)] == ["1 trial", "2 trials", "1,010 trials"]
    assert count(2, "person", "people") == "2 people"


def test_lists_and_capitals_read_like_english():
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [lower_first(text) for text in ("Hope", "EQ-5D", "")] == ["hope", "EQ-5D", ""]


@pytest.mark.parametrize(
    ("cell", "is_one"),
    [("", True), ("−0.21", True), ("1,010", True), ("9%", True), ("0.1 to 0.3", False), ("n", False)],
)
def test_a_cell_of_a_number_is_known_as_one(cell, is_one):
    assert is_number(cell) is is_one
