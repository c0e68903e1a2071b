import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from frictionless import Package

from builders.foreign_files import data_rows, metapsy
from builders.roots import INSTRUMENTS, OUTCOMES, build_evidence, means
from builders.tables import read_rows
from synthesis import compute_effects, load_evidence, pool
from synthesis.evidence.reading import read_root
from synthesis.exchange.exporters import export_datapackage, export_metafor, export_metapsy, export_revman
from synthesis.exchange.importers import import_metapsy, import_revman
from synthesis.exchange.spreadsheet import neutral, write_csv
from synthesis.files import DestinationError

R_TOLERANCE = 1e-10  # what a CSV of 17 digits loses on the way to R and back
ITERATIVE = 1e-4  # REML of two programs
DOORS = {"metapsy": (export_metapsy, import_metapsy), "revman": (export_revman, import_revman)}
BOTH = pytest.mark.parametrize("door", list(DOORS))
TWO = ["alder2011sample", "elder2020sample"]
OF_TRIALS = ("trial", "arms", "outcomes", "risk_of_bias", "decisions")


def loaded(root):
    return load_evidence(root, references=root / "references.bib")


def rows_of(root, name):
    frame = read_root(root).tables[name].drop(columns=["file", "row"])
    return sorted(map(tuple, frame.fillna("").to_numpy(str).tolist()))


def has_metafor():
    if not shutil.which("Rscript"):
        return False
    done = subprocess.run(["Rscript", "-e", "library(metafor)"], capture_output=True, check=False)
    return done.returncode == 0


@BOTH
@pytest.mark.parametrize("origin", ["metapsy", "revman"])
def test_import_export_import_gives_the_same_tables(tmp_path, door, origin):
    source = (metapsy if origin == "metapsy" else data_rows)(tmp_path / "source.csv")
    first = DOORS[origin][1](source, tmp_path / "first").path
    export, read = DOORS[door]
    export(loaded(first), tmp_path / "between.csv")
    second = read(tmp_path / "between.csv", tmp_path / "second").path
    for name in (*OF_TRIALS, "codebook_outcomes", "codebook_instruments"):
        assert rows_of(second, name) == rows_of(first, name), name


@BOTH
def test_our_own_tables_come_back_with_every_row_that_belongs_to_a_result(tmp_path, door, evidence, valid):
    export, read = DOORS[door]
    export(evidence, tmp_path / "between.csv")
    back = read(tmp_path / "between.csv", tmp_path / "back").path
    measured = set(evidence.outcomes["trial"])
    for name in ("trial", "outcomes", "risk_of_bias", "decisions"):
        assert rows_of(back, name) == [row for row in rows_of(valid, name) if row[0] in measured], name
    assert set(rows_of(back, "arms")) <= set(rows_of(valid, "arms"))


@BOTH
def test_what_a_format_cannot_hold_is_reported(tmp_path, door, evidence):
    report = DOORS[door][0](evidence, tmp_path / "folder").to_frame()
    said = set(report.loc[report["kind"].eq("left_out"), "rule"])
    assert "components" in said
    assert len(read_rows(tmp_path / "folder" / "export_report.csv")) == len(report)


@pytest.mark.parametrize("export", [export_metafor, export_metapsy, export_revman], ids=lambda door: door.__name__)
def test_a_table_holds_the_trials_of_the_evidence_it_was_given(tmp_path, evidence, export):
    whole = export(evidence, tmp_path / "whole")
    part = export(evidence.only(TWO), tmp_path / "part")
    assert part.rows == evidence.outcomes["trial"].isin(TWO).sum() < whole.rows
    others = [label for trial, label in evidence.labels.items() if trial not in TWO]
    for written in (tmp_path / "part").iterdir():
        text = written.read_text(encoding="utf-8")
        assert [name for name in others if name in text] == [], written.name
        assert [trial for trial in evidence.labels if trial in text and trial not in TWO] == [], written.name


def test_a_data_package_holds_the_trials_of_the_evidence_it_was_given(tmp_path, evidence):
    export_datapackage(evidence.only(TWO), tmp_path / "part")
    for name in OF_TRIALS:
        assert {row["trial"] for row in read_rows(tmp_path / "part" / f"{name}.csv")} <= set(TWO), name
    assert [row["trial"] for row in read_rows(tmp_path / "part" / "trial.csv")] == TWO
    assert Package(str(tmp_path / "part" / "datapackage.json")).validate().valid


@pytest.mark.parametrize("export", [export_datapackage, export_metapsy, export_revman], ids=lambda door: door.__name__)
def test_an_export_does_not_read_the_disk_again(tmp_path, evidence, valid, export):
    shutil.copytree(valid.parent, tmp_path / "root")
    copy = load_evidence(tmp_path / "root" / "data", references=tmp_path / "root" / "references.bib")
    shutil.rmtree(tmp_path / "root")
    assert export(copy, tmp_path / "out").rows == export(evidence, tmp_path / "kept").rows


def test_a_metapsy_effect_is_positive_where_peer_support_did_better(tmp_path, small):
    evidence = small([means(10, 4, 50, 12, 4, 50, outcome="symptoms")])
    export_metapsy(evidence, tmp_path / "data.csv")
    (row,) = read_rows(tmp_path / "data.csv")
    assert float(row[".g"]) > 0
    assert float(row["time_weeks"]) == pytest.approx(52.18, abs=0.01)


def unsettled_root(folder):
    """Return evidence of an outcome whose direction nobody has settled."""
    rows = [means(30, 8, 40, 25, 8, 42, trial=f"ash200{i}sample") for i in range(1, 4)]
    outcomes = [row | {"better": "unsettled"} for row in OUTCOMES if row["outcome"] == "recovery"]
    scales = [row | {"better": "unsettled"} for row in INSTRUMENTS if row["instrument"] == "Recovery Scale"]
    return build_evidence(folder, rows, outcomes=outcomes, instruments=scales)


def test_an_export_names_no_side_of_an_outcome_that_is_not_settled(tmp_path):
    evidence = unsettled_root(tmp_path)
    made = export_metapsy(evidence, tmp_path / "data.csv")
    assert [float(row[".g"]) for row in read_rows(tmp_path / "data.csv")] == pytest.approx([0.6192] * 3, abs=1e-4)
    assert "direction_unsettled" in {note.rule for note in made.notes.notes}
    export_revman(evidence, tmp_path / "review")
    (settings,) = (tmp_path / "review").glob("*settings.csv")
    (row,) = read_rows(settings)
    assert (row["Graph label (left)"], row["Graph label (right)"]) == ("", "")


@BOTH
def test_a_direction_that_is_not_settled_comes_back_so(tmp_path, door):
    export, take = DOORS[door]
    export(unsettled_root(tmp_path), tmp_path / "out")
    (table,) = [path for path in (tmp_path / "out").glob("*.csv") if path.name in ("data.csv",) or "rows" in path.name]
    back = loaded(take(table, tmp_path / "root").path)
    assert back.codebook.outcomes["better"].tolist() == ["unsettled"]


@pytest.mark.skipif(not has_metafor(), reason="R with the package metafor is not installed")
def test_metafor_computes_the_same_effects_and_pools_from_the_exported_table(tmp_path, evidence):
    export_metafor(evidence, tmp_path / "metafor.csv")
    script = tmp_path / "rma.R"
    script.write_text(
        """
        suppressMessages(library(metafor))
        d <- read.csv("metafor.csv")
        s <- subset(d, routes == "means" & measure == "SMD" & !shared & design_effect == 1 &
                    (is.na(decided) | decided == ""))
        e <- escalc(measure = "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = s,
                    var.names = c("yr", "vr"))
        cat("effects", nrow(s), max(abs(ifelse(s$aligned, -1, 1) * e$yr - s$yi)), max(abs(e$vr - s$vi)), "\\n")
        for (o in unique(d$outcome[d$pooled])) {
          p <- subset(d, pooled & outcome == o)
          if (nrow(p) < 2) next
          f <- rma(yi, vi, data = p, slab = slab, test = "knha")
          cat(o, f$k, f$beta, f$ci.lb, f$ci.ub, "\\n")
        }
        """,
        encoding="utf-8",
    )
    done = subprocess.run(["Rscript", "rma.R"], cwd=tmp_path, capture_output=True, text=True, check=True)
    effects, *pools = (line.split() for line in done.stdout.splitlines())
    assert int(effects[1]) > 0
    assert max(map(float, effects[2:])) < R_TOLERANCE
    assert pools
    for outcome, k, *numbers in pools:
        ours = pool(compute_effects(evidence, outcome), ci="knapp-hartung")
        assert ours.k == int(k)
        np.testing.assert_allclose((ours.estimate, ours.ci_lb, ours.ci_ub), list(map(float, numbers)), atol=ITERATIVE)


def test_metafor_gets_every_result_and_why_it_was_not_pooled(tmp_path, evidence):
    export_metafor(evidence, tmp_path / "metafor.csv")
    rows = read_rows(tmp_path / "metafor.csv")
    assert len(rows) == len(evidence.outcomes)
    assert all(row["yi"] and row["vi"] for row in rows if row["pooled"] == "TRUE")
    assert all(row["reason"] for row in rows if row["pooled"] == "FALSE")


def test_frictionless_finds_the_data_package_valid_with_its_references(tmp_path, evidence, valid):
    export_datapackage(evidence, tmp_path / "package")
    report = Package(str(tmp_path / "package" / "datapackage.json")).validate()
    assert report.flatten(["resourceName", "rowNumber", "fieldName", "note"]) == []
    for name in OF_TRIALS:
        lines = [tuple(row.values()) for row in read_rows(tmp_path / "package" / f"{name}.csv")]
        assert sorted(lines) == rows_of(valid, name), name


def test_frictionless_finds_a_reference_to_an_arm_of_another_trial(tmp_path, evidence):
    folder = tmp_path / "package"
    export_datapackage(evidence, folder)
    with (folder / "outcomes.csv").open(encoding="utf-8", newline="") as stream:
        header, first, *rest = csv.reader(stream)
    first[header.index("intervention_arm")] = "nobody"
    write_csv(folder / "outcomes.csv", header, [first, *rest])
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        resource.pop("hash"), resource.pop("bytes")
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    found = Package(str(folder / "datapackage.json")).validate().flatten(["rowNumber", "type"])
    assert [2, "foreign-key"] in found


def test_a_door_out_knows_nothing_of_the_doors_in():
    code = "import sys, synthesis.exchange.exporters; print([m for m in sys.modules if 'importers' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1", "-x", "=1,5"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path, cell):
    (changed,) = write_csv(tmp_path / "a.csv", ["plain", "cell"], [["x", cell]])
    assert (changed.row, changed.column, changed.value) == (2, "cell", cell)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream))[1] == ["x", f"'{cell}"]


@pytest.mark.parametrize("cell", ["-1", "-0.5e-3", "", "-", "text", "1=1", "a@b"])
def test_numbers_and_harmless_cells_stay_as_they_are(cell):
    assert neutral(cell) == cell


def test_a_formula_in_the_data_is_neutralised_and_reported(tmp_path, small):
    evidence = small([means(10, 4, 50, 12, 4, 50, notes="-2 points, see table 2")])
    made = export_revman(evidence, tmp_path / "rows.csv")
    assert "formula" in set(made.to_frame()["rule"])
    assert read_rows(tmp_path / "rows.csv")[0]["Footnotes"] == "'-2 points, see table 2"


def test_a_file_that_exists_is_replaced_only_when_asked(tmp_path, evidence):
    place: Path = tmp_path / "out.csv"
    place.write_text("mine")
    with pytest.raises(DestinationError, match="--force"):
        export_metafor(evidence, place)
    assert place.read_text() == "mine"
    export_metafor(evidence, place, force=True)
    assert place.read_text().startswith("outcome,")


def test_a_folder_of_someone_elses_is_refused_and_our_own_replaced(tmp_path, evidence):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "mine.txt").write_text("mine")
    with pytest.raises(DestinationError, match="not made by"):
        export_datapackage(evidence, tmp_path / "theirs")
    export_datapackage(evidence, tmp_path / "ours")
    export_datapackage(evidence, tmp_path / "ours")
    assert {item.name for item in tmp_path.iterdir()} == {"theirs", "ours"}
