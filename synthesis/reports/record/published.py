"""Hand results from a notebook to whoever runs it, as an output of its own type that no front end shows.

A notebook that wrote files would need to know where; an output travels inside the notebook and works alike under
`synthesis report`, plain papermill and JupyterLab.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthesis.results import to_json

RESULTS_TYPE = "application/vnd.synthesis.results+json"
FILE_TYPE = "application/vnd.synthesis.file+json"
# Output of these types is for whoever runs the notebook, and no part of the page.
PUBLISHED_TYPES = (RESULTS_TYPE, FILE_TYPE)
# A name within the page's folder that no system reads as a path, and that is none of the page's own.
FILE_NAME = re.compile(r"(?!results\.json$|manifest\.json$)[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*\.(?:csv|json)")


def publish(name: str, result: Any) -> None:
    """Publish a result from a notebook; the report collects it in `results.json` beside the page.

    Parameters
    ----------
    name : str
        The result's name, once per notebook.
    result : object
        A result with `to_dict`, a pandas frame (one object a row), or plain values. Numbers stay unrounded; nan becomes
        null.

    Raises
    ------
    TypeError
        For a value that JSON cannot hold.

    Examples
    --------
    >>> from synthesis.reports import publish
    >>> publish("trials", {"k": pooled.k})
    {'application/vnd.synthesis.results+json': {'name': 'trials', 'result': {'k': 17}},
    'text/plain': "Published 'trials' for results.json."}
    """
    from IPython.display import display

    content = {"name": name, "result": json.loads(to_json(_values(result)))}
    display({RESULTS_TYPE: content, "text/plain": f"Published {name!r} for results.json."}, raw=True)


def publish_file(name: str, content: str) -> None:
    """Publish a file from a notebook; the report writes it beside the page.

    Parameters
    ----------
    name : str
        Its name, such as ``sof.csv``: small letters, ending in csv or json.
    content : str
        Its text.

    Raises
    ------
    ValueError
        For a name that is none.

    Examples
    --------
    >>> from synthesis.reports import publish_file
    >>> publish_file("note.csv", "trial,note")
    {'application/vnd.synthesis.file+json': {'name': 'note.csv', 'content': 'trial,note'},
    'text/plain': 'Published the file note.csv.'}
    """
    from IPython.display import display

    if not FILE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be published: write a name in small letters that ends in .csv or .json.")
    file = {"name": name, "content": content}
    display({FILE_TYPE: file, "text/plain": f"Published the file {name}."}, raw=True)


def _values(result: Any) -> Any:
    if hasattr(result, "columns"):
        return result.to_dict("records")
    return result.to_dict() if hasattr(result, "to_dict") else result


def collect(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an executed notebook published, by name.

    Raises
    ------
    ValueError
        When one name was published twice.
    """
    return _published(notebook, RESULTS_TYPE, "result")


def collect_files(notebook: Mapping[str, Any]) -> dict[str, str]:
    """Return the files an executed notebook published, by name.

    Raises
    ------
    ValueError
        When one name was published twice, or is none.
    """
    found = _published(notebook, FILE_TYPE, "content")
    strange = [name for name in found if not FILE_NAME.fullmatch(name)]
    if strange:
        raise ValueError(f"file {strange[0]!r} has a name that cannot be published")
    return found


def published_files(folder: Path) -> list[str]:
    """Return the names of the files in a page's folder that its notebook published."""
    return sorted(path.name for path in folder.iterdir() if FILE_NAME.fullmatch(path.name) and path.is_file())


def _published(notebook: Mapping[str, Any], kind: str, part: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).get(kind)
            if content is None:
                continue
            if content["name"] in found:
                raise ValueError(f"result {content['name']!r} is published twice")
            found[content["name"]] = content[part]
    return found
