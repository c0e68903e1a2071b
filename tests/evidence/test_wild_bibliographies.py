"""What publishers, databases and reference managers export is read as they mean it, or said not to be readable."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthesis.evidence.bibliography.library import load_bibliography
from synthesis.evidence.bibliography.markup import plain, unknown_commands
from synthesis.evidence.bibliography.names import name_of, names_fault, split_names


@pytest.fixture
def parse(tmp_path):
    def write(text):
        path = tmp_path / "references.bib"
        path.write_text(text, encoding="utf-8", newline="")
        return load_bibliography(path)

    return write


def rules(bibliography):
    return [(finding.rule, finding.row) for finding in bibliography.findings]


EXPORTS = {
    "upper case": (
        "@ARTICLE{x,\n  Author = {Oak, Ann and Fir, Bo},\n  TITLE = {Peers},\n  Journal = {J},\n  YEAR = {2021}\n}\n",
        "Oak & Fir (2021)",
        "Oak, Ann; Fir, Bo (2021). Peers. J.",
    ),
    "doi.org": (
        (
            " @article{x, title={Peers <i>on</i> the <scp>NHS</scp> ward &amp;amp; more}, volume={1}, DOI={10.1000/x}, "
            "number={2}, journal={J &amp; Co}, author={Oak, Ann and Rüsch, N.}, year={2021}, month=mar, pages={1–9} }\n"
        ),
        "Oak & Rüsch (2021)",
        "Oak, Ann; Rüsch, N. (2021). Peers on the NHS ward & more. J & Co, 1(2), 1–9. https://doi.org/10.1000/x",
    ),
    "Crossref, its signs in LaTeX": (
        (
            "@article{x, title={$\\less$i$\\greater$Peers$\\less$/i$\\greater$ {\\&}amp; wards}, author={Oak, A.}, "
            "year={2021}}"
        ),
        "Oak (2021)",
        "Oak, A. (2021). Peers & wards.",
    ),
    "Better BibTeX, biblatex": (
        (
            "@article{x,\n  title = {Peers on the {{NHS}} Ward},\n  subtitle = {{{A}} Trial},\n  author = {family=Os, "
            "given=Jim, prefix=van, useprefix=true and {Peer and Carer Group} and Oak, Ann},\n  date = {2021-05-01},\n"
            "  journaltitle = {J},\n  file = {C\\:\\\\Users\\\\x\\\\a.pdf}\n}\n"
        ),
        "van Os et al. (2021)",
        "van Os, Jim; Peer and Carer Group; Oak, Ann (2021). Peers on the NHS Ward: A Trial. J.",
    ),
    "Zotero": (
        (
            "@article{x,\n\ttitle = {Peers \\textit{on} the "
            "{\\textless}i{\\textgreater}ward{\\textless}/i{\\textgreater}},"
            "\n\turl = {https://example.org/a\\_b},\n\tauthor = {Oak, Ann and {\\'A}lvarez, M.},\n\tmonth = mar,\n\t"
            "year = {2021},\n\tnote = {Publisher: Sample},\n}\n"
        ),
        "Oak & Álvarez (2021)",
        "Oak, Ann; Álvarez, M. (2021). Peers on the ward. https://example.org/a_b",
    ),
    "Scopus": (
        (
            "Scopus\nEXPORT DATE: 30 November 2026\n\n@ARTICLE{x,\n\tauthor = {Oak, Ann and Fir, Bo},\n\ttitle = {Peers"
            ": 40% fewer & better},\n\tyear = {2021},\n\tjournal = {J},\n\tnote = {Cited by: 12},\n"
            "\tsource = {Scopus}\n}\n"
        ),
        "Oak & Fir (2021)",
        "Oak, Ann; Fir, Bo (2021). Peers: 40% fewer & better. J.",
    ),
    "Web of Science": (
        (
            "@article{x,\nAuthor = {Oak, Ann and\n   Fir, Bo},\nTitle = {{Peers on the ward: a\n   trial}},\nJournal = "
            "{{JOURNAL}},\nYear = {{2021}},\nUnique-ID = {{WOS:1}},\n}\n"
        ),
        "Oak & Fir (2021)",
        "Oak, Ann; Fir, Bo (2021). Peers on the ward: a trial. JOURNAL.",
    ),
    "joined with #": (
        (
            '@string{pj = {Peer J}}\n@string{long = PJ # " of Samples"}\n@article{x, author = "Oak, A." # { and } # '
            '"Fir, B.", journal = long, title = {C # or} # { F#}, year = 2021}'
        ),
        "Oak & Fir (2021)",
        "Oak, A.; Fir, B. (2021). C # or F#. Peer J of Samples.",
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_read_as_it_is_meant_and_nothing_is_found(parse, name):
    text, cited, reference = EXPORTS[name]
    bibliography = parse(text)
    assert bibliography.findings == ()
    assert (bibliography.cite("x"), bibliography.reference("x")) == (cited, reference)


@pytest.mark.parametrize(
    ("authors", "families"),
    [
        (r"Oak, A. and \"Ozer, N.", ["Oak", "Özer"]),
        (r"Yew, B. and \'{A}lvarez, M.", ["Yew", "Álvarez"]),
        (r"Yew, B. and \O stergaard, P. and \v{S}avovi\'c, J.", ["Yew", "Østergaard", "Šavović"]),
        (r"{\L}ukasz, A. and {\c C}etin, B. and \aa strand, C.", ["Łukasz", "Çetin", "åstrand"]),
        ("Rosell&oacute;, J. and O&#39;Brien, K. and O\\&#39;Neil, L.", ["Roselló", "O'Brien", "O'Neil"]),
        ("Oak,\n  Ann\nand\tFir, Bo AND Elm, C.", ["Oak", "Fir", "Elm"]),
        ("Oak, Jr., A. and Fir, III, Bo", ["Oak", "Fir"]),
        ("{Hand and Heart} and Sand, A. and Andersen, And", ["Hand and Heart", "Sand", "Andersen"]),
        ("given=Jim, family=Os, prefix=van", ["van Os"]),
        ("Ludwig van Beethoven and Brinch Hansen, Per", ["van Beethoven", "Brinch Hansen"]),
        ("Oak~B., A.", ["Oak B."]),
    ],
)
def test_every_author_keeps_his_letters(authors, families):
    assert [name_of(name)[0] for name in split_names(" ".join(authors.split()))] == families
    assert names_fault(" ".join(authors.split())) == ""


@pytest.mark.parametrize(
    "authors",
    [
        "Oak, A. B., Fir, C., Elm, D. E.",
        "Oak AB, Fir C",
        "Oak AB, Fir C, Elm DE",
        "Oak, A., Fir, B., and Elm, C.",
        "Oak, A.; Fir, B.",
        "Oak AB; Fir C",
        "Oak, A. & Fir, B.",
        "Oak, A. et al.",
        "Oak AB and Fir C",
        "{Oak, Ann and Fir, Bo}",
        "Oak, A. and and Fir, B.",
        "and Oak, A.",
        "Oak, Ann, Bo",
    ],
)
def test_what_is_no_list_of_authors_is_a_doubt_in_check(parse, authors):
    assert rules(parse(f"@article{{x, author={{{authors}}}, title={{T}}, year={{2021}}}}")) == [("bib_authors", 1)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"A 40% fall in readmission with \emph{peers}", "A 40% fall in readmission with peers"),
        (r"Hope & \emph{peer} support, \textsf{R} and $I^2$", "Hope & peer support, R and I2"),
        ("between $5 and $10 a day", "between $5 and $10 a day"),
        (r"$\kappa = .5$, $x_{12}$, $10^{-3}$", "κ = .5, x12, 10^-3"),
        ("p < 0.05 and n > 3", "p < 0.05 and n > 3"),
        ("AT&T, R&D; F#", "AT&T, R&D; F#"),
        (r"100\% \& \_ \# \$", "100% & _ # $"),
        ("``Quoted'' -- and --- so~on", "“Quoted” – and — so on"),
        (r"I\textsuperscript{2} self-\-help \mkbibquote{q}", "I2 self-help q"),
        (r"{\it Peers} {{\bf NHS}} \texttt{t}", "Peers NHS t"),
        ("H<sub>2</sub>O <jats:italic>x</jats:italic>", "H2O x"),
        ("a\x1b[31mb\u202ec\x00d", "a [31mb c d"),
        (r"\input{/etc/passwd}x", "x"),
    ],
)
def test_markup_of_every_kind_becomes_the_text_a_reader_sees(written, read):
    assert plain(written) == read
    assert unknown_commands(written) == []


def test_a_command_that_no_page_shows_is_said_and_stays_visible(parse):
    bibliography = parse("@article{x, author={\\peerletter Oak, A.}, title={T}, year={2021}}")
    assert rules(bibliography) == [("bib_command", 1)]
    assert "\\peerletter" in bibliography.cite("x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@article{x, title={T}, year={2021}, Title={U}}", [("bib_syntax", 1)]),
        ("@article{x, title={T}, year={2021}, journal=jcp}", [("bib_abbreviation", 1)]),
        ("@article{x, title={T} # nn, year={2021}}", [("bib_abbreviation", 1)]),
        ("\n@article{\n  author = {Oak, A.},\n  title = {T},\n  year = {2021}\n}", [("bib_key", 2)]),
        ("PMID- 12\nTI  - T\n", [("not_bibtex", None)]),
        ("%0 Journal Article\n%A Oak\n", [("not_bibtex", None)]),
        ('[{"id": "x", "type": "article"}]', [("not_bibtex", None)]),
        ("<!DOCTYPE html>\n<html><body>@article{x}</body></html>", [("bib_incomplete", 2)]),
        ("<!DOCTYPE html>\n<html><body></body></html>", [("not_bibtex", None)]),
        ("Authors,Title,Year\nOak,T,2021\n", [("not_bibtex", None)]),
        ("% trials stand here\n", []),
        ("", []),
    ],
)
def test_what_cannot_be_meant_is_found_once(parse, text, found):
    assert rules(parse(text))[: len(found)] == found
    assert bool(rules(parse(text))) == bool(found)


RIS = """Provider: Sample Database
\r
TY  - JOUR
AU  - Oak, Ann
AU  - Fir, Bo, Jr.
AU  - Peer and Carer Group
T1  - 40% of {wards} & C:\\x
      on a second line
JF  - Journal of Samples
PY  - 2021/03/01/
VL  - 1
IS  - 2
SP  - 1
EP  - 9
M3  - 10.1000/x_y
ZZ  - something
ID  - oak2021a
ER  -

TY  - CHAP
AU  - Elm, Cara
TI  - A chapter
T2  - The book
Y1  - 2020
LB  - elm2020b
ID  - 4711
ER  -
"""


def test_ris_records_are_references_by_their_own_keys(parse):
    bibliography = parse(RIS)
    assert bibliography.findings == ()
    assert bibliography.is_read
    assert {key: bibliography.cite(key) for key in bibliography.keys} == {
        "oak2021a": "Oak et al. (2021)",
        "elm2020b": "Elm (2020)",
    }
    assert bibliography.reference("oak2021a") == (
        "Oak, Ann; Fir, Bo, Jr.; Peer and Carer Group (2021). 40% of {wards} & C:\\x on a second line. Journal of "
        "Samples, 1(2), 1–9. https://doi.org/10.1000/x_y"
    )
    assert bibliography.reference("elm2020b") == "Elm, Cara (2020). A chapter. The book."


def test_ris_handed_on_as_bibtex_says_the_same(parse):
    bibliography = parse(RIS)
    again = parse(bibliography.text)
    assert (again.findings, again.is_ris) == ((), False)
    assert again.references == bibliography.references


def test_the_digest_of_a_ris_record_changes_with_it_alone(parse):
    before, after = parse(RIS).digests, parse(RIS.replace("A chapter", "Another")).digests
    assert before["oak2021a"] == after["oak2021a"]
    assert before["elm2020b"] != after["elm2020b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TY  - JOUR\nTI  - T\nPY  - 2021\nER  - \n", [("bib_without_keys", None)]),
        ("TY  - JOUR\nTI  - T\nPY  - 2021\nID  - 12\nER  - \n", [("bib_without_keys", None)]),
        (RIS.replace("ID  - oak2021a\n", ""), [("bib_key", 3)]),
        (RIS.replace("elm2020b", "oak2021a"), [("bib_duplicate_key", 20)]),
        (RIS.replace("ER  -\n", "", 1), [("bib_syntax", 3)]),
        (RIS.replace("Y1  - 2020\n", ""), [("bib_incomplete", 20)]),
        (RIS.replace("AU  - Elm, Cara", "AU  - Elm CB"), [("bib_authors", 20)]),
    ],
)
def test_a_fault_of_a_ris_file_is_found_in_its_row(parse, text, found):
    assert rules(parse(text)) == found


def test_without_keys_nothing_else_is_judged_by_a_ris_file(parse):
    assert not parse("TY  - JOUR\nTI  - T\nPY  - 2021\nER  - \n").is_read


def test_abbreviations_that_double_one_another_cost_no_memory(parse):
    doubled = "".join(f"@string{{a{i + 1} = a{i} # a{i} # a{i}}}\n" for i in range(40))
    began = time.monotonic()
    bibliography = parse(f"@string{{a0 = {{xxxxxxxxxx}}}}\n{doubled}@misc{{x, title=a40, year={{2021}}}}")
    assert time.monotonic() - began < 5
    assert rules(bibliography) == [("bib_abbreviation", 42)]


WORDS = " and |TY  - JOUR\n|ER  - \n|AU  - |@article{x, |author = |title={|&amp;|<i>|\\emph{|\\'|$x_{|``|{{|}}|\\url{"
PIECES = [
    *"@{}\\$%&#~^_\"',;=<>\n\r\0é\u202e",
    *WORDS.split("|"),
    "a" * 300,
    "{" * 2000,
    "\\" * 2000,
]


@given(st.lists(st.sampled_from(PIECES), max_size=25))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_file_holds_it_is_read_or_found_faulty_and_shows_no_hidden_sign(tmp_path, pieces):
    path = tmp_path / "references.bib"
    path.write_text("".join(pieces), encoding="utf-8", newline="")
    for key in (bibliography := load_bibliography(path)).keys:
        shown = bibliography.reference(key)
        assert not set(shown) & set("\0\x1b\u202e\n\r")
