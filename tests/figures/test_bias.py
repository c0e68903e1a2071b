"""Risk of bias: every trial and every domain is there, weights are the pool's, and nobody's judgement is hatched."""

import re

import numpy as np
import pytest

from builders.drawn_effects import by_gid, outside
from builders.judged import judged
from synthesis.errors import SynthesisError
from synthesis.evidence.vocabulary import DOMAIN_WORDS, DOMAINS
from synthesis.figures import risk_of_bias_alt_text, show_risk_of_bias
from synthesis.figures.bias.bars import draw_bars
from synthesis.figures.bias.data import NOBODY, BiasData, bias_data
from synthesis.figures.bias.lights import MOST_ROWS, draw_lights, pages_of
from synthesis.figures.parts.risk_of_bias import SIGNS
from synthesis.figures.parts.style import JOURNAL, PHONE, SMALL
from synthesis.tables.show import TextView

GIVEN = {
    "1": {"rob2": "LSLLLS"},
    "2": {"rob2": "HLSLHH"},
    "3": {"rob1:allocation_concealment": "unclear", "rob1:overall": "high"},
}


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    return judged(tmp_path_factory.mktemp("four"), GIVEN)


def widths(ax, code):
    """Widths of the pieces of one judgement, in inches, bars only."""
    return [piece.get_width() for piece in by_gid(ax, f"share {code}") if piece.get_height() == pytest.approx(0.2)]


def signs(ax):
    """Letters inside the lights with their places, legend excluded."""
    letters = {sign.letter for sign in SIGNS.values()}
    found = [(text.get_position(), text.get_text()) for text in ax.texts if text.get_text() in letters]
    return [(x, y, letter) for (x, y), letter in found]


def test_the_words_cover_every_domain_of_both_tools():
    assert {name for names in DOMAINS.values() for name in names} == set(DOMAIN_WORDS)


def test_shares_are_of_the_pools_weights_and_add_up_with_what_nobody_judged(four):
    pooled, evidence = four
    data = bias_data(pooled, evidence)
    weights = pooled.trials().set_index("trial")["weight"]
    one, two, three, four_ = weights
    bars = {(tool, domain): shares for tool, domain, shares in data.bars}
    assert bars["", "overall"] == pytest.approx({"some_concerns": one, "high": two + three, NOBODY: four_})
    assert bars["rob2", "randomisation"] == pytest.approx({"low": one, "high": two, NOBODY: three + four_})
    assert bars["rob1", "allocation_concealment"] == pytest.approx({"unclear": three, NOBODY: one + two + four_})
    assert all(sum(shares.values()) == pytest.approx(100) for shares in bars.values())


@pytest.mark.parametrize("narrow", [False, True])
def test_bars_are_as_long_as_the_weights_and_what_nobody_judged_is_hatched(four, narrow):
    data = bias_data(*four)
    ax = draw_bars(data, narrow=narrow)
    bars = data.bars
    hatched = widths(ax, NOBODY)
    whole = max(hatched)  # of a domain that nobody judged
    assert hatched == pytest.approx([whole * shares[NOBODY] / 100 for *_, shares in bars if NOBODY in shares])
    assert widths(ax, "high") == pytest.approx(
        [whole * shares["high"] / 100 for *_, shares in bars if "high" in shares]
    )
    assert all(piece.get_hatch() for piece in by_gid(ax, f"share {NOBODY}"))
    assert not any(piece.get_hatch() for code in SIGNS if code for piece in by_gid(ax, f"share {code}"))
    assert outside(ax) == []
    assert ax.get_figure().get_figwidth() == pytest.approx(PHONE if narrow else JOURNAL, abs=0.11)


def test_a_short_piece_of_a_bar_keeps_its_letter_and_not_its_share(four, monkeypatch):
    """S and U have one colour: a share alone would not say of which judgement it is."""
    data = bias_data(*four)
    bars = [(tool, domain, {"unclear": 4.0, "high": 96.0}) for tool, domain, _ in data.bars]
    monkeypatch.setattr(BiasData, "bars", bars)
    ax = draw_bars(bias_data(*four))
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("U") == len(bars)
    assert not any(re.fullmatch(r"[1-9]\d?%", text) for text in texts if text not in ("25%", "50%", "75%"))


def test_every_domain_of_every_tool_in_use_has_a_bar_and_a_column(four):
    data = bias_data(*four)
    drawn = {(tool, domain) for tool, domain, _ in data.bars}
    assert {(tool, name) for tool, names in DOMAINS.items() for name in names if name != "overall"} <= drawn
    assert [list(block.judgements) for block in data.blocks] == [list(DOMAINS["rob2"]), list(DOMAINS["rob1"])]


@pytest.mark.parametrize("narrow", [False, True])
def test_every_trial_has_its_letters_in_the_order_of_the_domains(four, narrow):
    data = bias_data(*four)
    (page,) = pages_of(data)
    ax = draw_lights(data, page, narrow=narrow)
    rows = {}
    for _, y, letter in sorted(signs(ax)):
        rows.setdefault(round(y, 3), []).append(letter)
    lines = ["".join(letters) for _, letters in sorted(rows.items())]
    # The first tool has those that nobody judged as well; the last lines are the legend.
    assert lines[:3] == ["LSLLLS", "HLSLHH", "––––––"]
    assert lines[3] == "–U–––––H"
    assert set("".join(lines[4:])) == set("LSUH–")
    assert outside(ax) == []


def test_a_judgement_is_told_by_letter_and_shape_and_its_letter_is_large_enough(four):
    data = bias_data(*four)
    ax = draw_lights(data, pages_of(data)[0])
    markers = {(line.get_marker(), line.get_markerfacecolor()) for line in ax.lines if line.get_marker() != "None"}
    assert {marker for marker, _ in markers} == {"o", "D", "s"}
    assert min(text.get_fontsize() for text in ax.texts) >= SMALL
    assert min(text.get_fontsize() for text in draw_bars(data).texts) >= SMALL


def test_of_several_assessors_the_most_severe_counts_and_all_are_named(four):
    pooled, evidence = four
    again = evidence.risk_of_bias.iloc[[0]].assign(judgement="high", assessor="Other 2021")
    table = type(again)(np.vstack([evidence.risk_of_bias.iloc[:], again]), columns=again.columns)
    both = evidence.__class__(**vars(evidence) | {"risk_of_bias": table})
    data = bias_data(pooled, both)
    assert data.blocks[0].judgements.iloc[0, 0] == "high"
    assert data.assessors[data.weights.index[0]] == "Sample 2020; Other 2021"


@pytest.mark.parametrize(("column", "value"), [("domain", "conflicts"), ("judgement", "serious"), ("tool", "robins_i")])
def test_what_has_no_place_is_refused_with_its_place_in_the_file(four, column, value):
    pooled, evidence = four
    table = evidence.risk_of_bias.copy()
    table.loc[table.index[2], column] = value
    strange = evidence.__class__(**vars(evidence) | {"risk_of_bias": table})
    with pytest.raises(SynthesisError, match=rf"{value} in row 4 of .*risk_of_bias\.csv"):
        bias_data(pooled, strange)


@pytest.mark.parametrize(("k", "pages"), [(40, 1), (41, 2), (85, 3)])
def test_forty_rows_fill_a_page_and_every_trial_is_on_one(tmp_path, k, pages):
    pooled, evidence = judged(tmp_path, {"1": {"rob2": "LLLLLL"}}, k=k)
    data = bias_data(pooled, evidence)
    parts = pages_of(data)
    assert len(parts) == pages
    rows = [last - first for page in parts for _, first, last in page.parts]
    assert sum(rows) == k
    assert max(rows) <= MOST_ROWS
    shown = show_risk_of_bias(pooled, evidence)
    assert len(shown.figures) == pages + 1
    labels = {label for figure in shown.figures[1:] for label in figure.table["Trial"]}
    assert labels == set(data.labels.values())
    assert (f"part {pages} of {pages}" in shown.figures[-1].caption) == (pages > 1)


def test_words_and_tables_hold_what_the_pictures_show(four):
    pooled, evidence = four
    bars, lights = show_risk_of_bias(pooled, evidence).figures
    text = risk_of_bias_alt_text(pooled, evidence)
    assert text == f"{bars.alt} {lights.alt}"
    labels = bias_data(pooled, evidence).labels
    one, two, _, nobody = labels.values()
    assert f"{one} L S L L L S; {two} H L S L H H." in lights.alt
    assert lights.alt.endswith(f"Not judged by anyone: {nobody}.")
    assert lights.table.loc[0, "Deviations from the intended interventions"] == "some concerns"
    assert lights.table.set_index("Trial").loc[nobody, "Overall"] == "not judged"
    assert list(bars.table)[1:] == ["Low", "Some concerns", "Unclear", "High", "Not judged"]
    assert len(bars.table) == 1 + 5 + 7


def test_where_nobody_judged_a_sentence_says_so(tmp_path):
    pooled, evidence = judged(tmp_path, {})
    shown = show_risk_of_bias(pooled, evidence)
    assert isinstance(shown, TextView)
    assert "nobody has judged" in repr(shown)


def test_two_trials_have_no_weights_and_so_no_bars(tmp_path):
    pooled, evidence = judged(tmp_path, {"1": {"rob2": "LSLLLS"}}, k=2)
    (lights,) = show_risk_of_bias(pooled, evidence).figures
    assert "domain by domain" in lights.caption
