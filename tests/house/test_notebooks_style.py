"""Notebooks hold choices, calls and the reading of results; a loop, a branch or a formula belongs in the package."""

import ast
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_LINES = 6
LOGIC = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
    ast.For, ast.While, ast.comprehension, ast.If, ast.IfExp, ast.Match, ast.Try, ast.With,
    ast.BinOp, ast.BoolOp, ast.Compare,
)  # fmt: skip

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def read(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_parameters(cell):
    return "parameters" in cell.metadata.get("tags", [])


def logic_in(source):
    """Return each statement or expression that belongs in the package, as `line: code`."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, LOGIC))
    return [f"{getattr(node, 'lineno', '?')}: {ast.unparse(node)}" for node in nodes]


def parameter_faults(source):
    """Return the lines papermill would misread: it wants `name: type = literal  # help`, one `=`, no `|`."""
    wrong = [line for line in source.splitlines() if line.count("=") != 1 or "|" in line or "#" not in line]
    for node in ast.parse(source).body:
        try:
            ast.literal_eval(node.value) if isinstance(node, ast.AnnAssign) else wrong.append(ast.unparse(node))
        except ValueError:
            wrong.append(ast.unparse(node))
    return wrong


def test_there_are_notebooks():
    assert NOTEBOOKS


@each_notebook
def test_notebooks_are_valid_without_outputs_and_runnable_on_any_machine(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.nbformat_minor >= 5, "cells need ids: save it with a current Jupyter"
    assert notebook.metadata.kernelspec.name == "python3"
    assert "papermill" not in notebook.metadata
    dirty = [cell.id for cell in code_cells(notebook) if cell.outputs or cell.execution_count is not None]
    assert dirty == [], "strip the outputs: .venv/bin/python -m nbstripout notebooks/*.ipynb"


@each_notebook
def test_notebooks_open_with_one_title_and_its_question(path):
    first = read(path).cells[0]
    titles = [line for cell in read(path).cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
    assert len([line for line in titles if line.startswith("# ")]) == 1
    assert len(first.source.splitlines()) > 1, "the title wants a paragraph with the question"


@each_notebook
def test_the_parameters_cell_comes_first_and_papermill_can_read_it(path):
    cells = code_cells(read(path))
    assert [is_parameters(cell) for cell in cells] == [True] + [False] * (len(cells) - 1)
    assert parameter_faults(cells[0].source) == []


@each_notebook
def test_cells_are_short_and_hold_no_logic(path):
    others = [cell for cell in code_cells(read(path)) if not is_parameters(cell)]
    too_long = {cell.id: len(cell.source.splitlines()) for cell in others if len(cell.source.splitlines()) > MOST_LINES}
    assert too_long == {}
    assert [found for cell in others for found in logic_in(cell.source)] == []


@each_notebook
def test_imports_stand_in_one_cell(path):
    importing = [
        cell.id
        for cell in code_cells(read(path))
        if any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(ast.parse(cell.source)))
    ]
    assert len(importing) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def f(): pass",
        "x = [t for t in trials]",
        "y = a if b else c",
        "for t in trials: show(t)",
        "g = m1 - m2",
        "k > 3 and show(k)",
    ],
)
def test_logic_is_seen(source):
    assert logic_in(source)


@pytest.mark.parametrize(
    "source",
    [
        "pooled = pool(effects, method=method)\npooled",
        'Markdown(f"The pooled effect was {pooled}.")',
        "forest_plot(pooled);",
    ],
)
def test_calls_and_sentences_pass(source):
    assert logic_in(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "level = 0.95  # level",
        "level: float = 1 - 0.05  # level",
        'data: str = "a"',
        'q: str = "a=b"  # x',
        "n: int | None = 1  # n",
    ],
)
def test_parameters_papermill_would_misread_are_seen(source):
    assert parameter_faults(source)


def test_a_plain_documented_parameter_passes():
    assert parameter_faults('outcome: str = "hope"  # outcome domain\nlevel: float = 0.95  # level') == []
