"""A shown figure is a picture with words and a table: escaped, small, the same every time, asking nothing of anyone."""

import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from builders.drawn_effects import drawable
from synthesis.answers.pooling import pool
from synthesis.figures import forest_alt_text, forest_plot, forest_table, show, show_forest
from synthesis.figures.parts.inches import axes_of_inches
from synthesis.figures.parts.show import ShownFigure
from synthesis.figures.parts.style import new_figure
from synthesis.figures.parts.svg import svg_of
from synthesis.markup import Item
from synthesis.tables import trials_table

HOSTILE = '<script>alert("1")</script> & "co" \'n\''
SVG = "{http://www.w3.org/2000/svg}"


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    return reader


def picture_of(html):
    source = next(attrs["src"] for tag, attrs in read(html).tags if tag == "img")
    kind, _, data = source.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return b64decode(data).decode("utf-8")


@pytest.fixture(scope="module")
def shown() -> ShownFigure:
    pooled = pool(drawable(20, label=[f"Müller {i} & <b>Söhne</b> ({1990 + i})" for i in range(20)]))
    return show(forest_plot(pooled), alt=forest_alt_text(pooled), caption=HOSTILE, table=forest_table(pooled))


def test_figure_caption_and_folded_table_follow_each_other_and_nothing_is_markup(shown):
    html = shown._repr_html_()
    reader = read(html)
    tags = [tag for tag, _ in reader.tags]
    assert tags[:3] == ["figure", "img", "figcaption"]
    assert (
        tags.index("details")
        < tags.index("summary")
        < tags.index("table")
        < tags.index("caption")
        < tags.index("thead")
    )
    assert not {"script", "b"} & set(tags)
    assert "".join(reader.text).count(HOSTILE) == 2, "as caption of the figure and of the table"
    assert dict(reader.tags[1][1])["alt"] == shown.alt
    assert "The numbers in this figure" in "".join(reader.text)


def test_headers_of_columns_and_rows_have_their_scope(shown):
    scopes = [attrs.get("scope") for tag, attrs in read(shown.to_html()).tags if tag == "th"]
    columns = len(shown.table.columns)
    assert scopes == ["col"] * columns + ["row"] * len(shown.table)


def test_a_notebook_gets_the_page_and_the_words(shown):
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert shown.alt in bundle["text/plain"]


def test_twenty_rows_take_less_than_60_kilobytes(shown):
    assert len(show(shown.figure, alt="x").to_html().encode()) < 60_000


def test_the_picture_is_the_same_every_time_and_undated(shown):
    again = pool(drawable(20, label=[f"Müller {i} & <b>Söhne</b> ({1990 + i})" for i in range(20)]))
    svg = shown.svg()
    assert show(forest_plot(again), alt="x").svg() == svg
    assert not re.search(r"20\d\d-\d\d-\d\dT", svg)
    assert "atplotlib" not in re.sub(r"matplotlib\.axis", "", svg)


def test_the_picture_is_whole_and_asks_no_other_host(shown):
    svg = picture_of(shown.to_html())
    root = ElementTree.fromstring(svg)
    texts = {"".join(node.itertext()) for node in root.iter(f"{SVG}text")}
    assert {"Müller 3 & <b>Söhne</b> (1993)", "Pooled effect", "favours peer support →"} <= texts
    addresses = re.findall(r"(?:href=[\"']|src=[\"']|url\()([^\"')]+)", svg)
    assert addresses
    assert all(address.startswith(("#", "data:font/woff;base64")) for address in addresses)


def test_the_picture_brings_a_regular_and_a_bold_face(shown):
    faces = re.findall(
        r"@font-face\{font-family:'DejaVu Sans';font-weight:(\w+);src:url\(data:font/woff;base64,([^)]+)\)", shown.svg()
    )
    assert [weight for weight, _ in faces] == ["normal", "bold"]
    assert all(b64decode(data)[:4] == b"wOFF" for _, data in faces)


def faces_of(svg):
    return re.findall(r"base64,([^)]+)\)", svg)


def letters_in(face):
    with TTFont(BytesIO(b64decode(face))) as font:
        return set(map(chr, font.getBestCmap()))


def labelled(label):
    ax = axes_of_inches(1, 1)
    ax.text(0, 0, label)
    return svg_of(ax.figure)


def test_each_weight_brings_the_letters_it_prints_and_no_others():
    ax = axes_of_inches(2, 1)
    ax.text(0, 0, "Jørgensen → −0.2, τ² ≥ 0 ● ½")
    ax.text(0, 0.5, "Pooled", weight="bold")
    ax.set(xticks=[], yticks=[])
    normal, bold = faces_of(svg_of(ax.figure))
    # What is its mirror image in a script from right to left comes with a sign.
    assert letters_in(normal) - {"≤"} == set("Jørgensen → −0.2, τ² ≥ 0 ● ½")
    assert letters_in(bold) == set("Pooled")
    assert len(faces_of(labelled("Pooled effect"))) == 1, "nothing is bold"
    assert faces_of(svg_of(new_figure(1, 1))) == [], "nothing is printed"


def test_letters_are_cut_once_and_the_same_whatever_was_drawn_before(monkeypatch):
    before = labelled("Pooled effect")
    assert "š" not in before
    rare = faces_of(labelled("Šimůnek"))
    assert {"Š", "ů"} <= letters_in(rare[0])
    monkeypatch.setattr("fontTools.subset.Subsetter.subset", lambda *given: pytest.fail("it was cut again"))
    assert labelled("Pooled effect") == before


def test_groups_that_say_nothing_are_not_written():
    svg = labelled("Pooled effect")
    assert "<g>" not in svg
    assert "<g/>" not in svg
    root = ElementTree.fromstring(svg)
    assert any(node.tag == f"{SVG}text" for node in root.iter())


def points(path):
    """Follow an SVG path of straight lines and return its corners."""
    found, x, y = [], 0.0, 0.0
    for command, numbers in re.findall(r"([MLHVz])([^MLHVz]*)", path):
        values = [float(number) for number in numbers.split()]
        if command in "ML":
            x, y = values
        elif command == "H":
            (x,) = values
        elif command == "V":
            (y,) = values
        if command != "z":
            found.append((x, y))
    return found


def test_written_short_the_outlines_keep_their_places():
    ax = axes_of_inches(3, 2, margin=0)
    ax.set_axis_off()
    ax.set(xlim=(0, 216), ylim=(0, 144))
    boxes = [
        [(10.0, 10), (40, 10), (40, 30), (10, 30), (10, 10)],
        [(60.123456, 20), (90, 25), (90, 60.5), (60.123456, 20)],
    ]
    outline = Outline.make_compound_path(*[Outline(box, closed=True) for box in boxes])
    ax.add_patch(PathPatch(outline, facecolor="red", linewidth=0))
    path = next(d for d in re.findall(r' d="([^"]*)"', svg_of(ax.figure)) if d.count("M") == 2)
    expected = [(x, 144 - y) for box in boxes for x, y in box[:-1]]
    assert np.array(points(path)) == pytest.approx(np.array(expected), abs=0.006)
    assert path.count("H") >= 2


@pytest.mark.parametrize(("name", "start"), [("f.svg", b"<?xml"), ("f.png", b"\x89PNG"), ("f.pdf", b"%PDF")])
def test_a_figure_is_saved_in_the_kind_its_name_says(shown, tmp_path, name, start):
    path = shown.save(tmp_path / name)
    assert path.read_bytes().startswith(start)


def test_a_figure_without_words_for_it_is_refused(shown):
    with pytest.raises(ValueError, match="alternative text"):
        show(shown.figure, alt="  ")


def test_without_a_table_there_is_no_fold(shown):
    assert "<details" not in show(shown.figure, alt="x").to_html()


def test_axes_stand_for_their_whole_figure():
    ax = forest_plot(pool(drawable(3)))
    assert show(ax, alt="x").figure is ax.figure


@pytest.mark.parametrize("sort_by", [None, "yi"])
def test_the_table_beneath_the_forest_plot_is_the_trials_table(sort_by):
    pooled = pool(drawable(4, measure="RR", better="lower"))
    shown = show_forest(pooled, sort_by=sort_by)
    assert shown.table.equals(trials_table(pooled, sort_by=sort_by))
    assert shown.table["Trial"][:4].tolist() == [
        label.get_text() for label in shown.figure.axes[0].get_yticklabels()[::-1]
    ]


def test_a_figure_with_a_narrow_form_lets_the_window_choose_and_is_described_once():
    pooled = pool(drawable(4))
    shown = show(forest_plot(pooled), alt="wide and narrow", narrow=axes_of_inches(3.5, 2))
    tags = read(shown.to_html()).tags
    assert [tag for tag, _ in tags] == ["figure", "picture", "source", "img"]
    source, image = dict(tags[2][1]), dict(tags[3][1])
    assert source["media"] == "screen and (max-width: 40rem)"
    assert source["srcset"].startswith("data:image/svg+xml;base64,")
    assert source["srcset"] != image["src"]
    assert image["alt"] == "wide and narrow"
    assert (int(source["width"]), int(source["height"])) == (round(3.7 * 96), round(2.2 * 96))


def test_a_nested_list_is_text_whatever_it_holds():
    items = (Item("one <b>", (Item("two & three"),)), Item("four"))
    shown = show(axes_of_inches(1, 1), alt="list", outline=items)
    reader = read(shown.to_html())
    assert [tag for tag, _ in reader.tags].count("li") == 3
    assert [tag for tag, _ in reader.tags].count("ul") == 2
    assert "b" not in [tag for tag, _ in reader.tags]
    assert {"one <b>", "two & three", "four"} <= set(reader.text)


def test_the_narrow_form_is_saved_on_request(tmp_path):
    shown = show(axes_of_inches(2, 1), alt="x", narrow=axes_of_inches(1, 1))
    wide, narrow = shown.save(tmp_path / "w.svg"), shown.save(tmp_path / "n.svg", narrow=True)
    assert wide.read_text(encoding="utf-8") == shown.svg() != narrow.read_text(encoding="utf-8")
