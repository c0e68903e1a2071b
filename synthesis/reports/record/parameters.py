"""The parameters of a notebook: what it knows, of which type, and whether given values fit.

papermill injects a misspelt or ill-typed value with no more than a warning, and its reader skips lines it cannot match.
Here both stop the run before it starts.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from synthesis.choices import option
from synthesis.errors import ChoiceError, ParameterError, ReportError
from synthesis.reports.record.jobs import Job

TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "float": (float, int),
    "int": (int,),
    "bool": (bool,),
    "list": (list,),
}
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: its name, type, default value and help text."""

    name: str
    type: str
    default: Any
    help: str

    def __str__(self) -> str:
        return f"{self.name}: {self.type} = {self.default!r}  {self.help}"

    def accepts(self, value: Any) -> bool:
        """Return whether a value is of the parameter's type; a float must also be finite."""
        if isinstance(value, bool) and self.type != "bool":
            return False
        if isinstance(value, float) and not math.isfinite(value):
            return False
        return isinstance(value, TYPES[self.type])

    def read(self, text: str) -> Any:
        """Return the value a command line's text stands for; ValueError when it stands for none."""
        if self.type == "str":
            return text
        if self.type == "bool":
            if text.lower() not in TRUTHS:
                raise ValueError(text)
            return TRUTHS[text.lower()]
        if self.type == "list":
            value = json.loads(text) if text.lstrip().startswith("[") else [part.strip() for part in text.split(",")]
        else:
            value = int(text) if self.type == "int" else float(text)
        if not self.accepts(value):
            raise ValueError(text)
        return value


def read_notebook(path: Path) -> dict[str, Any]:
    """Return a notebook's JSON; ReportError when it is missing or is not a notebook."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ReportError(f"There is no notebook {path}.") from None
    except ValueError as error:
        raise ReportError(f"{path} is not a notebook: {error}.") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ReportError(f"{path} is not a notebook: it has no cells.")
    return notebook


def source_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's source as one string; the format allows a list of lines too."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def known_parameters(notebook: Path) -> dict[str, Parameter]:
    """Read the cell tagged `parameters`.

    Parameters
    ----------
    notebook : pathlib.Path

    Returns
    -------
    dict[str, Parameter]
        In the order of the cell; empty when no cell is tagged.

    Raises
    ------
    ReportError
        Naming every line papermill would misread.

    Examples
    --------
    >>> from pathlib import Path
    >>> from synthesis.reports import known_parameters
    >>> list(known_parameters(Path("notebooks/01_evidence.ipynb")))
    ['data', 'references']
    """
    tagged = [cell for cell in read_notebook(notebook)["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    if not tagged:
        return {}
    known, faults = {}, []
    for number, line in enumerate(source_of(tagged[0]).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            parameter = _parse_line(line)
        except ValueError as error:
            faults.append(f"  line {number}, {line.strip()!r}: {error}")
        else:
            known[parameter.name] = parameter
    if faults or len(tagged) > 1:
        several = ["  more than one cell is tagged parameters"] * (len(tagged) > 1)
        form = "one `name: type = value  # help` on a line"
        raise ReportError(f"{notebook}, parameters cell ({form}):\n" + "\n".join(several + faults))
    return known


def _parse_line(line: str) -> Parameter:
    code, _, comment = line.partition("#")
    if code.count("=") != 1 or "=" in comment:
        raise ValueError("must have exactly one '=', or papermill does not see the parameter")
    if not comment.strip():
        raise ValueError("needs a comment, which is the parameter's help text")
    try:
        (statement,) = ast.parse(code).body
        default = ast.literal_eval(statement.value)
        name, kind = statement.target.id, ast.unparse(statement.annotation).partition("[")[0]
    except (SyntaxError, ValueError, AttributeError):
        raise ValueError("is not `name: type = literal`") from None
    if kind not in TYPES:
        raise ValueError(f"type {kind} is not one of {', '.join(TYPES)}")
    parameter = Parameter(name, kind, default, comment.strip())
    if not parameter.accepts(default):
        raise ValueError(f"its default is not of type {kind}")
    return parameter


def check_parameters(jobs: Iterable[Job]) -> None:
    """Compare the values of each job with what its notebook knows.

    Raises
    ------
    ParameterError
        One error with every misfit of every job, the parameters that exist and their help.
    """
    misfits: dict[Path, list[str]] = {}
    known: dict[Path, dict[str, Parameter]] = {}
    for job in jobs:
        if job.notebook not in known:
            known[job.notebook] = known_parameters(job.notebook)
        found = misfits.setdefault(job.notebook, [])
        found += [text for text in _misfits(job.parameters, known[job.notebook]) if text not in found]
    texts = [_explain(path, found, known[path]) for path, found in misfits.items() if found]
    if texts:
        raise ParameterError("\n".join(texts))


def _misfits(values: Mapping[str, Any], known: Mapping[str, Parameter]) -> list[str]:
    found = []
    for name, value in values.items():
        if name not in known:
            found.append(f"has no parameter {name!r}{_nearest(name, known)}")
        elif not known[name].accepts(value):
            found.append(f"parameter {name} must be {known[name].type}, not {value!r}")
    return found


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _explain(path: Path, found: list[str], known: Mapping[str, Parameter]) -> str:
    listed = "\n".join(f"    {parameter}" for parameter in known.values()) or "    (none)"
    return f"{path.name} {'; '.join(found)}. Its parameters are:\n{listed}"


def read_settings(settings: Iterable[str], notebooks: Iterable[Path], reserved: Mapping[str, str]) -> dict[str, Any]:
    """Read `name=value` texts against the parameters of a set of notebooks.

    Parameters
    ----------
    settings : iterable of str
        Texts such as "level=0.9".
    notebooks : iterable of pathlib.Path
        At least one of them must know each name.
    reserved : Mapping[str, str]
        Names that are set in another way, and that way.

    Returns
    -------
    dict[str, Any]
        Typed values by name.

    Raises
    ------
    ParameterError
        One error with every text that is unknown, reserved, ill-typed or no value of its option.
    """
    known = {name: parameter for path in notebooks for name, parameter in known_parameters(path).items()}
    values, faults = {}, []
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            faults.append(f"{text!r} is not of the form name=value")
        elif name in reserved:
            faults.append(f"{name} is set by {reserved[name]}")
        elif name not in known:
            faults.append(f"no notebook has a parameter {name!r}{_nearest(name, known)}")
        else:
            try:
                values[name] = option(name, known[name].read(value))
            except ValueError:
                faults.append(f"{name} must be {known[name].type}, not {value!r}")
            except ChoiceError as error:
                faults.append(str(error).rstrip("."))
    if faults:
        listed = "\n".join(f"    {parameter}" for name, parameter in known.items() if name not in reserved)
        raise ParameterError(f"{'; '.join(faults)}. The parameters are:\n{listed}")
    return values


def values_for(notebook: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values whose names the notebook knows."""
    known = known_parameters(notebook)
    return {name: value for name, value in values.items() if name in known}
