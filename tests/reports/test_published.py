import json

import numpy as np
import pandas as pd
import pytest

from synthesis.reports.record.published import (
    FILE_TYPE,
    RESULTS_TYPE,
    collect,
    collect_files,
    publish,
    publish_file,
)


@pytest.fixture
def displayed(monkeypatch):
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def notebook(*contents):
    return {"cells": [{"cell_type": "markdown"}, {"outputs": [{"data": {RESULTS_TYPE: one}} for one in contents]}]}


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (
            {"estimate": np.float64(0.1 + 0.2), "se": np.nan, "pi": [np.inf, -np.inf]},
            {"estimate": 0.1 + 0.2, "se": None, "pi": [None, None]},
        ),
        ({"k": np.int64(3), "ok": np.bool_(True)}, {"k": 3, "ok": True}),
        (np.arange(3), [0, 1, 2]),
        (
            pd.DataFrame({"trial": ["Ärzte", "B"], "yi": [1.5, np.nan]}),
            [{"trial": "Ärzte", "yi": 1.5}, {"trial": "B", "yi": None}],
        ),
        (pd.DataFrame({"yi": []}), []),
    ],
)
def test_numbers_are_stored_unrounded_and_missing_ones_as_null(displayed, value, stored):
    publish("result", value)
    assert displayed[0][RESULTS_TYPE] == {"name": "result", "result": stored}
    json.dumps(displayed[0], allow_nan=False)


def test_what_json_cannot_hold_is_refused_where_it_is_published(displayed):
    with pytest.raises(TypeError):
        publish("result", {"when": object()})
    assert displayed == []


def test_published_results_are_collected_by_name():
    assert collect(notebook({"name": "a", "result": 1}, {"name": "b", "result": None})) == {"a": 1, "b": None}


def test_a_name_published_twice_is_refused():
    with pytest.raises(ValueError, match="'a' is published twice"):
        collect(notebook({"name": "a", "result": 1}, {"name": "a", "result": 2}))


def test_a_published_file_is_collected_with_its_text(displayed):
    publish_file("sof.schema.json", "{}")
    published = {"cells": [{"outputs": [{"data": bundle} for bundle in displayed]}]}
    assert collect_files(published) == {"sof.schema.json": "{}"}
    assert collect(published) == {}


@pytest.mark.parametrize(
    "name",
    [
        "../sof.csv",
        "a/b.csv",
        "sof.html",
        "results.json",
        "manifest.json",
        "Sof.csv",
        "sof",
        ".csv",
        "a\\b.csv",
        "a b.csv",
    ],
)
def test_a_name_that_is_a_path_or_one_of_the_pages_own_is_refused(displayed, name):
    with pytest.raises(ValueError, match="cannot be published"):
        publish_file(name, "")
    assert displayed == []
    forged = {"cells": [{"outputs": [{"data": {FILE_TYPE: {"name": name, "content": ""}}}]}]}
    with pytest.raises(ValueError, match="cannot be published"):
        collect_files(forged)
