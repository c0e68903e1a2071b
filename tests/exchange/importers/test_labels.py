"""The labels of a plot's sides: whom they favour, whom they speak against, and what only counts something."""

import pytest

from synthesis.exchange.importers.revman.labels import better_by_labels

# Each says something of the drug on the left and the same of the placebo on the right.
FAVOUR = (
    "Favours {}", "Favors {}", "Favouring {}", "In favour of {}", "Favourable for {}", "{} better", "{} is better",
    "Better with {}", "More favourable for {}", "Benefit of {}", "{} superior", "{}", "{} group", "The {} arm",
)  # fmt: skip
SPEAK_AGAINST = (
    "Disfavours {}", "Disfavors {}", "{} harmful", "Against {}", "Harm from {}", "Unfavourable for {}", "{} worse",
    "Harms of {}", "{} inferior", "Worse with {}", "Unfavorable to {}", "Disfavouring {}", "{} detrimental",
)  # fmt: skip
TELL_NOTHING = (
    "Deaths on {}", "Risk with {}", "Events in {}", "Mortality {}", "Adverse events with {}", "{} mortality",
    "Less pain with {}", "{} no better", "Does not favour {}", "{} not harmful", "Less harm from {}", "Pain on {}",
    "Favours {} (harm)", "Not in favour of {}", "Relapses: {}", "Odds {}",
)  # fmt: skip


@pytest.mark.parametrize(
    ("says", "better"),
    [
        *((says, "lower") for says in FAVOUR),
        *((says, "higher") for says in SPEAK_AGAINST),
        *((t, "") for t in TELL_NOTHING),
    ],
)
@pytest.mark.parametrize(
    "names", [("drug", "placebo"), ("New drug", "Placebo"), ("", "")], ids=["own", "longer", "none"]
)
def test_labels_tell_the_good_side_only_where_a_word_says_so(says, better, names):
    drug, placebo = ("treatment", "placebo") if names == ("", "") else ("drug", "placebo")
    assert better_by_labels(says.format(drug), says.format(placebo), *names) == better
    mirrored = {"lower": "higher", "higher": "lower", "": ""}[better]
    assert better_by_labels(says.format(placebo), says.format(drug), *names) == mirrored


@pytest.mark.parametrize(
    ("left", "right", "experimental", "control", "better"),
    [
        ("Favours harm reduction", "Favours usual care", "Harm reduction", "Usual care", "lower"),
        ("Harm reduction", "Usual care", "Harm reduction", "Usual care", "lower"),
        ("Favours no treatment", "Favours drug", "Drug", "No treatment", "higher"),
        ("No treatment better", "Drug better", "Drug", "No treatment", "higher"),
        ("Drug 10 mg", "Placebo", "Drug", "Placebo", "lower"),
        ("Favours drug", "Against drug", "Drug", "Placebo", "lower"),
        ("Against drug", "Favours drug", "Drug", "Placebo", "higher"),
    ],
)
def test_words_of_a_groups_own_name_say_nothing(left, right, experimental, control, better):
    assert better_by_labels(left, right, experimental, control) == better
