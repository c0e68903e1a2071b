"""What a page lets through, how its headings, tables and pictures are put right, and what the index says."""

import json
import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from builders.pages import Page
from builders.reports_cases import NOTEBOOKS, data_root, sample_plan
from synthesis.answers.fidelity_statement import TEN_NEEDED
from synthesis.reports import Job, run_plan
from synthesis.reports.page.accessible import NO_DESCRIPTION, mend_pictures, mend_tables
from synthesis.reports.page.index import Summary, first_figure, index_page, published_summary
from synthesis.reports.page.outline import drop_title, order_headings
from synthesis.reports.page.sanitise import sanitise
from synthesis.tables.glossary import BESIDE_FIDELITY, GLOSSARY

TRIAL = "A <b>trial</b> & more"


def clean(html):
    return str(sanitise(html))


def parsed(html, *steps):
    soup = BeautifulSoup(html, "html.parser")
    for step in steps:
        step(soup)
    return soup


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=https://example.org/x.js></SCRIPT>",
        "<style>body{display:none}</style>",
        '<iframe src="https://example.org"></iframe>',
        '<object data="x"></object><embed src="x">',
        '<svg onload="alert(1)"><script>alert(1)</script></svg>',
        "<!-- a comment --><!--[if IE]><script>alert(1)</script><![endif]-->",
        "<math><mtext></mtext></math><template><img src=x></template>",
        '<link rel="stylesheet" href="https://example.org/x.css"><base href="//x">',
        '<meta http-equiv="refresh" content="0">',
    ],
)
def test_active_content_vanishes_whole(html):
    assert clean(html) == ""


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<p onclick="alert(1)" class="a">x</p>', '<p class="a">x</p>'),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href=" java\tscript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="JAVASCRIPT&#58;alert(1)">x</a>', "<a>x</a>"),
        ('<a href="data:text/html,<script>alert(1)</script>">x</a>', "<a>x</a>"),
        ('<a href="//example.org/x">x</a>', "<a>x</a>"),
        ('<img src="https://example.org/pixel.png" alt="dot">', "[picture left out: dot]"),
        ('<img src="x" onerror="alert(1)">', "[picture left out: no description]"),
        ('<a href="/\\\\example.org/x">x</a>', "<a>x</a>"),
        ('<a href="https:example.org/x">x</a>', '<a href="https:example.org/x">x</a>'),
        ('<p style="background:url(https://example.org/x)">x</p>', "<p>x</p>"),
        ('<p style="color: red; background:url(https://example.org/x)">x</p>', '<p style="color:red">x</p>'),
        ('<div style="position:fixed;inset:0">x</div>', "<div>x</div>"),
        (
            '<picture><source srcset="https://example.org/p.png"><img src="data:image/png;base64,AA=="></picture>',
            '<picture><source/><img src="data:image/png;base64,AA=="/></picture>',
        ),
        (
            '<picture><source srcset="data:image/png;base64,AA== 1x, //example.org/p.png 2x"></picture>',
            "<picture><source/></picture>",
        ),
        ("<form action='https://example.org'><input name='q'>x</form>", "x"),
        ("<center><blink>x</blink></center>", "x"),
    ],
)
def test_harmful_parts_go_and_the_words_stay(html, kept):
    assert clean(html) == kept


FETCHED = "'https://example.org/p.png'"


NAMES = "background-image --x list-style border-image content cursor color".split()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [
        f"image-set({FETCHED} 1x)",
        f"-webkit-image-set({FETCHED} 1x)",
        f"IMAGE-SET({FETCHED} 1x)",
        f"image-/**/set({FETCHED} 1x)",
        f"im\\61ge-set({FETCHED} 1x)",
        f"src({FETCHED})",
        f"cross-fade({FETCHED}, {FETCHED}, 50%)",
        f"element(#x), image({FETCHED})",
        f"url({FETCHED})",
        f"u\\72l({FETCHED})",
        "URL(//example.org/p.png)",
        f"var(--y, url({FETCHED}))",
        f"red; --y: url({FETCHED}); background: var(--y)",
        f"red; @import {FETCHED}",
        f"red}} @import url({FETCHED}); p {{ background: url({FETCHED})",
        f"red; background-\\69mage: url({FETCHED})",
        f"red; BACKGROUND: URL({FETCHED})",
        f"red; /* */ src /* */ : src({FETCHED})",
    ],
)
def test_no_style_asks_another_host_for_anything(name, value):
    left = clean(f'<p style="{name}: {value}">x</p>')
    assert left in ("<p>x</p>", '<p style="color:red">x</p>')


@pytest.mark.parametrize(
    "style", ["position:fixed;inset:0", "POSITION: sticky", "z-index:9", "margin:-99px", "display:none", "opacity:0"]
)
def test_no_style_moves_or_hides_what_a_page_says(style):
    assert clean(f'<div style="{style}">x</div>') == "<div>x</div>"


def test_a_style_within_its_own_place_stays():
    style = "max-width:100%;height:auto;background-color:rgb(238, 238, 238)"
    assert clean(f'<div style="{style}">x</div>') == f'<div style="{style}">x</div>'


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.org/?a=b:c">x</a>',
        '<a href="#part">x</a>',
        '<a href="../index.html?x=a:b">x</a>',
        '<a href="mailto:a@example.org">x</a>',
        '<img alt="a dot" src="data:image/png;base64,AA=="/>',
        '<img alt="a plot" height="9" src="data:image/svg+xml;base64,AA==" width="9"/>',
        '<picture><source height="9" media="screen" srcset="data:image/svg+xml;base64,AA==" width="9"/></picture>',
        '<p style="color:#eee">x</p>',
        '<details open=""><summary>s</summary>x</details>',
        '<figure class="picture"><figcaption>c</figcaption></figure>',
        '<div aria-labelledby="n" class="table-region" role="region" tabindex="0">x</div>',
        '<table><caption>c</caption><tbody><tr><th aria-label="n" scope="col">x</th></tr></tbody></table>',
    ],
)
def test_harmless_html_passes_unchanged(html):
    assert clean(html) == html


def test_headings_get_one_order_without_gaps_and_an_address_each():
    soup = parsed("<h1>T</h1><h3>A b</h3><h4>Deep</h4><h1>Again</h1><h2></h2><h3>A b</h3><h6>é</h6>", drop_title)
    contents = order_headings(soup)
    found = [(tag.name, tag["id"], tag.text) for tag in soup.find_all(re.compile("h[1-6]"))]
    assert found == [
        ("h2", "a-b", "A b"),
        ("h3", "deep", "Deep"),
        ("h2", "again", "Again"),
        ("h3", "a-b-2", "A b"),
        ("h4", "e", "é"),
    ]
    assert [(entry.text, [child.text for child in entry.children]) for entry in contents] == [
        ("A b", ["Deep"]),
        ("Again", ["A b"]),
    ]


def test_a_heading_does_not_take_an_address_that_is_in_use():
    soup = parsed('<p id="results">x</p><h2>Results</h2>')
    order_headings(soup)
    assert soup.h2["id"] == "results-2"


TABLE = """<h2>Effects</h2><table border="1"><thead><tr>
<th></th><th colspan="2">arms</th></tr><tr><th></th><th>a</th><th>b</th></tr></thead><tbody>
<tr><th>first</th><td>−1.5</td><td>x</td></tr><tr><th>second</th><td>&lt; 12%</td><td>2</td></tr></tbody></table>"""


def test_tables_get_scopes_a_caption_and_a_region_that_scrolls():
    soup = parsed(TABLE, mend_tables)
    assert [(th.text, th["scope"]) for th in soup.find_all("th")] == [
        ("arms", "colgroup"),
        ("a", "col"),
        ("b", "col"),
        ("first", "row"),
        ("second", "row"),
    ]
    region = soup.table.parent
    assert (region["role"], region["tabindex"]) == ("region", "0")
    assert region["aria-labelledby"] == soup.caption["id"]
    assert soup.caption.text == "Table 1: Effects"
    assert "border" not in soup.table.attrs


def test_columns_of_numbers_stand_to_the_right_with_their_header():
    soup = parsed(TABLE, mend_tables)
    assert [tag.text for tag in soup.select(".number")] == ["a", "−1.5", "< 12%"]


def test_intervals_stay_on_one_line():
    rows = "".join(f"<tr><td>{text}</td></tr>" for text in ("-0.10 to 0.52", "[0.1, 2]"))
    soup = parsed(f"<table>{rows}</table>", mend_tables)
    assert [tag.text for tag in soup.select(".interval")] == ["-0.10 to 0.52", "[0.1, 2]"]


def test_a_cell_of_any_length_costs_no_time():
    soup = parsed(f"<table><tr><td>1{' ' * 100_000}1 to {'9' * 100_000}</td></tr></table>", mend_tables)
    assert soup.select(".number, .interval") == []


def test_a_table_with_its_own_caption_and_region_keeps_both():
    table = '<table><caption>c</caption><tr><th scope="row">x</th><td>1</td></tr></table>'
    soup = parsed(f'<div class="table-scroll" role="region" aria-label="c">{table}</div>', mend_tables)
    assert soup.caption.text == "c"
    assert len(soup.find_all(role="region")) == 1
    assert soup.div["aria-labelledby"] == soup.caption["id"]


def test_headers_of_a_table_without_head_are_told_apart():
    soup = parsed("<table><tr><th>a</th><th>b</th></tr><tr><th>r</th><td>1</td></tr></table>", mend_tables)
    assert [th["scope"] for th in soup.find_all("th")] == ["col", "col", "row"]


HEADS = ("Trial", "Effect", "A heading of many letters", "Another of many letters")


def headed(*rows, heads=HEADS):
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr><th>{}</th>{}</tr>".format(row[0], "".join(f"<td>{c}</td>" for c in row[1:])) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def test_a_wide_table_says_in_each_cell_what_heads_it():
    soup = parsed(headed(("Alder", "0.2", "", "x &amp; y")), mend_tables)
    assert "stacks" in soup.table["class"]
    assert [cell.get("data-label") for cell in soup.find_all("td")] == list(HEADS[1:])
    assert soup.tbody.th.get("data-label") is None


@pytest.mark.parametrize(
    ("rows", "letters", "cards"), [(31, 40, True), (30, 40, False), (31, 5, False)], ids=["long", "short", "numbers"]
)
def test_a_long_table_of_texts_is_a_card_a_row_on_paper(rows, letters, cards):
    text = " ".join(["abcd"] * (letters // 5))
    soup = parsed(headed(*[("Alder", text, text, text)] * rows), mend_tables)
    assert "stacks" in soup.table["class"]
    assert ("stacks-on-paper" in soup.table["class"]) is cards


@pytest.mark.parametrize(
    "html",
    [
        headed(("Alder", "0.2", "1"), heads=("Trial", "Effect", "k")),
        headed(("Alder", "0.2", "1", "2")).replace("<td>1", '<td colspan="2">1'),
        headed(("Alder", "0.2", "1")),
        headed(("Alder", "0.2", "1", "2")).replace("thead", "tbody"),
    ],
    ids=["narrow", "cells that span", "rows of other lengths", "no head"],
)
def test_other_tables_stay_tables(html):
    soup = parsed(html, mend_tables)
    assert "stacks" not in soup.table.get("class", [])
    assert not soup.find_all(attrs={"data-label": True})


def test_a_picture_that_has_a_narrow_form_does_not_scroll():
    soup = parsed('<picture><source srcset="n"><img src="w" alt="e" width="900"></picture>', mend_pictures)
    assert soup.find_all(role="region") == []


def test_descriptions_are_kept_and_missing_ones_are_named_as_missing():
    soup = parsed(
        '<img src="a" alt="bars"><img src="b" alt=""><img src="c"><img src="d" alt="e" width="900">', mend_pictures
    )
    assert [img["alt"] for img in soup.find_all("img")] == ["bars", "", NO_DESCRIPTION, "e"]
    assert [region.img["src"] for region in soup.find_all(role="region")] == ["d"]


FINDING = {
    "outcome": "hope",
    "outcome_label": TRIAL,
    "measure": "SMD",
    "better": "lower",
    "definition": "Looking forward to things",
    "k": 4,
    "trials": 3,
    "n": 1234.0,
    "effect": "0.21",
    "interval": "0.05 to 0.37",
    "prediction": "−0.10 to 0.52",
    "verdict": "favours peer support",
    "headline": f"{TRIAL}: 3 trials. The average effect favours peer support.",
    "meaning": "Of 100 people 58 would do better.",
    "expectation": "In a new setting it may differ.",
    "reservations": ["Two trials are at high risk of bias."],
    "fidelity": "Descriptive only.",
}
OVERVIEW = {
    "plain": ["Peer workers help, on average."],
    "headline": ["Three randomised trials."],
    "findings": [FINDING, {"outcome": "sleep", "outcome_label": "Sleep", "measure": "SMD", "trials": 2, "n": 0.0}],
    "too_few": {"work": "Employment"},
    "limits": ["They cannot tell about children."],
    "fidelity": ["No association was detected, which is not evidence that there is none."],
}


def test_findings_of_several_pages_on_one_outcome_complete_one_another():
    pages = {
        "pool": {"finding": {**FINDING, "fidelity": ""}},
        "slope": {"finding": {"outcome": "hope", "fidelity": "Descriptive only."}},
        "other": {"finding": {"outcome": "sleep", "fidelity": "A slope whose pool could not be made."}},
        "all": {"overview": OVERVIEW, "summary": {"headline": ["Said again."]}},
    }
    summary = published_summary(pages)
    assert summary.findings == [FINDING]
    assert (summary.headline, summary.limits) == (["Said again."], OVERVIEW["limits"])


def test_what_the_summary_says_of_an_outcome_besides_its_page_is_kept():
    of_page = {
        "outcome": "hope",
        "outcome_label": "Hope",
        "headline": "From the page.",
        "robust": "",
        "definition": "H.",
    }
    of_summary = {
        "outcome": "hope",
        "headline": "Old.",
        "robust": "Under all others.",
        "definition": "H. Measured by ADHS.",
    }
    pages = {"pool": {"finding": of_page}, "summary": {"overview": {"findings": [of_summary]}}}
    (found,) = published_summary(pages).findings
    assert (found["headline"], found["robust"]) == ("From the page.", "Under all others.")
    assert found["definition"] == "H. Measured by ADHS."


def test_a_report_whose_pages_published_nothing_has_an_empty_summary():
    assert published_summary({"page": {}}) == Summary()


def shown(path, *outputs, prose=""):
    """Write an executed notebook that shows pieces of HTML below some prose; return its path."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": prose}]
    for html in outputs:
        output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
        cells.append({"cell_type": "code", "metadata": {}, "source": "x", "outputs": [output]})
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("outputs", "figure"),
    [
        (["<p>x</p>", '<figure><img alt="a" src="data:image/png;base64,AA=="></figure><details>t</details>'], "a"),
        (
            ["<pre>&lt;figure&gt; is a tag</pre>", '<figure><img alt="b" src="data:image/png;base64,AA=="></figure>'],
            "b",
        ),
        ([["<figure>", '<img alt="c" src="data:image/png;base64,AA==">', "</figure>"]], "c"),
        (["<script>'<figure>'</script>"], None),
        ([], None),
    ],
)
def test_the_first_figure_is_one_that_the_notebook_shows_not_one_it_speaks_of(tmp_path, outputs, figure):
    notebook = shown(tmp_path / "n.ipynb", *outputs, prose="<figure>not a result</figure>")
    found = parsed(first_figure(notebook))
    assert [image["alt"] for image in found.find_all("img")] == [figure] * (figure is not None)
    assert "not a result" not in found.text
    assert found.details is None


def test_a_figure_on_the_index_is_whole_and_as_safe_as_on_its_page(tmp_path):
    picture = '<img alt="wide" width="900" src="data:image/png;base64,AA==" onload="alert(1)">'
    html = f"<figure><figure>{picture}</figure><figcaption>after</figcaption></figure>"
    found = parsed(first_figure(shown(tmp_path / "n.ipynb", html)))
    assert found.text == "after"
    assert found.img.attrs.keys() == {"alt", "width", "src"}
    assert found.img.parent["role"] == "region"


class TestTheIndex:
    @pytest.fixture
    def page(self, tmp_path):
        plan = [
            Job(NOTEBOOKS / "outcome.ipynb", "pooled-hope", title="Hope pooled", outcome="hope", section="Outcomes"),
            Job(NOTEBOOKS / "overview.ipynb", "overview", blurb="everything at once"),
            Job(NOTEBOOKS / "failing.ipynb", "failing", title="Broken"),
        ]
        cover = shown(
            tmp_path / "cover.ipynb", '<figure><img alt="a forest" src="data:image/png;base64,AA=="></figure>'
        )
        work = {"worklist": {"sentences": ["Read the paper of Alder."]}}
        summary = published_summary({"first": {"pooled": 1}, "overview": {"overview": OVERVIEW, **work}})
        return Page(
            index_page(plan, summary, {}, missing={"failing": "it stopped & more"}, covers={"pooled-hope": cover})
        )

    def test_explains_the_words_of_a_longer_answer_on_fidelity(self, page):
        assert not page.words("strong") or "Permutation p" not in " ".join(page.words("strong"))
        longer = {**OVERVIEW, "fidelity": ["Not detected.", "Permutation p = 0.4, k = 3."]}
        html = index_page([], published_summary({"all": {"overview": longer}}), {}, missing={}, covers={})
        told = Page(html).words("li")
        for word in BESIDE_FIDELITY:
            assert any(text.startswith(f"{word}: ") and GLOSSARY[word] in text for text in told), word

    def test_states_each_finding_with_its_uncertainty(self, page):
        row = next(element for element in page.all("tr") if "1,234" in element["text"])
        assert row["text"].split("\n")[0] == TRIAL
        for part in ("3", "SMD", "0.21", "0.05 to 0.37", "−0.10 to 0.52", "favours peer support"):
            assert part in row["text"]
        sentences = [text for name in ("plain", "headline", "fidelity", "limits") for text in OVERVIEW[name]]
        for text in (*sentences, FINDING["meaning"], FINDING["reservations"][0], FINDING["fidelity"]):
            assert text in page.words("li") + page.words("p")
        assert "3 trials. The average effect favours peer support." in page.words("p"), "the label is not said twice"
        assert "employment" in page.text

    def test_the_answers_and_their_limits_come_before_the_numbers(self, page):
        order = "in-short limits fidelity findings picture outcomes work pages".split()
        ids = [element["attrs"]["id"] for element in page.elements if element["attrs"].get("id") in order]
        assert ids == [name for name in order if name in ids]
        listed = [link["attrs"]["href"][1:] for link in page.all("a") if link["attrs"]["href"][1:] in order]
        assert list(dict.fromkeys(listed)) == ids
        assert ids[:4] == order[:4]

    def test_says_once_what_several_outcomes_share(self):
        findings = [
            FINDING
            | {"outcome": name, "outcome_label": name, "fidelity": f"Descriptive only: {n} trials. {TEN_NEEDED}"}
            for name, n in (("hope", 3), ("trust", 4))
        ]
        html = index_page(
            [], published_summary({"all": {"overview": OVERVIEW | {"findings": findings}}}), {}, missing={}, covers={}
        )
        words = Page(html).words
        assert words("li").count(TEN_NEEDED) == 1
        assert TEN_NEEDED not in " ".join(words("p"))
        assert {f"Descriptive only: {n} trials." for n in (3, 4)} <= set(words("p"))

    def test_says_which_direction_is_good_and_what_the_outcome_is(self, page):
        heads = page.words("th")
        assert "Better" in heads
        rows = {element["text"].split("\n")[0]: element["text"] for element in page.all("tr")}
        assert "lower" in rows[TRIAL]
        assert "not settled" in rows["Sleep"]
        assert "Looking forward to things. Lower is better." in page.words("p")

    def test_the_limits_stand_beside_the_answer(self, page):
        (front,) = [element for element in page.all("div") if "front" in element["attrs"].get("class", "")]
        assert OVERVIEW["plain"][0] in front["text"]
        assert OVERVIEW["limits"][0] in front["text"]

    def test_says_what_would_help_most_and_where_the_rest_stands(self, page):
        assert "Read the paper of Alder." in page.words("li")
        anchor = "overview/overview.html#what-is-missing-and-what-would-help-most"
        assert anchor in [link["attrs"]["href"] for link in page.all("a")]

    def test_says_so_where_nothing_can_be_pooled(self, page):
        row = next(element for element in page.all("tr") if "Sleep" in element["text"])
        assert "too few trials to pool" in row["text"]
        assert "not reported" in row["text"]

    def test_links_every_page_but_the_missing_one_and_says_why_it_is_missing(self, page):
        links = [element["attrs"]["href"] for element in page.all("a")]
        assert links.count("pooled-hope/pooled-hope.html") == 2
        assert "overview/overview.html" in links
        assert "failing/failing.html" not in links
        assert "failing.failed.ipynb" in links
        assert any("it stopped & more" in text for text in page.words("li"))

    def test_every_link_within_it_leads_somewhere(self, page):
        ids = {element["attrs"]["id"] for element in page.elements if "id" in element["attrs"]}
        targets = {link["attrs"]["href"][1:] for link in page.all("a") if link["attrs"]["href"].startswith("#")}
        assert targets <= ids

    def test_shows_the_first_figure_of_a_cover_page(self, page):
        assert [element["attrs"]["alt"] for element in page.all("img")] == ["a forest"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Render the sample plan once and return its pages by name."""
    root = tmp_path_factory.mktemp("rendered")
    run = run_plan(sample_plan(data_root(root / "data")), root / "reports")
    assert not run.failed, run.failed
    return {path.stem: Page.at(path) for path in (root / "reports").rglob("*.html")}


EVERY_PAGE = ["index", "overview", "outcome-hope", "outcome-recovery", "hostile"]


@pytest.mark.parametrize("name", EVERY_PAGE)
class TestEveryPage:
    def test_is_one_file_that_asks_no_other_host_for_anything(self, pages, name):
        page = pages[name]
        assert page.all("script", "iframe", "object", "embed", "form") == []
        assert [link["attrs"]["rel"] for link in page.all("link")] == ["icon"]
        assert all(image["attrs"]["src"].startswith("data:image/") for image in page.all("img"))
        assert re.findall(r"url\(|@import", "".join(page.words("style"))) == []
        policy = [meta["attrs"]["content"] for meta in page.all("meta") if "http-equiv" in meta["attrs"]]
        assert policy[0].startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")

    def test_has_a_language_a_title_one_h1_and_headings_in_order(self, pages, name):
        page = pages[name]
        assert page.all("html")[0]["attrs"]["lang"] == "en"
        (heading,) = page.words("h1")
        assert page.words("title")[0].startswith(heading)
        levels = [int(element["tag"][1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    def test_describes_its_pictures_and_heads_its_tables(self, pages, name):
        page = pages[name]
        assert all(image["attrs"].get("alt") for image in page.all("img"))
        assert all("scope" in header["attrs"] for header in page.all("th"))
        assert len(page.all("caption")) == len(page.all("table"))

    def test_has_ids_that_are_unique_and_links_that_lead_somewhere(self, pages, name):
        ids = [element["attrs"]["id"] for element in pages[name].elements if "id" in element["attrs"]]
        assert len(ids) == len(set(ids))
        targets = [
            link["attrs"]["href"][1:] for link in pages[name].all("a") if link["attrs"].get("href", "")[:1] == "#"
        ]
        assert set(targets) <= set(ids)

    def test_says_at_its_foot_how_it_was_made(self, pages, name):
        (footer,) = pages[name].all("footer")
        for part in ("Python", "numpy", "synthesis", "fingerprint", "Command"):
            assert part in footer["text"]


def test_code_is_folded_and_one_click_away(pages):
    code = [element for element in pages["outcome-hope"].all("details") if element["attrs"].get("class") == "code"]
    assert len(code) == 8
    assert all("open" not in element["attrs"] for element in code)
    assert "pd.read_csv" in code[1]["text"]
    labels = pages["outcome-hope"].words("summary")
    assert labels[:2] == ["Code, steps 1 to 3", "Code, step 4"]
    assert len(labels) == len(set(labels))


def test_the_contents_list_follows_the_headings(pages):
    page = pages["outcome-hope"]
    (contents,) = page.all("nav")
    assert [" ".join(text.split()) for text in contents["text"].split("\n") if text.strip()] == [
        "On this page", "The rows", "A heading two levels too deep",
        "A second title, which must become a section", "What it says",
    ]  # fmt: skip


def test_alternative_texts_of_both_kinds_of_picture_survive(pages):
    alts = [image["attrs"]["alt"] for image in pages["outcome-hope"].all("img")]
    assert alts == ["Bars: one per row, from 0.1 to 0.4", "Effects on hope"]


def test_published_results_are_not_printed_on_the_page(pages):
    assert "Published" not in pages["outcome-hope"].text
    assert "vnd.synthesis" not in pages["outcome-hope"].text


def test_what_a_data_file_holds_is_shown_as_text(pages):
    page = pages["hostile"]
    body = page.all("main")[0]["text"]
    payload = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    assert body.count(payload) >= 3, "in the value, what was printed and the sentence"
    assert "<script>alert(1)</script><img src" in page.words("td")[-1], "in the table"
    assert page.all("img") == []
    assert {link["attrs"].get("href") for link in page.all("a")} & {"java\tscript:alert(1)"} == set()
    assert not any(name.startswith("on") for element in page.elements for name in element["attrs"])


def test_a_page_names_the_parameters_it_was_run_with(pages):
    terms = dict(zip(pages["outcome-hope"].words("dt"), pages["outcome-hope"].words("dd"), strict=True))
    assert terms["Outcome"] == "hope"
    assert "Data" not in terms
