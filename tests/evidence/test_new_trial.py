"""A trial's folder from templates: what is made, what is refused, and that nothing is ever left half done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.tables import read_rows
from synthesis.cli import commands
from synthesis.errors import DataError, SynthesisError
from synthesis.evidence.bibliography.entries import NewEntry, place_entry, take_entry
from synthesis.evidence.bibliography.library import load_bibliography
from synthesis.evidence.checks import check
from synthesis.evidence.codebook import read_codebook_table
from synthesis.evidence.contract import load_contract, tables_of
from synthesis.evidence.new_trial import SpellingError, new_trial
from synthesis.evidence.reading import read_root
from synthesis.evidence.vocabulary import HARMS

# As doi.org sends it: one line, a key of its own, capital field names, a bare month.
FROM_DOI = (
    " @article{Smith_2026, title={Peer support {\\&} r\\'esum\\'e}, volume={62}, ISSN={1557-9700}, "
    "url={http://dx.doi.org/10.1000/x.1}, DOI={10.1000/x.1}, journal={Psychiatric Services}, "
    "author={Smith, Ann and Öztürk, Bo}, year={2026}, month=may, pages={541–544} }"
)
ID = "smith2026peer"


@pytest.fixture
def root(tmp_path, valid):
    """A copy of the valid sample: `data` and `references.bib` side by side, an entry to take over beside them."""
    shutil.copytree(valid, tmp_path / "data")
    shutil.copy(valid.parent / "references.bib", tmp_path)
    (tmp_path / "entry.bib").write_text(FROM_DOI, encoding="utf-8")
    return tmp_path


def make(root, trial=ID, **options):
    options = {"doi_entry": root / "entry.bib"} | options
    return new_trial(trial, **{"data": root / "data", "references": root / "references.bib"} | options)


def snapshot(folder):
    """Every path below a folder with its bytes, or where it points to."""
    return {
        path.relative_to(folder).as_posix(): path.readlink()
        if path.is_symlink()
        else path.is_file() and path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def findings(root):
    return check(root / "data", references=root / "references.bib")


# What is made


def test_the_folder_holds_every_table_of_the_contract_but_decisions_with_its_columns(root):
    folder = make(root).folder
    made = {table.filename for table in tables_of("trial")} - {"decisions.csv"}
    assert {path.name for path in folder.iterdir()} == made
    raw = read_root(root / "data")
    assert [fault for fault in raw.findings if ID in fault.file] == []
    for table in tables_of("trial"):
        if table.filename in made:
            header = (folder / table.filename).read_text(encoding="utf-8").splitlines()[0]
            assert header == ",".join(table.columns)


def test_check_lists_what_remains_to_fill_in_and_nothing_else(root):
    assert findings(root) == []
    make(root)
    components = len(read_codebook_table(root / "data", "codebook_components"))
    found = {(f.rule, f.file.rpartition("/")[2], f.row, f.column) for f in findings(root)}
    outcome = {
        ("required", "outcomes.csv", 2, name) for name in ("outcome", "instrument", "timepoint_months", "source")
    }
    assert found == (
        {("required", "trial.csv", 2, name) for name in ("country", "design", "n_randomised")}
        | {("required", "arms.csv", row, "label") for row in (2, 3)}
        | outcome
        | {("required", "harms.csv", row, name) for row in range(2, 2 + len(HARMS)) for name in ("detail", "source")}
        | {("no_result", "outcomes.csv", 2, "reported_direction")}
        | {("unrated_block", "components.csv", row, "rating") for row in (2, 2 + components)}
        | {("required", "risk_of_bias.csv", row, name) for row in range(2, 8) for name in ("judgement", "assessor")}
    )


def test_each_coder_finds_every_component_of_every_peer_arm_once(root):
    arms = ["peer:intervention", "peer2:intervention", "usual:comparator"]
    folder = make(root, coders=["ana", "bo", "cy"], arms=arms).folder
    codebook = [row["component"] for row in read_codebook_table(root / "data", "codebook_components")]
    got = [(row["coder"], row["arm"], row["component"]) for row in read_rows(folder / "components.csv")]
    assert got == [(c, a, name) for c in ("ana", "bo", "cy") for a in ("peer", "peer2") for name in codebook]
    assert {row["rating"] for row in read_rows(folder / "components.csv")} == {""}
    pairs = [(row["intervention_arm"], row["comparator_arm"]) for row in read_rows(folder / "outcomes.csv")]
    assert pairs == [("peer", "usual"), ("peer2", "usual")]


def test_the_year_is_the_entrys(root):
    assert read_rows(make(root).folder / "trial.csv")[0]["year"] == "2026"


def test_an_entry_that_is_there_already_is_used_and_the_bibliography_left_alone(root):
    with (root / "references.bib").open("a", encoding="utf-8") as file:
        file.write("\n@article{smith2026peer, title={T}, author={Smith, A}, year={2025}}\n")
    before = (root / "references.bib").read_bytes()
    made = make(root, doi_entry=None)
    assert not made.placed
    assert (root / "references.bib").read_bytes() == before
    assert read_rows(made.folder / "trial.csv")[0]["year"] == "2025"


# The entry


def test_an_entry_from_doi_org_gets_the_trials_key_and_the_layout_of_the_others(root):
    entry = take_entry(root / "entry.bib", ID, rekey=True)
    assert entry.text.splitlines()[:3] == [
        "@article{smith2026peer,",
        "  title = {Peer support {\\&} r\\'esum\\'e},",
        "  volume = {62},",
    ]
    assert "  doi = {10.1000/x.1},\n" in entry.text
    assert (entry.reference.authors, entry.reference.year) == ("Smith & Öztürk", "2026")
    assert entry.reference.title == "Peer support & résumé"
    assert entry.reference.url == "https://doi.org/10.1000/x.1"


@pytest.mark.parametrize(
    ("text", "author", "title"),
    [
        ('@string{b = "Fir, B."}\n@ARTICLE{A, AUTHOR = {Oak, A.} # " and " # b, TITLE={T}, YEAR=2000}',
         "Oak, A. and Fir, B.", "T"),
        ("@article{\n   author = {Oak, A.},\n   title = {T},\n   year = {2000},\n   type = {Journal Article}\n}\n",
         "Oak, A.", "T"),
        ("@article{RN 12,\n   author = {Oak, A.},\n   title = {T},\n   year = {2000}\n}\n", "Oak, A.", "T"),
        (("Scopus\nEXPORT DATE: 30 November 2026\n\n@ARTICLE{Oak2000,\n\tauthor = {Oak, A.},\n\ttitle = {T},\n"
         "\tyear = {2000},\n\tsource = {Scopus}\n}\n"), "Oak, A.", "T"),
        (("TY  - JOUR\r\nAU  - Oak, A., Jr.\r\nA1  - Peer Group\r\nTI  - 40% of T_1\r\n  & more\r\nPY  - 2000/05//\r\n"
         "ID  - 77\r\nER  - \r\n"), "Oak, Jr., A. and {Peer Group}", "40\\% of T\\_1 \\& more"),
    ],
    ids=["joined", "endnote", "endnote key", "scopus", "ris"],
)  # fmt: skip
def test_an_entry_as_programs_export_it_is_placed_whole_under_the_trials_key(root, text, author, title):
    (root / "entry.bib").write_text(text, encoding="utf-8", newline="")
    assert make(root).placed
    placed = (root / "references.bib").read_text(encoding="utf-8")
    entry = placed[placed.index(f"{{{ID},") :]
    assert f"  author = {{{author}}},\n" in entry
    assert f"  title = {{{title}}}" in entry
    assert "2000" in load_bibliography(root / "references.bib").references[ID].year
    assert [found for found in load_bibliography(root / "references.bib").findings if ID in found.message] == []


def test_an_entry_is_not_placed_in_a_ris_file(root):
    library = root / "library.ris"
    library.write_text("TY  - JOUR\nTI  - Another\nPY  - 2001\nID  - other2001x\nER  - \n", encoding="utf-8")
    before = snapshot(root)
    with pytest.raises(SynthesisError, match=r"library\.ris is RIS, in which no entry is placed\. Export it as BibTeX"):
        make(root, references=library)
    assert snapshot(root) == before


def test_bibtex_takes_the_entry_with_the_trials_key_among_others(root):
    (root / "export.bib").write_text(
        '@string{ps = "Psychiatric Services"}\n@book{other, title={O}, year=2000}\n'
        "@article{smith2026peer, title = {A\n   title}, journal = ps, year = 2026}\n",
        encoding="utf-8",
    )
    make(root, doi_entry=None, bibtex=root / "export.bib")
    reference = load_bibliography(root / "references.bib").references[ID]
    assert (reference.title, reference.container) == ("A title", "Psychiatric Services")
    assert "other" not in load_bibliography(root / "references.bib").keys


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end", "end end"])
def test_an_entry_stands_in_the_alphabet_among_the_trials_and_no_other_byte_changes(ends, last):
    head = "% Trials; the key is the folder\n\n@article{a2000x,\n title={A}, year={2000}}\n\n"
    tail = "@article{z2000x,\n title={Z}, year={2000}}\n\n% Methods\n\n@book{b1990x, title={B}, year={1990}}"
    head, tail = head.replace("\n", ends), (tail + last.replace(" ", "").replace("end", "\n")).replace("\n", ends)
    entry = NewEntry(ID, "@article{smith2026peer,\n  title = {S},\n  year = {2026}\n}", None)
    placed = place_entry((head + tail).encode(), entry, {"a2000x", "z2000x"})
    assert placed == (head + entry.text.replace("\n", ends) + 2 * ends + tail).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "{new}\n"),
        ("% Only a heading", "% Only a heading\n\n{new}\n"),
        ("@misc{a2000x, title={A}, year={2000}}", "@misc{a2000x, title={A}, year={2000}}\n\n{new}\n"),
        (
            "@misc{a2000x, title={A}, year={2000}}\n% Methods\n@misc{b, title={B}, year={2000}}\n",
            "@misc{a2000x, title={A}, year={2000}}\n\n{new}\n\n% Methods\n@misc{b, title={B}, year={2000}}\n",
        ),
        (
            "@misc{y, title={Y},\n year={2000}} @misc{z2000x, title={Z}, year={2000}}\n",
            "@misc{y, title={Y},\n year={2000}} @misc{z2000x, title={Z}, year={2000}}\n\n{new}\n",
        ),
    ],
    ids=["empty", "heading only", "no line end", "last of the trials", "beginning within a line"],
)
def test_an_entry_finds_a_place_in_an_odd_bibliography(before, after):
    entry = NewEntry(ID, "@article{smith2026peer,\n  title = {S},\n  year = {2026}\n}", None)
    placed = place_entry(before.encode(), entry, {"a2000x", "z2000x"}).decode()
    assert placed == after.replace("{new}", entry.text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no BibTeX entry"),
        ("<html>Not found</html>", "no BibTeX entry"),
        ("@article{a, title={T}, year={2000}}\n@article{b, title={T}, year={2000}}", "more than one entry"),
        ("@article{a, title={T}}", "no year"),
        ("@article{a, title={T}, year={in press}}", "no year"),
        ("@article{a, year={2000}}", "no title"),
        ("@article{a, title={T}, year={2000}", "cannot be read"),
        ("@article{a, title={T}\n year={2000}}", "comma is missing"),
        ('@article{a, title="T} {", year={2000}}', "without its partner"),
        ('@article{a, title="T" # unknown, year={2000}}', "which no @string defines"),
        ("@article{a, title={T}, year={2000}, author={Oak, A. B., Fir, C., Elm, D. E.}}", "separated by commas"),
        ("@article{a, title={T}, year={2000}, author={Oak, A.; Fir, B.}}", "separated by semicolons"),
        ("@article{a, title={T}, year={2000}, Title={U}}", "a field twice: title"),
        ("TY  - JOUR\nTI  - T\nER  - \nTY  - JOUR\nTI  - U\nER  - \n", "more than one entry"),
        ("TY  - JOUR\nTI  - T\nPY  - 2000\n", "does not end"),
        ("PMID- 123\nTI  - T\n", "looks like PubMed's format"),
        ("@article{a, title={T}, year={2000}, doi={https://doi.org/10.1000/SAMPLE}}", "known2001report"),
        ("@article{a, title={T}, year={2000}, author={Smith AB and Jones C}}", "Smith AB would be cited as AB"),
    ],
    ids=range(18),
)
def test_an_entry_that_cannot_stand_is_refused_and_nothing_changes(root, text, said):
    path = root / "references.bib"
    with path.open("a", encoding="utf-8") as file:
        file.write("\n@misc{known2001report, title={K}, year={2001}, doi={10.1000/sample}}\n")
    (root / "entry.bib").write_text(text, encoding="utf-8")
    before = snapshot(root)
    with pytest.raises(SynthesisError) as caught:
        make(root)
    assert said in str(caught.value)
    assert snapshot(root) == before


def test_an_entry_file_that_is_not_utf8_is_refused(root):
    (root / "entry.bib").write_bytes(FROM_DOI.encode("latin-1", "replace"))
    with pytest.raises(DataError, match="not UTF-8"):
        make(root)


def test_a_key_that_the_bibliography_has_is_not_placed_twice(root):
    make(root)
    shutil.rmtree(root / "data" / "trials" / ID)
    before = snapshot(root)
    with pytest.raises(SynthesisError, match="already has an entry smith2026peer"):
        make(root)
    assert snapshot(root) == before
    make(root, doi_entry=None)


def test_without_an_entry_the_way_to_get_one_is_named(root):
    with pytest.raises(SynthesisError, match=r"https://doi\.org/DOI"):
        make(root, doi_entry=None)


@pytest.mark.parametrize(
    "author", ["{WHO}", "WHO", "Ng, A.", "de la Cruz, X. and NG, Bo Li", "Smith, A. B. and others"]
)
def test_short_names_and_organisations_are_not_taken_for_initials(root, author):
    (root / "entry.bib").write_text(f"@article{{a, title={{T}}, year={{2000}}, author={{{author}}}}}", encoding="utf-8")
    assert make(root).placed


PIECES = [
    *FROM_DOI.split("{"),
    *'@{}=,"#\\\n%$~é\0',
    " and ",
    "{{",
    "}}",
    "@string{",
    "@comment{",
    '\\"{o}',
    "\\url{x}",
    "<b>",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.integers(0, len(FROM_DOI)))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_an_entry_is_placed_whole_or_refused(tmp_path, pieces, place):
    path = tmp_path / "entry.bib"
    path.write_text(FROM_DOI[:place] + "".join(pieces) + FROM_DOI[place:], encoding="utf-8")
    try:
        entry = take_entry(path, ID, rekey=True)
    except SynthesisError:
        return
    before = b"% Trials\n@misc{a2000x, title={A}, year={2000}}\n"
    placed = place_entry(before, entry, {"a2000x"})
    assert placed == before + b"\n" + entry.text.encode() + b"\n"


# What is refused


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "a/b",
        "..",
        ".",
        "",
        ".hidden",
        "-x",
        "Smith2026",
        "smith 2026",
        "smith2026\n",
        "a\\b",
        "smith2026ü",
        "con",
        "com1",
        "C:x",
        "x" * 81,
        "a\0b",
        "٣x",
    ],
)
def test_a_name_that_is_no_key_is_refused_before_anything_is_touched(root, name):
    before = snapshot(root)
    with pytest.raises(SpellingError):
        make(root, name)
    assert snapshot(root) == before


@pytest.mark.parametrize(
    "options",
    [
        {"arms": ["peer:intervention"]},
        {"arms": ["peer:intervention", "peer:comparator"]},
        {"arms": ["peer", "control:comparator"]},
        {"arms": ["peer:experimental", "control:comparator"]},
        {"arms": [":intervention", "control:comparator"]},
        {"arms": ["=cmd():intervention", "control:comparator"]},
        {"arms": [" peer:intervention", "control:comparator"]},
        {"coders": ["ana", "ana"]},
        {"coders": ["=1+1"]},
        {"coders": [" "]},
        {"coders": []},
        {"bibtex": "entry.bib"},
    ],
    ids=str,
)
def test_arms_and_coders_that_no_cell_may_hold_are_refused(root, options):
    before = snapshot(root)
    with pytest.raises(SpellingError):
        make(root, **options)
    assert snapshot(root) == before


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "dangling link"])
def test_nothing_is_overwritten(root, kind):
    place = root / "data" / "trials" / ID
    if kind == "dangling link":
        place.symlink_to(root / "nowhere")
    elif kind == "file":
        place.write_text("mine")
    else:
        place.mkdir()
        if kind == "folder":
            (place / "trial.csv").write_text("mine")
    before = snapshot(root)
    with pytest.raises(SynthesisError, match="there already"):
        make(root)
    assert snapshot(root) == before


@pytest.mark.parametrize("linked", ["data/trials", "data/codebook", "data/codebook/components.csv", "references.bib"])
def test_links_are_not_followed(root, linked):
    place = root / linked
    elsewhere = root / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    before = snapshot(root)
    with pytest.raises(SynthesisError, match="symbolic link"):
        make(root)
    assert snapshot(root) == before


@pytest.mark.parametrize("missing", ["data/trials", "data/codebook", "data/codebook/components.csv", "references.bib"])
def test_a_data_root_that_lacks_a_part_is_refused(root, missing):
    place = root / missing
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    before = snapshot(root)
    with pytest.raises(SynthesisError, match=r"missing|not there"):
        make(root)
    assert snapshot(root) == before


# Interrupted


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"])
@pytest.mark.parametrize("step", range(1, 11))
def test_a_run_that_fails_at_any_step_leaves_everything_as_it_was(root, monkeypatch, error, step):
    before = snapshot(root)
    fail_at(monkeypatch, step, error)
    with pytest.raises((SynthesisError, KeyboardInterrupt)):
        make(root)
    monkeypatch.undo()
    assert snapshot(root) == before


def test_there_are_no_more_steps_than_those_that_were_made_to_fail(root, monkeypatch):
    fail_at(monkeypatch, 11, AssertionError("a step is not tested"))
    before = snapshot(root)
    make(root)
    assert snapshot(root) != before


def fail_at(monkeypatch, step, error):
    """Make the step-th change of the file system raise: a folder, six files, the new bibliography, two renamings."""
    done = iter(range(1, 100))

    def counted(function):
        def wrapper(*args, **kwargs):
            if next(done) == step:
                raise error
            return function(*args, **kwargs)

        return wrapper

    path = type(Path())
    for name in ("mkdir", "write_text", "write_bytes", "replace"):
        monkeypatch.setattr(path, name, counted(getattr(path, name)))


@pytest.mark.parametrize("renaming", [1, 2])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_run_leaves_a_data_root_that_breaks_no_rule_and_can_be_run_again(root, renaming, moment):
    code = (
        "import os\nfrom pathlib import Path\nreal, count = Path.replace, iter(range(1, 9))\n"
        "def replace(*args):\n"
        f"    last = next(count) == {renaming}\n"
        f"    last and {moment == 'before'} and os._exit(9)\n    real(*args)\n    last and os._exit(9)\n"
        "Path.replace = replace\nfrom synthesis.evidence.new_trial import new_trial\n"
        f"new_trial('{ID}', doi_entry='entry.bib')\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, capture_output=True)
    assert killed.returncode == 9, killed.stderr
    whole = (root / "data" / "trials" / ID).exists()
    assert whole == (renaming == 2 and moment == "after")
    if not whole:
        assert findings(root) == []
        placed = ID in load_bibliography(root / "references.bib").keys
        make(root, doi_entry=None if placed else root / "entry.bib")
    assert {finding.rule for finding in findings(root)} == {"required", "no_result", "unrated_block"}


def test_a_bibliography_changed_by_someone_else_meanwhile_is_not_put_back(root, monkeypatch):
    theirs = (root / "references.bib").read_bytes() + b"\n@misc{theirs, title={T}, year={2000}}\n"
    path = type(root)
    real = path.replace

    def replace(source, target):
        if target.name == ID:
            (root / "references.bib").write_bytes(theirs)
            raise OSError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(path, "replace", replace)
    with pytest.raises(SynthesisError):
        make(root)
    assert (root / "references.bib").read_bytes() == theirs


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_permissions_are_those_of_the_files_around(root):
    (root / "references.bib").chmod(0o640)
    folder = make(root).folder
    assert (root / "references.bib").stat().st_mode & 0o777 == 0o640
    plain = root / "plain"
    plain.mkdir()
    assert folder.stat().st_mode == plain.stat().st_mode


# The command


def test_the_command_says_what_it_made_and_where_to_go_on(root, monkeypatch):
    monkeypatch.chdir(root)
    done = CliRunner().invoke(commands, ["new-trial", ID, "--doi-entry", "entry.bib", "--coder", "ana"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Made data/trials/smith2026peer for Smith & Öztürk (2026); its entry was placed in")
    assert {row["coder"] for row in read_rows(root / "data/trials" / ID / "components.csv")} == {"ana"}
    assert f"`synthesis check --trial {ID}` lists what remains" in done.output


def test_in_another_data_root_the_command_that_goes_on_names_it(root, monkeypatch):
    monkeypatch.chdir(root)
    (root / "data").rename(root / "own review")
    done = CliRunner().invoke(commands, ["new-trial", ID, "--doi-entry", "entry.bib", "--data", "own review"])
    assert done.exit_code == 0, done.output
    assert f"`synthesis check --trial {ID} --data 'own review'` lists what remains" in done.output


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["../x"], 2),
        ([ID, "--arm", "peer"], 2),
        ([ID, "--doi-entry", "nowhere.bib"], 2),
        ([ID, "--doi-entry", "entry.bib", "--bibtex", "entry.bib"], 2),
        ([ID], 1),
        (["alder2011sample", "--doi-entry", "entry.bib"], 1),
    ],
)
def test_a_mistake_in_the_command_exits_2_and_one_in_the_data_1(root, arguments, code):
    done = subprocess.run(
        [sys.executable, "-m", "synthesis", "new-trial", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_template_follows_the_contract_not_a_copy_of_it(root):
    header = read_rows(make(root).folder / "outcomes.csv")[0].keys()
    assert tuple(header) == load_contract()["outcomes"].columns
