"""Bias shown with its words and tables: bars by weight first, then the lights, a picture for every forty trials."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.pooling import PooledEffect
from synthesis.evidence import Evidence
from synthesis.evidence.vocabulary import DOMAIN_WORDS, JUDGEMENTS, NOT_JUDGED, TOOLS
from synthesis.figures.bias.bars import draw_bars
from synthesis.figures.bias.data import NOBODY, BiasData, Block, bias_data
from synthesis.figures.bias.lights import Page, draw_lights, pages_of
from synthesis.figures.parts.drawn import Drawn
from synthesis.figures.parts.risk_of_bias import SIGNS
from synthesis.figures.parts.show import ShownFigure, ShownFigures, show
from synthesis.markup import RISK_OF_BIAS
from synthesis.tables.show import TextView, show_text
from synthesis.wording import count, listed, lower_first, percent, upper_first

BARS = "{outcome}: risk of bias by share of the pool's weight"
LIGHTS = "{outcome}: risk of bias of each trial, domain by domain"
LIGHTS_OF = "{outcome}: risk of bias of each trial, domain by domain, part {page} of {pages}"
NONE = "Risk of bias: nobody has judged the trials on {outcome}."
ALT_BARS = "Bars of the risk of bias of {trials} on {outcome}, by share of the pool's weight. {bars}"
ALT_LIGHTS = "Risk of bias of {trials} on {outcome}, a row each; {letters}. {tools}{nobody}"
LETTER = "{letter} {judgement}"
TOOL = "{tool}, in the order {domains}: {rows}."
ROW = "{trial} {letters}"
NOBODY_JUDGED = " Not judged by anyone: {trials}."
BAR = "{domain}: {shares}."
SHARE = "{judgement} {share}"
OF_TOOL = "{domain} ({tool})"


def show_risk_of_bias(pooled: PooledEffect, evidence: Evidence) -> ShownFigures | TextView:
    """Show the risk of bias of the trials in a pool.

    Parameters
    ----------
    pooled : PooledEffect
    evidence : Evidence
        With the trials' judgements.

    Returns
    -------
    ShownFigures or TextView
        Bars by weight (from three trials on) and lights, forty trials a picture; a sentence where nobody judged.

    Examples
    --------
    >>> from synthesis.figures import show_risk_of_bias
    >>> show_risk_of_bias(pooled, evidence).figures[0].caption
    "Personal recovery: risk of bias by share of the pool's weight"
    """
    data = bias_data(pooled, evidence)
    if not data.is_judged:
        return show_text(NONE.format(outcome=lower_first(data.outcome)))
    pages = pages_of(data)
    bars = [_bars(data)] if data.weighted else []
    return ShownFigures((*bars, *(_lights(data, page, i, len(pages)) for i, page in enumerate(pages, 1))))


def _bars(data: BiasData) -> ShownFigure:
    return show(
        Drawn(draw_bars, data),
        alt=_bars_alt_text(data),
        caption=BARS.format(outcome=data.outcome),
        table=_bars_table(data),
        narrow=Drawn(draw_bars, data, narrow=True),
        kind=RISK_OF_BIAS,
    )


def _lights(data: BiasData, page: Page, number: int, pages: int) -> ShownFigure:
    caption = LIGHTS if pages == 1 else LIGHTS_OF
    return show(
        Drawn(draw_lights, data, page),
        alt=_lights_alt_text(data, page),
        caption=caption.format(outcome=data.outcome, page=number, pages=pages),
        table=_lights_table(data, page),
        narrow=Drawn(draw_lights, data, page, narrow=True),
        kind=RISK_OF_BIAS,
    )


def risk_of_bias_alt_text(pooled: PooledEffect, evidence: Evidence) -> str:
    """Say what the pictures of bias show: shares of weight by domain, then which trials were judged what.

    Parameters
    ----------
    pooled, evidence
        As in `show_risk_of_bias`.

    Examples
    --------
    >>> from synthesis.figures import risk_of_bias_alt_text
    >>> print(risk_of_bias_alt_text(pooled, evidence))
    Bars of the risk of bias of 17 trials on personal recovery, by share of the pool's weight.
    Overall: some concerns 12%, high 41% and not judged 48%. Randomisation process (RoB 2): low
    23%, some concerns 18%, high 11% and not judged 48%. Deviations from the intended interventions
    (RoB 2): low 45%, high 8% and not judged 48%. Missing outcome data (RoB 2): low 11%, ...
    """
    data = bias_data(pooled, evidence)
    return " ".join([_bars_alt_text(data), *(_lights_alt_text(data, page) for page in pages_of(data))])


def _words(code: str) -> str:
    return JUDGEMENTS[code].words if code else NOT_JUDGED


def _domain(tool: str, domain: str, *, several: bool) -> str:
    words = upper_first(DOMAIN_WORDS[domain])
    return OF_TOOL.format(domain=words, tool=TOOLS[tool]) if several and tool else words


def _bars_alt_text(data: BiasData) -> str:
    several = len(data.blocks) > 1
    bars = [
        BAR.format(
            domain=_domain(tool, domain, several=several),
            shares=listed([SHARE.format(judgement=_words(code), share=percent(n)) for code, n in shares.items()]),
        )
        for tool, domain, shares in data.bars
    ]
    trials = count(len(data.weights), "trial")
    return ALT_BARS.format(trials=trials, outcome=lower_first(data.outcome), bars=" ".join(bars))


def _bars_table(data: BiasData) -> pd.DataFrame:
    several, bars = len(data.blocks) > 1, data.bars
    used = [code for code in (*JUDGEMENTS, NOBODY) if any(code in shares for _, _, shares in bars)]
    domains = [_domain(tool, domain, several=several) for tool, domain, _ in bars]
    shares = {upper_first(_words(code)): [percent(row.get(code, 0.0), 1) for _, _, row in bars] for code in used}
    return pd.DataFrame({"Domain": domains, **shares})


def _lights_alt_text(data: BiasData, page: Page) -> str:
    tables = [(data.blocks[i], data.blocks[i].judgements.iloc[first:last]) for i, first, last in page.parts]
    trials = list(dict.fromkeys(trial for _, table in tables for trial in table.index))
    nobody = [data.labels[trial] for trial in trials if trial not in data.assessors]
    letters = listed([LETTER.format(letter=SIGNS[code].letter, judgement=_words(code)) for code in SIGNS])
    return ALT_LIGHTS.format(
        trials=count(len(trials), "trial"),
        outcome=lower_first(data.outcome),
        letters=letters,
        tools=" ".join(_tool(data, block, table) for block, table in tables if table.ne(NOBODY).any(axis=None)),
        nobody=NOBODY_JUDGED.format(trials=listed(nobody)) if nobody else "",
    ).strip()


def _tool(data: BiasData, block: Block, table: pd.DataFrame) -> str:
    """Say each trial's judgements in letters, in the order of the domains."""
    judged = table[table.ne(NOBODY).any(axis=1)]
    rows = [
        ROW.format(trial=data.labels[trial], letters=" ".join(SIGNS[code].letter for code in row))
        for trial, row in zip(judged.index, judged.to_numpy(), strict=True)
    ]
    domains = listed([DOMAIN_WORDS[domain] for domain in table])
    return TOOL.format(tool=TOOLS[block.tool], domains=domains, rows="; ".join(rows))


def _lights_table(data: BiasData, page: Page) -> pd.DataFrame:
    """One row a trial and tool; domains of the tools in use."""
    rows = []
    for i, first, last in page.parts:
        block = data.blocks[i]
        for trial, judged in block.judgements.iloc[first:last].iterrows():
            row = {"Trial": data.labels[trial], "Tool": TOOLS[block.tool] if trial in data.assessors else ""}
            row |= {"Weight": percent(data.weights[trial], 1)}
            row |= {upper_first(DOMAIN_WORDS[domain]): _words(code) for domain, code in judged.items()}
            rows.append(row | {"Judged by": data.assessors.get(trial, "")})
    table = pd.DataFrame(rows).fillna("")
    return table[[*table.columns.drop("Judged by"), "Judged by"]]
