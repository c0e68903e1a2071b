"""The published schemas say the contract: to this package, and in the same words to Frictionless."""

import copy
import json
from pathlib import Path

import pytest
from frictionless import Package, Resource, Schema

from synthesis.evidence.contract import NUMBER, SCHEMAS, TRIAL_NAME, WHOLE_NUMBER, load_contract, tables_of

ROOT = Path(__file__).parents[2]
VALID = Path(__file__).parents[1] / "trials" / "valid"
BROKEN = Path(__file__).parents[1] / "trials" / "broken"
PROFILE = "https://datapackage.org/profiles/2.0/{}.json"
SHIPPED_SAMPLE = ("chinman2015peer", "griffiths2012effectiveness", "salzer2016cil")

# Rules a Table Schema can say too; words for infinity, blanks, formulas and rows at odds with themselves are ours.
SHARED = {
    "required",
    "enumeration",
    "pattern",
    "not_a_date",
    "not_a_number",
    "decimal_comma",
    "thousands_separator",
    "minus_sign",
    "inequality",
    "unit_in_cell",
    "several_numbers",
    "spreadsheet_date",
    "spreadsheet_error",
    "not_whole",
    "not_positive",
    "below_minimum",
    "above_maximum",
    "duplicate_row",
    "ragged_row",
    "missing_column",
    "extra_column",
    "misspelt_column",
}
NOT_SHARED = {
    "required_blank",
    "duplicate_decision",
    "duplicate_judgement",
}  # a blank is no empty cell to Frictionless; it knows no uniqueKeys


def shared_defects():
    for folder in sorted(BROKEN.iterdir()):
        findings = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["findings"]
        if folder.name not in NOT_SHARED and {f["rule"] for f in findings} <= SHARED:
            yield pytest.param(folder, findings, id=folder.name)


def resource(table, path, *, foreign_keys=False):
    schema = copy.deepcopy(dict(table.schema))
    if not foreign_keys:
        schema.pop("foreignKeys", None)
    return {
        "$schema": PROFILE.format("dataresource"),
        "name": table.name,
        "path": path.name,
        "encoding": "utf-8",
        "schema": schema,
    }


def frictionless_errors(table, path):
    made = Resource.from_descriptor(resource(table, path), basepath=str(path.parent))
    return made.validate().flatten(["type", "rowNumber", "fieldName"])


def table_at(place):
    for table in load_contract().values():
        trial = place.split("/")[2] if place.startswith("data/trials/") else ""
        if place == f"data/{table.path.format(trial=trial)}":
            return table
    raise LookupError(place)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_schema_is_a_table_schema(path):
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == f"{descriptor['name']}.schema.json"
    assert Schema.validate_descriptor(descriptor).valid
    assert all(field["description"].endswith(".") for field in descriptor["fields"])


@pytest.mark.parametrize("table", load_contract().values(), ids=lambda table: table.name)
def test_table_holds_all_its_schema_says(table):
    fields = table.schema["fields"]
    assert table.columns == tuple(field["name"] for field in fields)
    for field, descriptor in zip(table.fields, fields, strict=True):
        limits = descriptor.get("constraints", {})
        assert field.required is limits.get("required", False)
        assert field.enum == tuple(map(str, limits.get("enum", ())))
        assert (field.minimum, field.maximum) == (limits.get("minimum"), limits.get("maximum"))
        assert field.exclusive_minimum == limits.get("exclusiveMinimum")
        assert set(limits) <= {"required", "enum", "minimum", "maximum", "exclusiveMinimum", "pattern"}
    assert set(table.key) <= set(table.columns)


def test_keys_refer_to_columns_that_are_there():
    contract = load_contract()
    for table in contract.values():
        for key in table.foreign_keys:
            assert set(key.fields) <= set(table.columns)
            assert set(key.to_fields) | set(key.where) <= set(contract[key.table].columns)
        for field in table.fields:
            if field.list_of:
                assert field.list_of[1] in contract[field.list_of[0]].columns


def test_tables_lie_where_the_contract_says():
    assert [table.filename for table in tables_of("trial") if not table.optional] == [
        "arms.csv",
        "components.csv",
        "outcomes.csv",
        "risk_of_bias.csv",
        "trial.csv",
    ]
    assert [table.filename for table in tables_of("trial") if table.optional] == ["decisions.csv", "harms.csv"]
    assert {table.filename for table in tables_of("codebook") if not table.optional} == {
        "components.csv",
        "instruments.csv",
        "outcomes.csv",
    }


def test_columns_in_bold_in_the_contract_are_required():
    bold = {
        "trial": "year country design n_randomised",
        "arms": "arm role label",
        "outcomes": "outcome instrument timepoint_months intervention_arm comparator_arm source",
        "components": "arm component coder",
        "decisions": "outcome decision reason decided_by",
        "risk_of_bias": "tool domain judgement assessor",
        "codebook_components": "component mechanism label definition predicts",
        "codebook_outcomes": "outcome label role measure better",
        "codebook_instruments": "instrument outcome better",
    }
    for name, columns in bold.items():
        assert load_contract()[name].required_columns == tuple(columns.split())


@pytest.mark.parametrize("root", [VALID / "data", ROOT / "data"], ids=["valid", "shipped"])
def test_frictionless_finds_the_data_valid_with_their_references(root):
    trials = SHIPPED_SAMPLE if root == ROOT / "data" else [path.name for path in (root / "trials").iterdir()]
    for trial in trials:
        resources = []
        for table in load_contract().values():
            path = root / table.path.format(trial=trial)
            if path.exists() and table.scope != "root":
                place = path.relative_to(root).as_posix()
                resources.append({**resource(table, path, foreign_keys=True), "path": place})
        package = Package.from_descriptor(
            {"$schema": PROFILE.format("datapackage"), "name": "trial", "resources": resources}, basepath=str(root)
        )
        assert package.validate().flatten(["type", "rowNumber", "fieldName", "note"]) == []


@pytest.mark.parametrize(("folder", "findings"), list(shared_defects()))
def test_frictionless_finds_the_same_faults_in_the_same_rows(folder, findings):
    for place in {finding["file"] for finding in findings}:
        table = table_at(place)
        theirs = frictionless_errors(table, folder / place)
        ours = {(f["row"], f["column"]) for f in findings if f["file"] == place}
        whole_rows = {"primary-key", "extra-cell", "missing-cell", "extra-label", "missing-label"}
        assert {row or 1 for _, row, _ in theirs} == {row for row, _ in ours}
        assert {(row, name) for kind, row, name in theirs if kind not in whole_rows} <= ours


@pytest.mark.parametrize(
    ("text", "number", "whole"),
    [
        *((text, True, True) for text in ("0", "-3", "007")),
        *((text, True, False) for text in (".5", "1e-3", "5.", "-1.5E+2")),
        *((text, False, False) for text in ("", "1,5", "+1", "nan", "inf", "1 ", "١", ".", "1_0", "0x1", "1\n")),
    ],
)
def test_numbers_are_ascii_digits_with_a_point(text, number, whole):
    assert bool(NUMBER.fullmatch(text)) is number
    assert bool(WHOLE_NUMBER.fullmatch(text)) is whole


@pytest.mark.parametrize("name", ["..", "../x", "Sledge2011", "a b", "", "-x", ".x", "é", "a/b", "a\n"])
def test_names_that_climb_or_cannot_be_keys_are_no_trial_names(name):
    assert not TRIAL_NAME.fullmatch(name)
