"""Hand results from a notebook to whoever runs it, as an output of its own type that no front end shows.

A notebook that wrote files would need to know where; an output travels inside the notebook and works alike under
`synthesis report`, plain papermill and JupyterLab.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from synthesis.results import to_json

RESULTS_TYPE = "application/vnd.synthesis.results+json"


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
    """
    from IPython.display import display

    content = {"name": name, "result": json.loads(to_json(_values(result)))}
    display({RESULTS_TYPE: content, "text/plain": f"Published {name!r} for results.json."}, raw=True)


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
    found: dict[str, Any] = {}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            content = output.get("data", {}).get(RESULTS_TYPE)
            if content is None:
                continue
            if content["name"] in found:
                raise ValueError(f"result {content['name']!r} is published twice")
            found[content["name"]] = content["result"]
    return found
