"""Colours hold the contrasts of WCAG 2.2 on what they stand on; numbers are printed the way readers expect."""

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from builders.drawn_effects import by_gid, drawable
from builders.figures import scored, slope_of
from synthesis.answers.pooling import pool
from synthesis.figures import bubble_plot, forest_plot
from synthesis.figures.forest.texts import BAND
from synthesis.figures.parts.risk_of_bias import SIGNS
from synthesis.figures.parts.style import (
    BLUE,
    HINTING,
    INK,
    LINE,
    MUTED,
    NAVY,
    PALE,
    PAPER,
    POINTS,
    RUST,
    house_style,
    shorten,
    text_width,
    wrap,
)


def contrast(one, other):
    """Contrast ratio by WCAG 2.2."""

    def luminance(colour):
        channels = np.array(to_rgb(colour))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_of_black_on_white_is_what_the_standard_says():
    assert contrast("black", "white") == pytest.approx(21)


@pytest.mark.parametrize("paper", [PAPER, BAND])
@pytest.mark.parametrize("ink", [INK, MUTED])
def test_text_has_a_contrast_of_four_and_a_half_on_paper_and_bands(ink, paper):
    assert contrast(ink, paper) >= 4.5


@pytest.mark.parametrize("sign", [sign for sign in SIGNS.values() if sign.marker], ids=lambda sign: sign.words)
def test_letters_of_the_risk_of_bias_signs_are_readable(sign):
    assert contrast(sign.ink, sign.fill) >= 4.5


@pytest.mark.parametrize(("mark", "ground"), [(BLUE, BAND), (NAVY, PAPER), (RUST, PAPER), (LINE, PAPER), (LINE, PALE)])
def test_marks_have_a_contrast_of_three(mark, ground):
    assert contrast(mark, ground) >= 3


def test_every_text_of_the_figures_is_drawn_in_a_tested_ink():
    axes = [forest_plot(pool(drawable(5))), bubble_plot(slope_of(scored(5)))]
    inks = {text.get_color() for ax in axes for text in ax.texts if text.get_text() not in ("L", "S", "U", "H")}
    assert inks == {INK, MUTED}


def test_a_measured_text_is_as_wide_as_matplotlib_draws_it():
    figure = Figure(dpi=72)
    for text in ("Recovery Assessment Scale", "−0.25 [−1.01, 0.50]", "Žižek Ελλάδα"):
        artist = figure.text(0, 0, text, fontfamily="DejaVu Sans", fontsize=20)
        drawn = artist.get_window_extent().width / 72
        assert drawn <= text_width(text, size=20) <= 1.1 * drawn


def test_texts_are_cut_and_broken_to_a_width():
    text = "Questionnaire about the Process of Recovery"
    assert shorten(text, 10) == text
    cut = shorten(text, 1.0)
    assert cut.endswith("…")
    assert text.startswith(cut[:-1])
    assert text_width(cut) <= 1.0
    lines = wrap(text, 1.0).split("\n")
    assert " ".join(lines) == text
    assert all(text_width(line) <= 1.0 or " " not in line for line in lines)


def test_the_house_style_ends_with_the_drawing_also_when_it_fails():
    before = dict(matplotlib.rcParams)

    @house_style
    def fail():
        assert matplotlib.rcParams["font.family"] == ["DejaVu Sans"]
        raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert dict(matplotlib.rcParams) == before


def test_the_dotted_line_of_the_pooled_effect_can_be_told_from_the_null_line():
    ax = forest_plot(pool(drawable(5)))
    assert by_gid(ax, "pooled line")[0].get_linestyle() != by_gid(ax, "null line")[0].get_linestyle()


@pytest.mark.parametrize(
    "text", ["Trial", "AVAT, kerned", "−0.2 [−0.3, 0.1]", "Müller → τ²", "Šimůnek", "", "two\nlines"]
)
@pytest.mark.parametrize("bold", [False, True])
def test_a_text_is_as_wide_as_matplotlib_says(text, bold):
    font = FontProperties(family=["DejaVu Sans"], weight="bold" if bold else "normal", size=7.3)
    lines = [line for line in text.split("\n") if line.strip()]
    widths = [text_to_path.get_text_width_height_descent(line, font, ismath=False)[0] for line in lines]
    get_font(findfont(font)).set_size(3, 300)  # as whoever draws with the same font may leave it
    text_width.cache_clear()
    assert text_width(text, size=7.3, bold=bold) == HINTING * max(widths, default=0.0) / POINTS
