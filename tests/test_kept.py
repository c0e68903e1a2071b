"""What is kept is what computing it again would give, for the same content alone, in one process or in several."""

from __future__ import annotations

import multiprocessing
import sys
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthesis.answers.fidelity import score_fidelity
from synthesis.answers.fidelity_slope import fidelity_slope
from synthesis.answers.joint import _with_characteristics, gather_effects
from synthesis.answers.sensitivity import compare_choices
from synthesis.answers.silence import silence_ladder
from synthesis.effects import compute_effects
from synthesis.errors import NotEstimableError
from synthesis.evidence import load_evidence
from synthesis.kept import fingerprint, fingerprint_of_table, kept, results_kept

calls: list[object] = []
shared = pytest.mark.skipif(sys.platform == "win32", reason="nothing is shared on Windows")


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


@kept()
def doubled(table: pd.DataFrame, by: float = 2.0) -> pd.DataFrame:
    calls.append(by)
    return table * by


@kept()
def refused(value: int) -> int:
    calls.append(value)
    raise ValueError("no")


@pytest.fixture
def table():
    return pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, np.nan]})


def test_nothing_is_kept_unless_switched_on(table):
    doubled(table)
    doubled(table)
    assert len(calls) == 2


def test_the_same_content_is_computed_once_and_other_content_anew(table):
    with results_kept():
        first = doubled(table)
        pd.testing.assert_frame_equal(doubled(table.copy(), by=2.0), first)
        assert len(calls) == 1
        doubled(table, by=3.0)
        doubled(table.rename(columns={"a": "c"}))
        doubled(table.astype("float32"))
        doubled(table.iloc[::-1])
        assert len(calls) == 5


def test_every_caller_has_a_copy_of_its_own(table):
    with results_kept():
        for _ in range(3):
            mine = doubled(table)
            assert mine["a"].tolist() == [2.0, 4.0]
            mine["a"] = 0.0
            mine.loc[0, "b"] = 9.0


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.__setitem__("a", 5.0),
        lambda table: table.loc.__setitem__((0, "a"), 5.0),
        lambda table: table.iloc.__setitem__((1, 1), 5.0),
        lambda table: table.insert(1, "c", 1),
        lambda table: table.pop("b"),
        lambda table: setattr(table, "columns", ["a", "c"]),
        lambda table: setattr(table, "index", [3, 4]),
        lambda table: table.fillna(1.0, inplace=True),
        lambda table: table.at.__setitem__((0, "a"), 7.0),
        lambda table: table.update(pd.DataFrame({"a": [8.0]})),
    ],
)
def test_a_table_that_changes_in_place_has_another_fingerprint(table, change):
    before = fingerprint_of_table(table)
    assert fingerprint_of_table(table) == before
    change(table)
    after = fingerprint_of_table(table)
    assert after != before
    assert after == fingerprint_of_table(table.copy())


def test_a_table_behind_another_is_not_taken_for_it(table):
    part = table.iloc[:1]
    whole, first = fingerprint_of_table(table), fingerprint_of_table(part)
    assert whole != first
    table.loc[0, "a"] = 9.0
    assert fingerprint_of_table(part) == first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        ("1", 1),
        (None, "None"),
        ([1, 2], (1, 2)),
        ([1, [2]], [[1], 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (["a,b"], ["a", "b"]),
        (np.array([1.0, 2.0]), np.array([[1.0, 2.0]])),
        (0.1 + 0.2, 0.3),
        (pd.Series([1.0], index=[1]), pd.Series([1.0], index=[2])),
    ],
)
def test_what_differs_in_value_or_kind_has_another_fingerprint(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_what_has_no_fingerprint_is_refused_and_not_kept_by_chance():
    @dataclass
    class Holds:
        made: object

    with pytest.raises(TypeError, match="has no fingerprint"):
        fingerprint(Holds(lambda: 1))


def test_a_refusal_is_not_kept():
    with results_kept():
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                refused(1)
    assert calls == [1, 1]


@shared
def test_another_process_finds_what_is_shared_in_a_folder(table, tmp_path):
    with results_kept(tmp_path):
        first = doubled(table)
    with results_kept(tmp_path):
        pd.testing.assert_frame_equal(doubled(table), first)
    assert len(calls) == 1
    assert not list(tmp_path.glob("*.lock")), "who computed has gone"


@kept()
def slow(value: float, log: str) -> float:
    with Path(log).open("a") as file:
        file.write("computed\n")
    time.sleep(0.3)
    return value


def _ask(folder, log):
    with results_kept(folder):
        slow(1.0, log)


@shared
def test_of_several_processes_one_computes_and_the_others_wait(tmp_path):
    folder, log = tmp_path / "kept", tmp_path / "log"
    folder.mkdir()
    asking = [multiprocessing.get_context("fork").Process(target=_ask, args=(folder, str(log))) for _ in range(3)]
    for process in asking:
        process.start()
    for process in asking:
        process.join()
        assert process.exitcode == 0
    assert log.read_text() == "computed\n"


@pytest.fixture
def own(valid, valid_kept):
    return load_evidence(valid, references=valid.parent / "references.bib")


def same(one, other):
    """Compare results part by part, tables cell by cell."""
    assert type(one) is type(other)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
    elif hasattr(one, "__dataclass_fields__"):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            same(*pair)
    elif isinstance(one, dict):
        same(list(one.items()), list(other.items()))
    else:
        assert one == other or (one != one and other != other)


KEPT_ANSWERS = {
    "scores": score_fidelity,
    "slope": lambda own: fidelity_slope(compute_effects(own, "recovery"), score_fidelity(own), permutations=99),
    "silence": lambda own: silence_ladder(compute_effects(own, "recovery"), score_fidelity(own)),
    "choices": lambda own: compare_choices(compute_effects(own, "recovery"), evidence=own),
    "characteristics": lambda own: _with_characteristics(compute_effects(own, "recovery"), own, score_fidelity(own)),
    "gathered": gather_effects,
}


@pytest.mark.parametrize("answer", KEPT_ANSWERS.values(), ids=KEPT_ANSWERS)
@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("trials", "population_group", "perinatal"),
        ("trials", "year", 1999.0),
        ("arms", "peer_status", "core"),
        ("arms", "duration_weeks", 3.0),
        ("components", "rating", 1.0),
        ("outcomes", "mean_intervention", 1.5),
        ("decisions", "trial", "nobody"),
    ],
)
def test_an_answer_that_is_kept_is_what_it_would_be_after_any_change(own, answer, name, column, value):
    with results_kept():
        answer(own)
        table = getattr(own, name).copy()
        table[column] = value
        changed = replace(own, **{name: table})
        after, again = _or_refusal(answer, changed), _or_refusal(answer, changed)
    expected = _or_refusal(answer, changed)
    same(after, expected)
    same(again, expected)


def _or_refusal(answer, own):
    try:
        return answer(own)
    except NotEstimableError as error:
        return str(error)
