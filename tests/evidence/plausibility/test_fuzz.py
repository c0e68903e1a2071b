"""Whatever stands in the cells, plausibility neither falls over nor doubts a row that breaks the contract."""

import csv
import io
import shutil
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.printed_rows import SHORT, contract_errors, row, write_root
from synthesis.evidence.plausibility import find_doubts
from synthesis.evidence.plausibility.answered import answer
from synthesis.evidence.reading import read_root
from synthesis.evidence.rules import DOUBTS

VALID = Path(__file__).parents[2] / "trials" / "valid" / "data"
NUMBERS = "0 1 2 1e308 -1e308 1e-308 -0 0.5 -2.1 99999999999999999999 3.14159265358979 .5 5. 12e2 1e400".split()
WORDS = ["", "yes", "no", "MD", "SMD", "RR", "t", "F", "chi2", "z", "sum", "mean", "cluster", "favours_comparator"]
NOTES = [
    "baseline 1e308 (1) v -1e308 (1)",
    "baseline . (0) v 0 (0)",
    "0% v 100%",
    "100% v 0.0%",
    "d=-.",
    "p < .",
    "means 1 (SD 1, n 0) v 1 (SD 0, n 99999999999999999999)",
    "counted from birth; significantly better; favours peers",
]
CELLS = st.one_of(st.sampled_from(NUMBERS + WORDS + NOTES), st.text(max_size=12))
SETTINGS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(data=st.data())
def test_no_cell_makes_it_fall_over(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("fuzz")
    shutil.copytree(VALID, folder / "data")
    paths = sorted((folder / "data").glob("trials/*/outcomes.csv")) * 3
    paths += [*sorted((folder / "data").glob("trials/*/[dt]*.csv")), folder / "data/codebook/instruments.csv"]
    for _ in range(data.draw(st.integers(1, 12))):
        path = data.draw(st.sampled_from(paths))
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        row = data.draw(st.integers(1, max(len(rows) - 1, 1)))
        column = data.draw(st.integers(0, len(rows[0]) - 1))
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = data.draw(CELLS)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n", escapechar="\\").writerows(rows)
        path.write_bytes(text.getvalue().encode("utf-8", "replace"))
    raw = read_root(folder / "data")
    errors = [finding for finding in contract_errors(raw) if finding.severity == "error"]
    broken = {(finding.file, finding.row) for finding in errors}
    for finding in answer(find_doubts(raw, errors), raw):
        assert finding.rule in DOUBTS
        assert finding.severity == "warning"
        assert (finding.file, finding.row) not in broken


@SETTINGS
@given(data=st.data())
def test_no_number_in_the_columns_of_a_row_makes_it_fall_over(tmp_path_factory, data):
    numeric = [name for name in SHORT if name not in ("measure", "test", "says", "months")]
    rows = [
        row(
            data.draw(st.sampled_from(["Sum", "Items", "Severity", "Admitted"])),
            months=i,
            measure=data.draw(st.sampled_from(["MD", "SMD", "OR", "RD"])),
            test=data.draw(st.sampled_from(["t", "F", "chi2", "z"])),
            **{name: data.draw(st.sampled_from(NUMBERS)) for name in numeric},
        )
        for i in range(data.draw(st.integers(1, 4)))
    ]
    assert {f.rule for f in find_doubts(write_root(tmp_path_factory.mktemp("row"), {"alder2020sample": rows}))} <= set(
        DOUBTS
    )
