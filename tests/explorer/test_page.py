"""The explorer in a browser: it asks for nothing, obeys a keyboard, fits a phone, and tells the ear what changed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from builders.roots import INSTRUMENTS, OUTCOMES, build_evidence, events, means
from synthesis import cli
from synthesis.errors import NotEstimableError
from synthesis.explorer import write_explorer
from synthesis.files import DestinationError

NARROW, WIDE = {"width": 375, "height": 720}, {"width": 1280, "height": 900}
HOSTILE = "Hope & <b>trust</b> 100% é </script><!-- שלום"
SIDE = "R&D <i>work</i>"
OURS = re.compile(r"\bpeers?\b|Gillard|lived experience|mental health", re.IGNORECASE)
RATED = {"sharing": 2, "listening": 1, "example": 1, "role": 0, "linkage": 2, "network": 1}


def some_rows(outcome="recovery", n=4):
    return [
        means(10 + i, 4, 30 + 5 * i, 9 + i / 3, 4, 31 + 4 * i, trial=f"{name}200{i}sample", outcome=outcome)
        for i, name in enumerate(["ash", "birch", "cedar", "dogwood", "elm", "fir", "gorse"][:n])
    ]


@pytest.fixture(scope="module")
def pages(shipped, tmp_path_factory):
    """Write each root's page once; return their places by name."""
    folder = tmp_path_factory.mktemp("explorer")
    admitted = [events(i, 40, 5 + i, 41, trial=f"oak200{i}sample") for i in range(3)]
    outcomes = [row | ({"label": HOSTILE} if row["outcome"] == "recovery" else {}) for row in OUTCOMES]
    names = {"intervention_label": SIDE, "comparator_label": "the <rest>"}
    rated = {row["trial"]: {"peer": RATED | {"sharing": i % 3}} for i, row in enumerate(some_rows(n=7))}
    bare = {"intervention_label": "the exercise", "comparator_label": "the comparison"}
    unsettled = [row | {"better": "unsettled"} for row in OUTCOMES]
    scales = [row | {"better": "unsettled"} for row in INSTRUMENTS]
    roots = {
        "hostile": build_evidence(
            folder / "hostile", some_rows() + admitted, outcomes=outcomes, review=names, ratings=rated
        ),
        "foreign": build_evidence(folder / "foreign", some_rows() + admitted, review=bare),
        "unsettled": build_evidence(
            folder / "unsettled", some_rows(n=7), outcomes=unsettled, instruments=scales, ratings=rated
        ),
        "shipped": shipped,
    }
    return {name: write_explorer(root, folder / name / "explorer.html") for name, root in roots.items()}


@pytest.fixture
def opened(browser, pages):
    """Open a root's page; the test fails on any complaint and on any request but for the file itself."""
    contexts, complaints = [], []

    def opening(name="shipped", viewport=WIDE, **options):
        context = browser.new_context(viewport=viewport, **options)
        page = context.new_page()
        contexts.append(context)
        own = pages[name].as_uri()

        def answer(route):
            if route.request.url == own or route.request.url.startswith("data:"):
                return route.continue_()
            complaints.append(f"asked for {route.request.url}")
            return route.abort()

        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.route("**/*", answer)
        page.goto(own)
        return page

    yield opening
    for context in contexts:
        context.close()
    assert complaints == []


def field(page, name):
    return page.locator(f".explorer [id$='-{name}']")


def status(page):
    return page.locator("[role=status]").inner_text().replace("\n", " ").strip()


EVERY = pytest.mark.parametrize("name", ["shipped", "hostile", "foreign", "unsettled"])


@EVERY
@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(opened, name, viewport):
    page = opened(name, viewport)
    boxes = page.locator(".forest input:not(:disabled)")
    boxes.first.uncheck()
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    found = {one["id"]: [node["html"] for node in one["nodes"]] for one in Axe().run(page).response["violations"]}
    assert found == {}


def test_the_page_is_one_file_under_a_policy_that_lets_nothing_else_run(pages):
    text = pages["shipped"].read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href)=["'](?!data:|index\.html|#)""", text)


def test_a_script_that_was_slipped_in_does_not_run(browser, pages, tmp_path):
    text = pages["shipped"].read_text(encoding="utf-8")
    place = tmp_path / "explorer.html"
    place.write_text(text.replace("</main>", "<script>document.title = 'caught'</script></main>"), encoding="utf-8")
    page = browser.new_page()
    page.goto(place.as_uri())
    assert page.title() == "Explore the results | The evidence"
    page.close()


def test_it_opens_on_the_prespecified_result_of_the_primary_outcome(opened):
    page = opened()
    assert field(page, "outcome").input_value() == "recovery"
    own = "Main analysis: Personal recovery, 17 trials, SMD 0.21 (0.12 to 0.29), favours peer support."
    assert status(page).startswith(own)
    cards = [card.inner_text() for card in page.locator(".card").all()]
    assert [card.split("\n")[0] for card in cards] == ["Main", "Exploratory"]
    assert "Nothing is changed" in cards[1]
    assert all("0.21 (0.12 to 0.29)" in card for card in cards)


def test_whatever_is_changed_the_prespecified_result_stays_beside_it(opened):
    page = opened()
    before = page.locator(".card.prespecified").inner_text()
    field(page, "method").select_option("DL")
    field(page, "ci").select_option("wald")
    field(page, "comparator").select_option("waitlist")
    page.locator(".forest input:not(:disabled)").first.uncheck()
    assert page.locator(".card.prespecified").inner_text() == before
    explored = page.locator(".card.explored").inner_text()
    assert (
        "chosen after the results were known: τ² by DL; interval by Wald; compared with: only waiting list" in explored
    )
    assert status(page).startswith("Exploratory: Personal recovery, 3 trials")
    assert page.locator(".forest .average.prespecified").inner_text().startswith("Main 17 trials")
    lines = page.locator("pre").first.inner_text()
    assert 'subset_effects(evidence, effects, comparator="waitlist", without=["' in lines
    field(page, "reset").click()
    assert status(page).startswith("Main analysis")
    assert page.locator("pre").first.inner_text() == "synthesis pool recovery"


def test_too_few_trials_are_not_pooled_in_words_or_pictures(opened):
    page = opened()
    field(page, "outcome").select_option("readmission")
    field(page, "risk_of_bias").select_option("not_high")
    assert status(page) == "Exploratory: Readmission, 2 trials, too few for a pooled statement."
    assert "2 trials with usable numbers, too few for a pooled statement" in page.locator(".card.explored").inner_text()
    assert page.locator(".average.explored .diamond").count() == 0
    assert "not pooled" in page.locator(".average.explored").inner_text()
    assert page.locator(".average.prespecified .diamond").count() == 1
    for box in page.locator(".forest input:not(:disabled)").all():
        box.uncheck()
    assert status(page) == "No trial is left: take back one of your choices."


def test_a_ratio_stands_on_the_scale_people_read_and_says_whom_each_side_favours(opened):
    page = opened()
    field(page, "outcome").select_option("readmission")
    assert "RR 0.72 (0.47 to 1.09)" in page.locator(".card.prespecified").inner_text()
    sides = page.locator(".sides").inner_text().replace("\n", " ")
    assert re.match(r"←.favours peer support.*favours the comparison.→", sides)
    assert "1" in [tick.text_content() for tick in page.locator(".scale .tick").all()]


def test_a_line_is_drawn_and_said_only_from_ten_trials(opened):
    page = opened()
    assert page.locator(".bubbles .line").count() == 1
    assert "From the least to the most faithful trial" in page.locator(".explorer-results").inner_text()
    field(page, "comparator").select_option("waitlist")
    assert page.locator(".bubbles .line").count() == 0
    assert "Descriptive only: 4 trials" in page.locator(".explorer-results").inner_text()
    assert page.locator(".bubbles").get_attribute("aria-label").startswith("Personal recovery: benefit of 4 trials")


def test_a_threshold_is_judged_on_both_sides_of_the_page_and_changes_no_number(opened):
    page = opened()
    slider = field(page, "threshold")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "0.10 SMD. This report sets it at 0.20 SMD."
    said = [one.inner_text() for one in page.locator(".against").all()]
    assert len(said) == 2
    assert all(one.startswith("The whole interval (0.12 to 0.29) lies beyond the threshold") for one in said)
    assert status(page).startswith("Main analysis")
    assert said[0] in page.locator("[role=status]").text_content()
    assert page.locator(".forest tbody tr").first.locator(".threshold").count() == 2


def test_the_threshold_starts_at_the_reports_own_and_says_its_source(opened):
    page = opened()
    slider, says = field(page, "threshold"), page.locator(".says")
    assert slider.input_value() == "0.2"
    own = "0.20 SMD. It starts where GRADE's target is set in this report: a convention, not a minimal"
    assert says.inner_text().startswith(own)
    assert "nobody has yet set from which size this outcome matters to people (codebook/" in says.inner_text()
    assert page.locator(".against").count() == 2
    slider.focus()
    page.keyboard.press("Home")
    assert says.inner_text() == "No difference. Move the slider to say what difference would matter to you."
    assert page.locator(".against").count() == 0
    field(page, "reset").click()
    assert field(page, "threshold").input_value() == "0.2"
    assert page.locator(".against").count() == 2


def test_without_a_threshold_on_file_the_slider_starts_at_none(opened):
    page = opened("foreign")
    assert field(page, "threshold").input_value() == "0"
    assert page.locator(".against").count() == 0


def test_a_keyboard_is_enough(opened):
    page = opened()
    seen = []
    page.keyboard.press("Tab")
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate("document.activeElement.id || document.activeElement.tagName")
        if at in seen and at.endswith("-outcome"):  # round again
            break
        seen.append(at)
        if seen[-1].endswith("-method"):
            page.keyboard.press("d")
        if seen[-1].endswith("-trial-0"):
            page.keyboard.press("Space")
            assert page.evaluate("document.activeElement.id") == seen[-1], "the box keeps the keyboard"
    ends = [name.partition("-")[2].partition("-")[2] for name in seen]
    wanted = [
        "outcome",
        "method",
        "ci",
        "population",
        "eligibility",
        "comparator",
        "risk_of_bias",
        "threshold",
        "reset",
    ]
    assert [name for name in ends if name in wanted] == wanted
    assert {"trial-16", "score"} <= set(ends)
    assert {"SUMMARY", "PRE"} <= set(seen)
    assert "16 trials" in status(page)
    assert field(page, "method").input_value() == "DL"


def test_another_outcome_keeps_the_keyboard_the_model_and_the_subset(opened):
    page = opened()
    field(page, "method").select_option("PM")
    field(page, "comparator").select_option("inactive")
    page.locator(".forest input:not(:disabled)").first.uncheck()
    field(page, "outcome").focus()
    field(page, "outcome").select_option("hope")
    assert page.evaluate("document.activeElement.id").endswith("-outcome")
    assert (field(page, "method").input_value(), field(page, "comparator").input_value()) == ("PM", "inactive")
    assert page.locator(".forest input:not(:checked)").count() == 0
    assert status(page).startswith("Exploratory: Hope, 7 trials")


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_what_changed_stays_in_sight_and_never_over_what_has_the_keyboard(opened, viewport):
    page = opened(viewport=viewport)
    seen = "one => { const box = one.getBoundingClientRect(); return [box.top, box.bottom]; }"
    for name in ("method", "risk_of_bias", "trial-0", "trial-9", "score"):
        field(page, name).focus()
        top, bottom = page.locator("[role=status]").evaluate(seen)
        assert 0 <= top < bottom <= viewport["height"] + 1, name
        low, high = field(page, name).evaluate(seen)
        across = field(page, name).evaluate("one => one.getBoundingClientRect().left")
        beside = across < page.locator("[role=status]").evaluate("one => one.getBoundingClientRect().left") - 20
        assert beside or high <= top + 1 or low >= bottom - 1, name


def test_what_is_said_aloud_is_one_live_line(opened):
    line = opened().locator("[role=status]")
    assert line.count() == 1
    assert line.get_attribute("aria-live") == "polite"


def test_labels_come_out_whole_whatever_they_hold(opened):
    page = opened("hostile")
    assert page.locator(".forest caption").inner_text().startswith(f"{HOSTILE}: ")
    assert f"The average: {HOSTILE}" in page.locator("h2").all_inner_texts()
    assert f"\u2068{HOSTILE}\u2069, 4 trials" in status(page), "set apart, or the number would run to its other side"
    assert f"{HOSTILE} (4)" in field(page, "outcome").locator("option").all_inner_texts()
    assert SIDE in page.locator(".sides").inner_text()
    assert page.locator(".explorer b, .explorer i, .static b").count() == 0
    assert HOSTILE in page.locator(".static").text_content()


def test_a_foreign_root_speaks_its_own_words_and_has_no_picture_of_codes_it_lacks(opened):
    page = opened("foreign")
    text = page.locator("body").inner_text()
    assert OURS.findall(text) == []
    assert "No fidelity picture: nobody has coded these trials' interventions." in text
    assert page.locator(".bubbles").count() == 0
    assert "favours the exercise" in text.replace("\u00a0", " ")
    assert page.locator("fieldset").count() == 0, "nothing tells these trials apart"
    assert page.locator("pre:visible").count() == 1


def test_where_no_direction_is_settled_no_side_is_named(opened):
    page = opened("unsettled")
    text = page.locator(".explorer").inner_text()
    assert "which direction is better is not settled" in text
    assert not re.search(r"favours|leans|in favour", text)
    assert field(page, "threshold").is_disabled()
    assert page.locator(".bubbles").count() == 0
    assert status(page).endswith("direction not settled.")


def test_who_runs_no_script_reads_the_prespecified_results(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("noscript").count() == 1
    page.locator("summary").click()
    row = page.locator(".static tr", has_text="Personal recovery").inner_text()
    assert row.split("\t") == ["Personal recovery", "17", "SMD", "0.21 (0.12 to 0.29)"]
    assert "too few trials to pool" in page.locator(".static").inner_text()


# --- The file --------------------------------------------------------------------------------------------------------
def test_the_page_is_replaced_and_a_strangers_file_is_not(evidence, tmp_path):
    place = tmp_path / "reports" / "explorer.html"
    assert write_explorer(evidence, place, outcome="hope") == place
    first = place.read_bytes()
    write_explorer(evidence, place, outcome="hope")
    assert place.read_bytes() == first, "the same bytes twice"
    place.write_text("my notes", encoding="utf-8")
    with pytest.raises(DestinationError, match=r"was not made by `synthesis explore`.*--force"):
        write_explorer(evidence, place)
    write_explorer(evidence, place, force=True)
    assert "synthesis explore" in place.read_text(encoding="utf-8")


def test_no_place_of_this_machine_is_told(pages):
    for place in pages.values():
        text = place.read_text(encoding="utf-8")
        assert str(Path.home()) not in text or str(Path.home()) == "/root"
        assert not re.search(r'"places":\{[^}]*":"/', text)


def test_a_root_without_a_usable_effect_is_refused(small):
    nothing = small([{"reported_direction": "no_difference"}])
    with pytest.raises(NotEstimableError, match="nothing to explore"):
        write_explorer(nothing, "nowhere.html")


# --- Beside the report -----------------------------------------------------------------------------------------------
def test_the_report_holds_the_explorer_and_links_it_whoever_came_first(valid, tmp_path, monkeypatch):
    output = tmp_path / "reports"
    place = ["--data", str(valid), "--output"]
    assert run_program(monkeypatch, "explore", *place, str(output / "explorer.html")) == 0
    alone = (output / "explorer.html").read_text(encoding="utf-8")
    assert 'href="index.html"' not in alone
    few = ["--outcome", "hope", "--set", "permutations=20"]
    assert run_program(monkeypatch, "report", *few, *place, str(output)) == 0
    index = (output / "index.html").read_text(encoding="utf-8")
    assert '<a href="explorer.html">Explore the results</a>' in index
    assert "<script" not in index
    made = (output / "explorer.html").read_text(encoding="utf-8")
    assert made == alone.replace("<span>The evidence</span>", '<a href="index.html">The evidence</a>')
    assert run_program(monkeypatch, "explore", *place, str(output / "explorer.html")) == 0
    assert (output / "explorer.html").read_text(encoding="utf-8") == made
    assert run_program(monkeypatch, "verify", *place[:2], str(output)) == 0


def run_program(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["synthesis", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0
