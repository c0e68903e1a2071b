"""Keys become citations and references a reader can use, whatever LaTeX, organisation or gap stands in the entry."""

from pathlib import Path

import pytest

from synthesis.evidence.bibliography.library import load_bibliography

ROOT = Path(__file__).parents[2]
VALID = Path(__file__).parents[1] / "trials" / "valid" / "references.bib"


@pytest.fixture
def parse(tmp_path):
    def write(text):
        path = tmp_path / "references.bib"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return load_bibliography(path)

    return write


def entry(key="x", kind="article", **fields):
    fields = {"title": "T", "year": "2014"} | fields
    return f"@{kind}{{{key},\n" + ",\n".join(f"  {a} = {{{b}}}" for a, b in fields.items() if b) + "\n}\n"


def rules(bibliography):
    return [(finding.rule, finding.row) for finding in bibliography.findings]


@pytest.mark.parametrize(
    ("authors", "cited"),
    [
        ("Sledge, William H. and Lawless, Martha and Sells, David", "Sledge et al. (2014)"),
        ('R{\\"u}sch, Nicolas and K{\\"o}sters, Markus', "Rüsch & Kösters (2014)"),
        ("Gillard, Steve", "Gillard (2014)"),
        ("Steve Gillard", "Gillard (2014)"),
        ("van Os, J.", "van Os (2014)"),
        ("Jim van Os and Philippe Delespaul", "van Os & Delespaul (2014)"),
        ("H{\\o}gh Egmose, Cecilie", "Høgh Egmose (2014)"),
        ("Fern\\'andez, Ana", "Fernández (2014)"),
        ("Šavović, Jelena", "Šavović (2014)"),
        ("{Peers for Progress}", "Peers for Progress (2014)"),
        ("{Health and Care Office}", "Health and Care Office (2014)"),
        ("Sledge, W. and others", "Sledge et al. (2014)"),
        ("{Office}, {Second Office}", "Office (2014)"),
        ("Madonna", "Madonna (2014)"),
        ("", "T (2014)"),
    ],
)
def test_citation_names_the_authors_as_the_field_does(parse, authors, cited):
    assert parse(entry(author=authors)).cite("x") == cited


def test_editor_stands_in_for_a_missing_author(parse):
    assert parse(entry(author="", editor="Higgins, Julian")).cite("x") == "Higgins (2014)"


@pytest.mark.parametrize(
    ("fields", "year"),
    [({"year": ""}, "n.d."), ({"year": "", "date": "2011-05-01"}, "2011"), ({"year": "in press"}, "n.d.")],
)
def test_year_is_taken_from_the_date_or_said_to_be_missing(parse, fields, year):
    assert parse(entry(author="A, B", **fields)).authors_year("x") == ("A", year)


def test_letters_tell_apart_what_would_read_the_same_and_only_that(parse):
    text = "".join(entry(key, author="Cook, Judith") for key in ("cook2012b", "cook2012a")) + entry("y", author="Y, Z")
    bibliography = parse(text)
    assert bibliography.labels(["y", "cook2012b", "cook2012a"]) == {
        "cook2012a": "Cook (2014a)",
        "cook2012b": "Cook (2014b)",
        "y": "Y (2014)",
    }
    assert bibliography.labels(["cook2012b"]) == {"cook2012b": "Cook (2014)"}


def test_letters_go_on_after_z(parse):
    keys = [f"k{i:02}" for i in range(28)]
    labels = parse("".join(entry(key, author="A, B") for key in keys)).labels(keys)
    assert [labels[keys[i]] for i in (0, 25, 26, 27)] == ["A (2014a)", "A (2014z)", "A (2014aa)", "A (2014ab)"]


def test_reference_holds_what_a_reader_needs_to_find_the_paper(parse):
    text = entry(
        author='R{\\"u}sch, Nicolas and Kohls, Elisabeth',
        title="Mobile health ({mHealth}) \\& peers",
        journal="Psychiatry \\& Society",
        volume="12",
        number="3",
        pages="10--19",
        doi="https://doi.org/10.1000/a%2Fb_c",
    )
    assert parse(text).reference("x") == (
        "Rüsch, Nicolas; Kohls, Elisabeth (2014). Mobile health (mHealth) & peers. Psychiatry & Society, 12(3), 10–19. "
        "https://doi.org/10.1000/a%2Fb_c"
    )


def test_address_is_not_cut_at_a_percent_sign(parse):
    text = entry("x", "misc", author="A, B", howpublished="\\url{https://example.org/a%20b?c=1}, commit 07b")
    reference = parse(text).references["x"]
    assert reference.url == "https://example.org/a%20b?c=1"
    assert reference.container == "commit 07b"


def test_remark_of_an_entry_is_shown(parse):
    assert "[Title to be completed]" in parse(entry(author="A, B", note="Title to be completed")).reference("x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (entry() + entry(), [("bib_duplicate_key", 5)]),
        (entry(""), [("bib_key", 1)]),
        (entry("a b"), [("bib_key", 1)]),
        ("@article{x,\n  title = {T},\n  title = {U},\n  year = {2014}\n}\n", [("bib_syntax", 1)]),
        ("@article{x,\n  title = {T\n" + entry("y"), [("bib_syntax", 1)]),
        ("@article{x,\n  title = {T}\n  year = {2014}\n}\n", [("bib_syntax", 2), ("bib_incomplete", 1)]),
        ("@article{x,\n  year = 2014\n}\n", [("bib_incomplete", 1)]),
        (b"@article{x, title = {\xff}}", [("not_utf8", 1)]),
        (b"@article{x, \0}", [("nul_byte", 1)]),
    ],
    ids=lambda value: None,
)
def test_faults_are_found_in_their_row(parse, text, found):
    assert rules(parse(text)) == found


def test_entries_beside_a_broken_one_are_still_there(parse):
    bibliography = parse(entry("before") + "@article{broken,\n  title = {T\n" + entry("after"))
    assert bibliography.keys == {"before", "after"}
    assert bibliography.damaged_keys == {"broken"}
    assert bibliography.is_read


@pytest.mark.parametrize("text", [b"\xff", b"\0"])
def test_a_bibliography_that_cannot_be_read_says_so(parse, text):
    assert not parse(text).is_read


def test_missing_file_and_folder_are_findings(tmp_path):
    assert rules(load_bibliography(tmp_path / "none.bib")) == [("missing_file", None)]
    assert rules(load_bibliography(tmp_path)) == [("unreadable", None)]


def test_byte_order_mark_crlf_macros_and_comments_are_harmless(parse):
    text = "\ufeff@string{pj = {Peer Journal}}\r\n@comment{x}\r\n% note\r\n" + entry(author="A, B").replace(
        "\n", "\r\n"
    )
    bibliography = parse(text.replace("title = {T}", "title = {T},\r\n  journal = pj"))
    assert bibliography.findings == ()
    assert bibliography.references["x"].container == "Peer Journal"


def test_digest_changes_with_its_entry_alone(parse):
    before = parse(entry("a") + entry("b")).digests
    after = parse(entry("a") + entry("b", pages="1")).digests
    assert before["a"] == after["a"]
    assert before["b"] != after["b"]


def test_nothing_is_logged_a_second_time(parse, caplog, capfd):
    parse("@article{x,\n  title = {T\n" + entry("y"))
    assert capfd.readouterr().err == ""


def test_sample_and_shipped_bibliographies_can_be_cited_in_full():
    for path in (VALID, ROOT / "references.bib"):
        bibliography = load_bibliography(path)
        assert [finding for finding in bibliography.findings if finding.severity == "error"] == []
        labels = bibliography.labels(bibliography.keys)
        assert len(set(labels.values())) == len(bibliography.keys)
        for key in bibliography.keys:
            shown = bibliography.reference(key).replace(bibliography.references[key].url, "")
            assert not set(shown) & set("{}\\$")
