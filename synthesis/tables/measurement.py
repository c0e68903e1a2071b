"""Tables of the measurement model: the slope for each reading of silence, and what arms are taken to have done."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.measurement import Measurement
from synthesis.answers.measurement.statement import measurement_sentences
from synthesis.tables.show import TableView, TextView, show_table, show_text
from synthesis.tables.terminal import text_table
from synthesis.wording import number, percent

SLOPES = "The change over all outcomes under each reading of silence"
SCORES = "What arms are taken to have done: posterior mean score (standard deviation) for each delta"


def measured_scores_table(found: Measurement) -> pd.DataFrame:
    """Show the posterior mean score of every arm with effects, for each reading of silence.

    Examples
    --------
    >>> from synthesis.tables import measured_scores_table
    >>> print(text_table(measured_scores_table(read_measurement(evidence)).head(2)))
    Trial                          Arm   Described  Delta 0      Delta −1     Delta −2     Delta −4
    -----------------------------------------------------------------------------------------------
    Alvarez-Jimenez et al. (2021)  peer        50%  0.72 (0.09)  0.68 (0.10)  0.63 (0.12)  0.51 (0.11)
    Amani et al. (2021)            peer        67%  0.62 (0.07)  0.58 (0.08)  0.52 (0.09)  0.45 (0.07)
    """
    arms = found.arms
    columns = {
        f"Delta {shown}": [f"{number(mean)} ({number(sd)})" for mean, sd in zip(own.scores, own.scores_sd, strict=True)]
        for shown, own in zip(found.shown()["Delta"], found.at.values(), strict=True)
    }
    described = [percent(100 * share) for share in arms["reported"]]
    table = pd.DataFrame({"Trial": arms["label"], "Arm": arms["arm"], "Described": described, **columns})
    return table[arms["tied"].astype(bool)].reset_index(drop=True)


def show_measurement(found: Measurement | None) -> TableView | TextView:
    """Show the slope for each reading of silence; nothing where there is no measurement.

    Examples
    --------
    >>> from synthesis.tables import show_measurement
    >>> show_measurement(read_measurement(evidence))._repr_html_()[:40]
    '<div class="table-scroll" role="region" '
    """
    return show_text() if found is None or not found.at else show_table(found.shown(), SLOPES)


def show_measured_scores(found: Measurement | None) -> TableView | TextView:
    """Show what arms are taken to have done, folded; nothing where there is no measurement.

    Examples
    --------
    >>> from synthesis.tables import show_measured_scores
    >>> show_measured_scores(read_measurement(evidence))._repr_html_()[:40]
    '<details><summary>What arms are taken to'
    """
    if found is None or not found.at:
        return show_text()
    return show_table(measured_scores_table(found), SCORES, folded=True)


def measurement_text(found: Measurement) -> str:
    """Lay a measurement out for a terminal.

    Examples
    --------
    >>> from synthesis.tables import measurement_text
    >>> print(measurement_text(read_measurement(evidence)))
    Measurement model, all outcomes: 123 effects of 51 trials, 101 coded arms; 4 of 4 readings of
    silence
    <BLANKLINE>
    Delta  Change per whole score  Least to most faithful  Mean fidelity  Scores from, to ...
    --------------------------------------------------------------------------------------------...
        0  −0.32 (−0.82 to 0.16)   −0.14 (−0.35 to 0.07)            0.64  0.39, 0.82 ...
       −1  −0.28 (−0.74 to 0.16)   −0.14 (−0.37 to 0.08)            0.61  0.31, 0.81 ...
       −2  −0.23 (−0.63 to 0.17)   −0.13 (−0.37 to 0.10)            0.56  0.22, 0.80 ...
    ...
    """
    return "\n".join([str(found), "", text_table(found.shown()), "", *measurement_sentences(found)])
