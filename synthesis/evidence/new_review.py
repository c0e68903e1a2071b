"""The data root of another review: its own words and codebook, and a first trial to show where things go."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from synthesis.errors import SynthesisError
from synthesis.evidence.checks.cells import check_cells
from synthesis.evidence.contract import load_contract
from synthesis.evidence.vocabulary import NEUTRAL
from synthesis.files import new_folder

TRIAL = "example2020first"
SAMPLE = "Invented; an example to be deleted."

_ARM = {"source": SAMPLE, "description": SAMPLE, "n_randomised": "60"}
_EXAMPLE: Mapping[str, Sequence[Mapping[str, str]]] = {
    "trial": [
        {
            "year": "2020",
            "country": "Nowhere",
            "design": "parallel",
            "n_randomised": "120",
            "followup_months": "6",
            "source": SAMPLE,
            "notes": SAMPLE,
        }
    ],
    "arms": [
        {"arm": "new", "role": "intervention", "label": "What is tried", **_ARM},
        {"arm": "control", "role": "comparator", "label": "What it is compared with", **_ARM},
    ],
    "outcomes": [
        {
            "outcome": "wellbeing",
            "instrument": "Wellbeing Scale",
            "timepoint_months": "6",
            "intervention_arm": "new",
            "comparator_arm": "control",
            "n_intervention": "55",
            "mean_intervention": "24.1",
            "sd_intervention": "5.2",
            "n_comparator": "52",
            "mean_comparator": "22.8",
            "sd_comparator": "5.6",
            "read_from": "other",
            "source": SAMPLE,
            "notes": SAMPLE,
        }
    ],
}
_CODEBOOK: Mapping[str, Sequence[Mapping[str, str]]] = {
    "codebook_outcomes": [
        {
            "outcome": "wellbeing",
            "label": "Wellbeing",
            "role": "clinical",
            "measure": "SMD",
            "better": "higher",
            "definition": "An example: write your own outcomes, one a row.",
        }
    ],
    "codebook_instruments": [{"instrument": "Wellbeing Scale", "outcome": "wellbeing", "better": "higher"}],
}
_ENTRY = """\
@article{{{trial},
  author = {{Example, First}},
  title = {{An invented report, to be deleted with its trial}},
  journal = {{Journal of Examples}},
  year = {{2020}}
}}
"""
_README = """\
# {title}

A data root of `synthesis`: one folder a trial, small CSV files, plain UTF-8. From the folder that holds this one,
`synthesis check --data {name}` lists what is wrong, cell by cell, and `synthesis report --data {name}` makes the pages.

1. `codebook/review.csv` is what your pages call things, and how figures that come from models are read: `adjusted_r`,
   the correlation for SMDs of adjusted models and of changes; `small_trial_t` and `printed_df`. Empty: as printed.
2. `codebook/outcomes.csv` and `instruments.csv` are what is measured, and with what, in order of preference. `better`
   may be `unsettled`.
3. `codebook/components.csv` is a change model that arms are coded against. Empty: nothing is said about fidelity.
4. `synthesis new-trial NAME --data {name} --doi-entry entry.bib` adds a trial. Then delete `trials/{trial}` and its
   entry in `references.bib`: they are invented.
"""


OPTIONS = {
    "title": "--title",
    "question": "--question",
    "intervention_label": "--intervention",
    "comparator_label": "--comparator",
    "model": "--model",
}


class WordsError(SynthesisError):
    """A word of the review is not what its cell may hold."""


@dataclass(frozen=True)
class NewReview:
    """A data root as it was made: its folder."""

    folder: Path

    def __str__(self) -> str:
        place, typed = self.folder.as_posix(), quote(self.folder.as_posix())
        return (
            f"Made {place} with an invented trial to show where things go; README.md in it says what to fill in.\n"
            f"Next: `synthesis check --data {typed}`, then `synthesis report --data {typed}`."
        )


def new_review(
    folder: Path | str,
    *,
    title: str = "What the trials say",
    question: str = "",
    intervention: str = NEUTRAL.intervention,
    comparator: str = NEUTRAL.comparator,
    model: str = "",
) -> NewReview:
    """Make the data root of another review, with a codebook of its own and an invented first trial.

    Parameters
    ----------
    folder : path
        Nothing, or an empty folder.
    title, question : str
        Heading of the first page, and what is asked.
    intervention, comparator : str
        What is tried and what it is compared with, as they stand in a sentence after "favours".
    model : str
        The change model that arms will be coded against; none by default.

    Returns
    -------
    NewReview

    Raises
    ------
    DestinationError
        Where something stands already, or nothing can be written.
    WordsError
        For a text that its cell of review.csv may not hold.
    """
    folder = Path(folder)
    review = {
        "title": title,
        "question": question,
        "intervention_label": intervention,
        "comparator_label": comparator,
        "model": model,
    }
    _refuse(review)
    rows = {**_CODEBOOK, **_EXAMPLE, "codebook_review": [review]}
    with new_folder(folder, made_by=None) as place:
        for name, table in load_contract().items():
            if name in rows or not table.optional:
                path = place / table.path.format(trial=TRIAL)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_text(table.columns, rows.get(name, ())), encoding="utf-8", newline="\n")
        (place / "references.bib").write_text(_ENTRY.format(trial=TRIAL), encoding="utf-8", newline="\n")
        readme = _README.format(title=title, name=quote(folder.name), trial=TRIAL)
        (place / "README.md").write_text(readme, encoding="utf-8", newline="\n")
    return NewReview(folder)


def _refuse(review: Mapping[str, str]) -> None:
    """Refuse the first text that breaks a rule of its cell, naming its option."""
    import pandas as pd

    table = load_contract()["codebook_review"]
    frame = pd.DataFrame([review], columns=list(table.columns), dtype="str").fillna("")
    found = check_cells(frame.assign(file="", row=2), table)
    for fault in found:
        raise WordsError(f"{OPTIONS.get(str(fault.column), fault.column)}: {fault.message} {fault.hint}".strip())
    for column, text in review.items():
        if len(text.splitlines()) > 1:
            raise WordsError(f"{OPTIONS[column]}: The text has a line break; write it in one line.")


def _text(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
