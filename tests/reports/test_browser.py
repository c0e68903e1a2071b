"""The rendered pages in a real browser: nothing fetched, nothing complained of, readable by everyone."""

import io
import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe

from builders.browsers import open_browser
from builders.reports_cases import data_root, sample_plan
from synthesis.reports import run_plan, run_report

NARROW = {"width": 320, "height": 640}
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}
# Between the margins of an A4 page, in the pixels of a page.
PAPER = {"width": 695, "height": 1016}
# Which folded parts are open when a page is, so that the next test finds it as it was.
REMEMBER = """addEventListener('DOMContentLoaded', () => {
    globalThis.asOpened = [...document.querySelectorAll('details')].map(one => one.open);
})"""
TRAPS = ("outcome-hope", "hostile")
PAGES = (
    "index", "00_summary", "01_evidence", "02_pooled_effect-hope", "03_fidelity_coding", "04_fidelity_and_effects-hope",
    "05_hypotheses", "06_fragility-hope", "07_summary_of_findings",
)  # fmt: skip


@pytest.fixture(scope="module")
def traps(tmp_path_factory):
    """Render notebooks made to be difficult and return their folder."""
    root = tmp_path_factory.mktemp("traps")
    run = run_plan(sample_plan(data_root(root / "data")), root / "reports")
    assert not run.failed, run.failed
    return root / "reports"


@pytest.fixture(scope="module")
def report(valid, tmp_path_factory):
    """Render the real notebooks on the sample trials and return the report's folder."""
    folder, lines = tmp_path_factory.mktemp("real") / "reports", []
    code = run_report(
        valid,
        references=valid.parent / "references.bib",
        outcomes=["hope"],
        output=folder,
        settings=["permutations=50"],
        notebooks=Path(__file__).parents[2] / "notebooks",
        progress=lines.append,
    )
    assert code == 0, lines
    return folder


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module", params=[*PAGES, *TRAPS])
def opened(request, browser):
    """Open one page of the report, for all tests of it; return it and what it complained of."""
    name = request.param
    folder = request.getfixturevalue("traps" if name in TRAPS else "report")
    path = folder / "index.html" if name == "index" else folder / name / f"{name}.html"
    context = browser.new_context(viewport=WIDE)
    tab, complaints = context.new_page(), []
    tab.on("console", lambda message: complaints.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    tab.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    tab.route("**/*", lambda route: _only_own(route, path.as_uri(), complaints))
    tab.add_init_script(REMEMBER)
    tab.goto(path.as_uri())
    yield tab, complaints
    context.close()


@pytest.fixture
def page(opened):
    """Return one page of the report; the test fails on any complaint and on any request but for the file itself."""
    tab, complaints = opened
    yield tab
    said = [*complaints]
    complaints.clear()
    if "#" in tab.url:
        tab.goto(tab.url.partition("#")[0])
    tab.set_viewport_size(WIDE)
    tab.emulate_media(media="null")  # as it is by itself: "screen" would be printed too
    tab.evaluate("document.querySelectorAll('details').forEach((one, i) => { one.open = asOpened[i]; })")
    assert said == []


@pytest.fixture
def anew(page):
    """Return the page opened again: nothing was looked at, pressed or made narrower before."""
    page.reload()
    return page


def _only_own(route, own, complaints):
    address = route.request.url
    if address == own or address.startswith("data:"):
        route.continue_()
    else:
        complaints.append(f"asked for {address}")
        route.abort()


def test_the_page_opens_without_complaint_or_request(anew):
    assert anew.locator("h1").count() == 1
    assert anew.locator("main").is_visible()


def test_headings_follow_one_another_without_gaps(page):
    levels = page.eval_on_selector_all("h1, h2, h3, h4, h5, h6", "all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_picture_is_drawn_and_described(anew):
    anew.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    pictures = anew.eval_on_selector_all(
        "img", "all => all.map(one => [one.alt, one.complete && one.naturalWidth > 0])"
    )
    assert all(alt and drawn for alt, drawn in pictures)


def test_every_table_has_a_caption_and_headed_cells(page):
    faulty = "all => all.filter(one => !one.caption?.textContent.trim() || one.querySelector('th:not([scope])')).length"
    assert page.eval_on_selector_all("table", faulty) == 0


@pytest.mark.parametrize("folded", [True, False], ids=["folded", "unfolded"])
def test_axe_finds_nothing_serious(page, folded):
    if not folded:
        page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    found = Axe().run(page).response["violations"]
    serious = {
        one["id"]: [node["html"] for node in one["nodes"]] for one in found if one["impact"] in ("serious", "critical")
    }
    assert serious == {}


@pytest.mark.parametrize(
    ("size", "media"),
    [(NARROW, "screen"), (PHONE, "screen"), (WIDE, "screen"), (PAPER, "print")],
    ids=["narrow", "phone", "wide", "paper"],
)
def test_no_screen_and_no_paper_needs_scrolling_sideways(page, size, media):
    page.emulate_media(media=media)
    page.set_viewport_size(size)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def _squeezed(text):
    """Return a text without what setting it in columns adds: blanks, ligatures, hyphens where words are broken."""
    return re.sub(r"[\s\u00ad‐-]", "", unicodedata.normalize("NFKC", text))


def test_paper_holds_every_row_that_the_page_has_folded_and_breaks_none(page):
    rows = page.eval_on_selector_all(
        "main tbody tr",
        """all => all.map(row => [...row.cells].map(cell => {
            const before = row.closest('.stacks-on-paper') && cell.textContent ? cell.dataset.label ?? '' : '';
            return before + cell.textContent;
        }).join(''))""",
    )
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]
    assert all(sheet.strip() for sheet in sheets)
    printed = [_squeezed(sheet) for sheet in sheets]
    assert [row for row in rows if not any(_squeezed(row) in sheet for sheet in printed)] == []


def test_a_long_table_of_texts_stands_in_two_columns_on_paper(browser, report):
    page = browser.new_page()
    page.goto((report / "01_evidence" / "01_evidence.html").as_uri())
    columns = "one => [getComputedStyle(one.tBodies[0]).columnCount, getComputedStyle(one.tHead).display]"
    checklist = page.get_by_role("table").filter(has_text="PRISMA 2020 checklist")
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert checklist.evaluate(columns) == ["auto", "table-header-group"]
    page.emulate_media(media="print")
    assert checklist.evaluate(columns) == ["2", "none"]
    page.close()


def test_no_picture_is_taller_than_a_sheet(page):
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    heights = page.eval_on_selector_all("img", "all => all.map(one => one.getBoundingClientRect().height)")
    assert max(heights, default=0) < PAPER["height"]


def test_on_a_phone_every_wide_table_shows_its_cells_beside_what_heads_them(page):
    page.set_viewport_size(PHONE)
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    hidden = """all => all.filter(one => one.textContent.trim() && one.getBoundingClientRect().right > innerWidth)
        .map(one => one.textContent)"""
    assert page.eval_on_selector_all(".stacks td, .stacks th[scope=row]", hidden) == []
    heads = "all => all.map(one => [one.dataset.label, getComputedStyle(one, '::before').content])"
    assert all(label in shown for label, shown in page.eval_on_selector_all(".stacks td[data-label]", heads))
    page.set_viewport_size(WIDE)
    assert page.eval_on_selector_all(
        ".stacks td[data-label]", "all => all.every(one => getComputedStyle(one, '::before').content === 'none')"
    )


def test_a_narrow_screen_shows_the_narrow_form_of_a_picture_and_a_wide_one_the_other(anew):
    look = "all => all.map(one => [one.clientWidth, one.naturalWidth, !!one.closest('.picture-region')])"
    wide = anew.eval_on_selector_all("picture img", look)
    anew.set_viewport_size(NARROW)
    anew.wait_for_timeout(100)
    narrow = anew.eval_on_selector_all("picture img", look)
    assert all(shown <= NARROW["width"] and drawn < 400 for shown, drawn, _ in narrow)
    assert not any(scrolls for *_, scrolls in [*wide, *narrow])
    assert sum(drawn for _, drawn, _ in wide) >= sum(drawn for _, drawn, _ in narrow)


def test_a_phone_has_a_form_of_every_picture_of_the_report_that_is_wider(page):
    if any(trap in page.url for trap in TRAPS):
        pytest.skip("a notebook of one's own may hold any picture")
    assert page.locator(".picture-region").count() == 0


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(anew):
    anew.keyboard.press("Tab")
    assert anew.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert anew.locator(".skip").bounding_box()["x"] >= 0
    anew.keyboard.press("Enter")
    assert anew.evaluate("document.activeElement.id") == "page-main"


def test_print_shows_no_code_and_no_navigation(page):
    page.emulate_media(media="print")
    shown = page.eval_on_selector_all(
        "details.code, .contents, .skip", "all => all.filter(one => one.offsetParent).length"
    )
    assert shown == 0
