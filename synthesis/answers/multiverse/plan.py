"""A plan: what is fitted, as two small files in a folder that any machine can work on without the evidence."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from synthesis.answers.multiverse.data import COMPARISON, Data
from synthesis.answers.multiverse.fits import Fits
from synthesis.answers.multiverse.grid import BAYES, EVENTS
from synthesis.answers.multiverse.joint_fits import JointFits
from synthesis.errors import InputError
from synthesis.files import DestinationError, told_as

FORMAT = 2
PLAN, TABLES = "plan.json", "tables.npz"
ARRAYS = ("trial", "y", "v", "counts", "frame", "members", "kind", "sets", "scores", "score_kind")
NO_PLAN = "{folder} holds no plan of a multiverse: {why}. synthesis multiverse plan makes one."
OTHER_FORMAT = "it is of format {format}, and this version reads {mine}"
OTHER_TABLES = "tables.npz is not the one that belongs to plan.json"
OTHER_PLAN = "{folder} holds another plan ({name}). Choose another folder; nothing of one plan is mixed with another."


@dataclass(frozen=True)
class Plan:
    """What is crossed and how it is cut into chunks.

    Attributes
    ----------
    target : {"pool", "slope", "joint"}
    outcome, outcome_label, measure : str
        Of a pool or a slope; of a joint model its outcomes, separated by commas, and words.
    sides : list of str
        What an estimate above 0 and one below favour, in words.
    turn : float
        What turns an estimate into benefit, or into more benefit with more fidelity.
    dimensions : list of dict
        dimension, label, kind, and its levels: level, words, reason.
    dropped : list of list of str
        Levels that have no meaning here: dimension, level, why.
    is_declared : bool
    dates : list of str
        Days on which its choices were declared.
    grid : str
        SHA-256 of the declared grid.
    models : list of list of str
        Estimator, or correlation, and interval.
    level : float
    permutations, resamples, seed : int
        Arrangements of the reference; draws of whole trials.
    chunk, orders : int
        Fits in a chunk; arrangements or draws in a chunk of theirs.
    evidence : str
        SHA-256 of the files that the numbers come from.
    versions : dict of str to str
    tables : str
        SHA-256 of the arrays.
    """

    target: str
    outcome: str
    outcome_label: str
    measure: str
    sides: list[str]
    turn: float
    dimensions: list[dict[str, Any]]
    dropped: list[list[str]]
    is_declared: bool
    dates: list[str]
    grid: str
    models: list[list[str]]
    level: float
    permutations: int
    resamples: int
    seed: int
    chunk: int
    orders: int
    evidence: str
    versions: dict[str, str]
    tables: str = ""
    format: int = FORMAT

    @property
    def text(self) -> str:
        """The plan as it stands in its file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @property
    def name(self) -> str:
        """SHA-256 of the plan."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def levels(self) -> dict[str, list[str]]:
        """Levels by dimension."""
        return {own["dimension"]: [level["level"] for level in own["levels"]] for own in self.dimensions}

    @property
    def which(self) -> list[str]:
        """Dimensions of which data are taken."""
        return [own["dimension"] for own in self.dimensions if own["kind"] == "which"]

    @property
    def estimators(self) -> tuple[str, ...]:
        """Estimators, or correlations, each once."""
        return tuple(dict.fromkeys(estimator for estimator, _ in self.models))

    @property
    def referred(self) -> tuple[str, ...]:
        """Estimators that take part in the reference: pools of events and posteriors do not."""
        return tuple(name for name in self.estimators if name not in (*EVENTS, *BAYES))

    def words(self, dimension: str, level: str) -> str:
        """Return a level in words."""
        own = next(own for own in self.dimensions if own["dimension"] == dimension)
        return next((found["words"] for found in own["levels"] if found["level"] == level), level)

    def label(self, dimension: str) -> str:
        """Return a dimension in words."""
        return next(own["label"] for own in self.dimensions if own["dimension"] == dimension)


def fits_of(plan: Plan, data: Data) -> Fits | JointFits:
    """Return the fits of a plan."""
    if plan.target == "joint":
        return JointFits(data, tuple(float(level) for level in plan.estimators), plan.level)
    return Fits(data, plan.target, plan.estimators, plan.measure, plan.turn, plan.level)


def packed(data: Data) -> tuple[bytes, str]:
    """Return the arrays as the bytes of an npz file, and their digest."""
    arrays = {name: getattr(data, name) for name in ARRAYS}
    arrays |= {f"of_{name}": data.comparisons[name].to_numpy(str) for name in COMPARISON}
    arrays["level_of_score"] = np.array(data.level_of_score, dtype=str)
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    held = io.BytesIO()
    np.savez_compressed(held, **arrays)  # type: ignore[arg-type]
    return held.getvalue(), digest.hexdigest()


def unpacked(content: bytes) -> Data:
    """Return the data of `packed`."""
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    comparisons = pd.DataFrame({name: arrays[f"of_{name}"].astype(object) for name in COMPARISON})
    levels = tuple(str(level) for level in arrays["level_of_score"])
    return Data(comparisons=comparisons, level_of_score=levels, **{name: arrays[name] for name in ARRAYS})


def write_plan(folder: Path, plan: Plan, data: Data) -> None:
    """Write a plan into a folder of its own; a plan that is already there stays.

    Raises
    ------
    DestinationError
        Where something else stands there.
    """
    path = folder / PLAN
    if path.exists():
        if read_plan(folder)[0].name != plan.name:
            raise DestinationError(OTHER_PLAN.format(folder=folder, name=read_plan(folder)[0].outcome))
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DestinationError(f"{folder} holds other things. Choose a folder that is empty or not there yet.")
    with told_as(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TABLES).write_bytes(packed(data)[0])
        # Last, and whole: a folder with this file is a plan.
        staged = folder / f".{PLAN}"
        staged.write_text(plan.text, encoding="utf-8")
        staged.replace(path)


def read_plan(folder: Path) -> tuple[Plan, Data]:
    """Read a plan.

    Raises
    ------
    InputError
        Where there is none that this version can work on.
    """
    try:
        content = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        if content.get("format") != FORMAT:
            raise InputError(
                NO_PLAN.format(folder=folder, why=OTHER_FORMAT.format(format=content.get("format"), mine=FORMAT))
            )
        plan, data = Plan(**content), unpacked((folder / TABLES).read_bytes())
    except FileNotFoundError as error:
        raise InputError(NO_PLAN.format(folder=folder, why=f"{Path(error.filename).name} is missing")) from None
    except (ValueError, TypeError, KeyError, AttributeError, OSError, EOFError) as error:
        raise InputError(NO_PLAN.format(folder=folder, why=f"a file cannot be read ({error})")) from None
    if packed(data)[1] != plan.tables:
        raise InputError(NO_PLAN.format(folder=folder, why=OTHER_TABLES))
    return plan, data
