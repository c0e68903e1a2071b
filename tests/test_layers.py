"""The data flow one way: each module may import those before it in ORDER, never those after."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "synthesis"
ORDER = """
    errors results contract delimited headers reading references bibliography entries checks plausibility
    listing annotations codebook codebook_files codebook_page new_trial evidence decisions measures routes
    selection contrasts reasons effects coverage fidelity agreement models pooling permutation regression
    moderation rivals sensitivity findings overview revisions difference display figures tables reports
    destination spreadsheet importers exporters cli __main__
""".split()
ONLY_IN = {
    "pymare": {"models"},
    "forestplot": {"figures"},
    "bibtexparser": {"bibliography", "entries", "references"},
    "papermill": {"reports"},
    "nbconvert": {"reports"},
    "nbclient": {"reports"},
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def layer_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_names(source, package):
    """Yield every dotted name that the source imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("import_module", "importlib.import_module"):
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))


def faults(layer, names):
    """Return what is wrong with a module of this layer importing these names."""
    wrong = []
    for name in names:
        top, _, rest = name.partition(".")
        target = rest.split(".")[0]
        if top == "synthesis" and target in ORDER and ORDER.index(target) > ORDER.index(layer):
            wrong.append(f"{layer} imports {target}, which comes after it")
        elif layer not in ONLY_IN.get(top, {layer}):
            wrong.append(f"{layer} imports {top}, which belongs to {' and '.join(sorted(ONLY_IN[top]))}")
    return wrong


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_never_point_back(path):
    layer = layer_of(path)
    assert layer in ORDER, f"give {layer} its place in ORDER: after all it imports, before all that import it"
    package = ".".join(["synthesis", *path.relative_to(PACKAGE).parts[:-1]])
    assert faults(layer, imported_names(path.read_text(encoding="utf-8"), package)) == []


@pytest.mark.parametrize(
    ("layer", "source", "package"),
    [
        ("reading", "from synthesis.evidence import Evidence", "synthesis"),
        ("reading", "from synthesis import evidence", "synthesis"),
        ("reading", "def f():\n    import synthesis.effects", "synthesis"),
        ("checks", "from ..evidence import Evidence", "synthesis.checks"),
        ("checks", "from .. import evidence", "synthesis.checks"),
        ("reading", "from .evidence import Evidence", "synthesis"),
        ("effects", "import_module('synthesis.models')", "synthesis"),
        ("pooling", "from pymare.stats import q_profile", "synthesis"),
        ("evidence", "import bibtexparser", "synthesis"),
        ("figures", "import papermill as pm", "synthesis.figures"),
    ],
)
def test_each_way_of_importing_back_is_seen(layer, source, package):
    assert len(faults(layer, imported_names(source, package))) == 1


@pytest.mark.parametrize(
    ("layer", "source", "package"),
    [
        ("checks", "from .numbers import check_range", "synthesis.checks"),
        ("evidence", "from synthesis.checks import check", "synthesis"),
        ("models", "import pymare", "synthesis"),
        ("figures", "import matplotlib.pyplot as plt", "synthesis.figures"),
    ],
)
def test_imports_within_a_layer_and_from_earlier_ones_pass(layer, source, package):
    assert faults(layer, imported_names(source, package)) == []
