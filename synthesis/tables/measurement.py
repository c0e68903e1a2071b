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
    """Show the posterior mean score of every arm with effects, for each reading of silence."""
    arms = found.arms
    columns = {
        f"Delta {shown}": [f"{number(mean)} ({number(sd)})" for mean, sd in zip(own.scores, own.scores_sd, strict=True)]
        for shown, own in zip(found.shown()["Delta"], found.at.values(), strict=True)
    }
    described = [percent(100 * share) for share in arms["reported"]]
    table = pd.DataFrame({"Trial": arms["label"], "Arm": arms["arm"], "Described": described, **columns})
    return table[arms["tied"].astype(bool)].reset_index(drop=True)


def show_measurement(found: Measurement | None) -> TableView | TextView:
    """Show the slope for each reading of silence; nothing where there is no measurement."""
    return show_text() if found is None or not found.at else show_table(found.shown(), SLOPES)


def show_measured_scores(found: Measurement | None) -> TableView | TextView:
    """Show what arms are taken to have done, folded; nothing where there is no measurement."""
    if found is None or not found.at:
        return show_text()
    return show_table(measured_scores_table(found), SCORES, folded=True)


def measurement_text(found: Measurement) -> str:
    """Lay a measurement out for a terminal."""
    return "\n".join([str(found), "", text_table(found.shown()), "", *measurement_sentences(found)])
