"""The data flow one way: a room may import those before it in its line of ORDER, never those after; likewise within."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "synthesis"
ORDER = {
    "": """
        errors choices wording markup results files machine cache kept
        statistics evidence effects answers tables figures reports exchange explorer cli __main__
    """,
    "statistics": """
        distributions measures counts engine lanes kernels models lines clusters sandwich multilevel
        arrangements permutation studentised multiplicity information power
        profile censored censored_joint quadrature priors bayes bayes_many bayes_clusters chains slices gibbs_effects
        gibbs_ratings measurement agreement
        given deletion subsets small_study selection simulated
    """,
    "evidence": """
        vocabulary certainty multiverse readings contract rules findings encodings sheets headers bibliography reading
        codebook checks flow plausibility kept evidence changed_rows revisions versions new_trial new_review
    """,
    "effects": """
        columns assumptions decisions routes selection rows pooled left_out kept effects many direction_only counted
        given
    """,
    "answers": """
        verdicts withheld review harms coverage fidelity agreement pooling second_engine ceiling regression
        fidelity_slope fidelity_statement slope_without rivals joint joint_rivals joint_statement silence specificity
        identifiable next_trial credibility direction_only bayes beside_main hypotheses measurement calibration
        dependent readings sensitivity subgroups robustness studied plain benefit influence subsets cumulative
        small_study multiverse fragility_statement statements worklist grading overview judgements_moved difference
        difference_statement
    """,
    "answers.multiverse": """
        grid draws data rows fits rearranged joint_fits plan chunks parts reference resampled levels curve work cluster
        run universe space statement beside
    """,
    "answers.grading": """
        rules suggestion absolute threshold facts target imprecision inconsistency risk_of_bias indirectness
        publication_bias sentences seen judged overall grade stale natural people rows sof summary decision
    """,
    "answers.hypotheses": "declared tested slopes others run",
    "answers.measurement": "given results run statement",
    "answers.calibration": "designs plan cells results run statement",
    "tables": """
        show arms effects evidence characteristics checklists fidelity hypotheses agreement overview terminal explain
        fragility calibration difference beside measurement certainty glossary multiverse
    """,
    "tables.checklists": "facts prisma prisma_s",
    "figures": """
        parts flow bias directions forest bubble components coverage agreement overview difference silence
        influence baujat cumulative funnel fragility calibration subgroups subsets curve change_model
    """,
    "reports": "record page run documents report changes publishing",
    "reports.changes": "history feed page making",
    "reports.publishing": "frozen freeze listing assemble",
    "reports.documents": "blocks pictures word pdf pack",
    "cli": """
        options faults annotations output program data answers beside certainty explain calibration measurement
        subgroups multiverse worklist explore reports changes publishing document exchange
    """,
    "explorer": "words subsets data module page widget notebook",
    "exchange": "notes spreadsheet cells bibtex source archive wrong_kind root carried importers exporters",
}
ONLY_IN = {
    "matplotlib": {"figures"},
    "forestplot": {"figures"},
    "pymare": {"statistics"},
    "numba": {"statistics"},
    "distributed": {"answers"},
    "bibtexparser": {"evidence"},
    "pylatexenc": {"evidence"},
    "rispy": {"evidence"},
    "papermill": {"reports"},
    "nbconvert": {"reports"},
    "nbclient": {"reports"},
    "nh3": {"reports"},
    "docx": {"reports"},
    "typst": {"reports"},
    "anywidget": {"explorer"},
    "traitlets": {"explorer"},
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


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


def faults(module, names):
    """Return what is wrong with a module (dotted, below the package) importing these names."""
    wrong = []
    for name in names:
        top, _, rest = name.partition(".")
        if top != "synthesis":
            if module.partition(".")[0] not in ONLY_IN.get(top, {module.partition(".")[0]}):
                wrong.append(f"{module} imports {top}, which belongs to {' and '.join(sorted(ONLY_IN[top]))}")
            continue
        own, other, room = module.split("."), rest.split("."), ""
        while own and other and own[0] == other[0] and f"{room}.{own[0]}".strip(".") in ORDER:
            room = f"{room}.{own.pop(0)}".strip(".")
            other.pop(0)
        order = ORDER[room].split()
        if own and other and {own[0], other[0]} <= set(order) and order.index(other[0]) > order.index(own[0]):
            wrong.append(f"{module} imports {rest}, which comes after it")
    return wrong


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_never_point_back(path):
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    package = ".".join(["synthesis", *parts[:-1]])
    own = parts[:-1] if parts[-1] == "__init__" else parts
    for depth in range(len(own)):
        room = ".".join(own[:depth])
        assert room not in ORDER or own[depth] in ORDER[room].split(), (
            f"give {own[depth]} its place in the line of {room or 'the package'}: after all it imports"
        )
    assert faults(".".join(own), imported_names(path.read_text(encoding="utf-8"), package)) == []


@pytest.mark.parametrize("room", ORDER)
def test_the_lines_name_what_is_there(room):
    folder = PACKAGE.joinpath(*filter(None, room.split(".")))
    there = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert set(ORDER[room].split()) == there - {"__init__"}


@pytest.mark.parametrize(
    ("module", "source", "package"),
    [
        ("evidence.reading", "from synthesis.evidence.evidence import Evidence", "synthesis.evidence"),
        ("statistics.models", "from synthesis import evidence", "synthesis.statistics"),
        ("evidence.reading", "def f():\n    import synthesis.effects", "synthesis.evidence"),
        ("evidence.checks.keys", "from ..evidence import Evidence", "synthesis.evidence.checks"),
        ("evidence.checks.keys", "from .. import revisions", "synthesis.evidence.checks"),
        ("effects.rows", "from .effects import Effects", "synthesis.effects"),
        ("effects.rows", "import_module('synthesis.answers')", "synthesis.effects"),
        ("figures.parts.style", "from synthesis.figures.forest.draw import forest_plot", "synthesis.figures.parts"),
        ("answers.pooling", "from pymare.stats import q_profile", "synthesis.answers"),
        ("effects.effects", "import bibtexparser", "synthesis.effects"),
        ("tables.show", "import matplotlib", "synthesis.tables"),
        ("figures.parts.svg", "import papermill as pm", "synthesis.figures.parts"),
    ],
)
def test_each_way_of_importing_back_is_seen(module, source, package):
    assert len(faults(module, imported_names(source, package))) == 1


@pytest.mark.parametrize(
    ("module", "source", "package"),
    [
        ("evidence.checks.keys", "from .numbers import check_range", "synthesis.evidence.checks"),
        ("evidence.evidence", "from synthesis.evidence.checks import check", "synthesis.evidence"),
        ("effects.effects", "from synthesis.evidence import Evidence", "synthesis.effects"),
        ("statistics.models", "import pymare", "synthesis.statistics"),
        ("figures.forest.draw", "import matplotlib.pyplot as plt", "synthesis.figures.forest"),
    ],
)
def test_imports_within_a_room_and_from_earlier_ones_pass(module, source, package):
    assert faults(module, imported_names(source, package)) == []
