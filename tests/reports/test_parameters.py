import papermill
import pytest

from builders.reports_cases import NOTEBOOKS, write_notebook
from synthesis.reports import Job, ParameterError, ReportError, known_parameters, run_plan
from synthesis.reports.record.parameters import check_parameters, read_settings

EVERY_NOTEBOOK = sorted([*NOTEBOOKS.glob("*.ipynb"), *(NOTEBOOKS.parents[1] / "notebooks").glob("*.ipynb")])
OUTCOME = NOTEBOOKS / "outcome.ipynb"


@pytest.mark.parametrize("path", EVERY_NOTEBOOK, ids=lambda path: path.name)
def test_parameters_are_read_as_papermill_reads_them(path):
    seen = papermill.inspect_notebook(path)
    known = known_parameters(path)
    assert {name: parameter.help for name, parameter in known.items()} == {n: p["help"] for n, p in seen.items()}
    assert {name: parameter.type for name, parameter in known.items()} == {
        name: entry["inferred_type_name"] for name, entry in seen.items()
    }


def test_a_misspelt_parameter_is_refused_before_anything_starts(tmp_path):
    job = Job(OUTCOME, "page", parameters={"outcom": "hope"})
    with pytest.raises(ParameterError) as refusal:
        run_plan([job], tmp_path / "reports")
    message = str(refusal.value)
    assert "outcome.ipynb has no parameter 'outcom' (did you mean outcome?)" in message
    assert "outcome: str = 'hope'  name of the table" in message
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outcome", 3),
        ("level", "0.9"),
        ("level", float("nan")),
        ("level", True),
        ("draws", 2.5),
        ("draws", True),
        ("detailed", 1),
        ("trials", "A,B"),
    ],
)
def test_a_value_of_another_type_is_refused(name, value):
    with pytest.raises(ParameterError, match=f"parameter {name} must be "):
        check_parameters([Job(OUTCOME, "page", parameters={name: value})])


def test_values_of_the_right_type_pass():
    values = {"outcome": "007", "level": 1, "draws": 0, "detailed": False, "trials": ["A"], "seed": -1}
    check_parameters([Job(OUTCOME, "page", parameters=values)])


def test_every_misfit_of_every_notebook_stands_in_one_error():
    jobs = [
        Job(OUTCOME, "one", parameters={"levle": 0.9, "draws": "3"}),
        Job(NOTEBOOKS / "overview.ipynb", "two", parameters={"outcome": "hope"}),
    ]
    with pytest.raises(ParameterError) as refusal:
        check_parameters(jobs)
    for part in ("levle", "draws must be int", "overview.ipynb has no parameter 'outcome'"):
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("outcome=007", "outcome", "007"),
        ("outcome=a=b", "outcome", "a=b"),
        ("level=0.9", "level", 0.9),
        ("draws=5", "draws", 5),
        ("detailed=no", "detailed", False),
        ("detailed=TRUE", "detailed", True),
        ("trials=A, B", "trials", ["A", "B"]),
        ('trials=["A,B"]', "trials", ["A,B"]),
    ],
)
def test_text_becomes_a_value_of_the_parameters_type(text, name, value):
    found = read_settings([text], [OUTCOME], {})
    assert found == {name: value}
    assert type(found[name]) is type(value)


@pytest.mark.parametrize("text", ["level=high", "draws=2.5", "detailed=perhaps", "level=nan", "level=inf", "trials=[1"])
def test_text_without_such_a_value_is_refused(text):
    with pytest.raises(ParameterError, match="must be"):
        read_settings([text], [OUTCOME], {})


def test_unknown_and_reserved_settings_are_refused_with_what_to_do():
    with pytest.raises(ParameterError) as refusal:
        read_settings(["outcome=hope", "levels=0.9", "level"], [OUTCOME], {"outcome": "--outcome"})
    message = str(refusal.value)
    assert "outcome is set by --outcome" in message
    assert "'levels' (did you mean level?)" in message
    assert "'level' is not of the form name=value" in message
    assert "confidence level" in message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('query: str = "a=b"  # a query', "exactly one '='"),
        ("level: float = 0.9  # level = confidence", "exactly one '='"),
        ("n: int | None = 1  # number", "type int | None"),
        ("level: float = 0.95", "needs a comment"),
        ("level = 0.95  # level", "name: type = literal"),
        ("level: float = 1 - 0.05  # level", "name: type = literal"),
        ("level: float = 'a'  # level", "not of type float"),
        ("size: complex = 1j  # size", "type complex"),
    ],
)
def test_lines_that_papermill_would_misread_are_named(tmp_path, line, reason):
    notebook = write_notebook(tmp_path / "n.ipynb", parameters=f"# first\nok: int = 1  # fine\n{line}")
    with pytest.raises(ReportError) as refusal:
        known_parameters(notebook)
    assert "line 3" in str(refusal.value)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no notebook"), ("{", "not a notebook"), ("[]", "no cells"), ('{"cells": 3}', "no cells")],
)
def test_what_is_no_notebook_is_refused_by_name(tmp_path, content, reason):
    path = tmp_path / "n.ipynb"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ReportError, match=reason):
        known_parameters(path)


def test_a_notebook_without_parameters_cell_has_none(tmp_path):
    assert known_parameters(write_notebook(tmp_path / "n.ipynb", "1")) == {}
