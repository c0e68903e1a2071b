"""What is served: today's report, released versions as they were, what changed; whole, linked, never overwritten."""

import hashlib
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe

from builders.browsers import open_browser
from builders.pages import Page
from builders.released import git, released
from builders.workflows import GITHUB, steps
from synthesis.errors import ReportError
from synthesis.evidence import load_evidence
from synthesis.files import DestinationError
from synthesis.reports import run_report
from synthesis.reports.changes.history import compare_versions
from synthesis.reports.publishing import FrozenError, freeze_version, publish_site, read_frozen
from synthesis.reports.publishing.frozen import FrozenVersion, digest_of, write_archive, write_record
from synthesis.reports.publishing.listing import listing_page

ROOT = Path(__file__).parents[2]
RELEASE = GITHUB / "workflows/release.yml"


def digests(folder):
    """The bytes of every file below a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The sample review at its newest version, which is what its data are today, with the report of them."""
    place = released(tmp_path_factory.mktemp("released"))
    git(place, "reset", "-q", "--hard", "v0.4.0")
    lines = []
    code = run_report(
        place / "data",
        references=place / "references.bib",
        output=place / "reports",
        settings=["permutations=20"],
        notebooks=ROOT / "notebooks",
        progress=lines.append,
    )
    assert code == 0, lines
    (place / "reports" / "panel-pack.pdf").write_bytes(b"%PDF a document")
    (place / "reports" / "changes.html").write_text("of another day", encoding="utf-8")
    return place


@pytest.fixture
def copy(place, tmp_path):
    shutil.copytree(place, tmp_path / "review", symlinks=True)
    return tmp_path / "review"


def freeze(place, output, version="v0.4.0"):
    data, references = place / "data", place / "references.bib"
    return freeze_version(version, report=place / "reports", data=data, references=references, output=output)


@pytest.fixture(scope="module")
def frozen(place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("release") / "release"
    freeze(place, folder)
    return folder


@pytest.fixture(scope="module")
def changes(place):
    return compare_versions(place / "data", references=place / "references.bib", permutations=20)


def publish(place, changes, output, **options):
    data, references = place / "data", place / "references.bib"
    return publish_site(output, report=place / "reports", data=data, references=references, changes=changes, **options)


def invented(folder, version="v0.3.0", files=None, told=None):
    """Write the archive of a version that was never a report, with files and with what its record tells."""
    inside = folder / f"inside-{version}"
    given = files or {
        "report/index.html": "<!doctype html><title>Then</title>",
        "data.zip": "data",
        "source.tar.gz": "",
    }
    for name, text in given.items():
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_text(text, encoding="utf-8")
    sums = {name: digest_of(inside / name) for name in given}
    one = FrozenVersion(version, "Sample review", "c" * 40, "2026-03-05T10:00:00+00:00", "0.1.0", "d" * 64, sums)
    write_record(one, inside)
    if told:
        content = json.loads((inside / "version.json").read_text(encoding="utf-8")) | told
        (inside / "version.json").write_text(json.dumps(content), encoding="utf-8")
    archive = folder / f"version-{version}.zip"
    write_archive(inside, archive)
    shutil.rmtree(inside)
    return archive


@pytest.fixture(scope="module")
def served(place, changes, frozen, tmp_path_factory):
    """The folder that is served: two released versions kept, one that was not, no documentation."""
    work = tmp_path_factory.mktemp("served")
    invented(work)
    output = work / "public"
    publish(place, changes, output, versions=[frozen, work], address="https://example.org/review")
    return output


# A version, frozen


def test_what_is_attached_to_a_release_and_its_fingerprints(frozen):
    names = sorted(path.name for path in frozen.iterdir() if not path.name.startswith("."))
    assert names == [
        "SHA256SUMS", "data-v0.4.0.zip", "panel-pack-v0.4.0.pdf", "source-v0.4.0.tar.gz", "version-v0.4.0.zip",
    ]  # fmt: skip
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=frozen, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": OK") == 4


def test_a_version_holds_its_report_as_it_is_its_data_and_its_source(frozen, place, tmp_path):
    read_frozen(frozen / "version-v0.4.0.zip").copy_to(tmp_path)
    report = digests(place / "reports")
    own = {name.removeprefix("report/"): one for name, one in digests(tmp_path).items() if name.startswith("report/")}
    # What changed belongs to no version: it is told of all of them.
    assert own == {name: one for name, one in report.items() if name != "changes.html" and not name.startswith(".")}
    assert any(name.endswith("results.json") for name in own)
    with tarfile.open(tmp_path / "source.tar.gz") as tar:
        names = {member.name.removeprefix("source-v0.4.0/") for member in tar if member.isfile()}
    assert names == set(git(place, "ls-tree", "-r", "--name-only", "v0.4.0").splitlines())
    with zipfile.ZipFile(tmp_path / "data.zip") as packed:
        packed.extractall(tmp_path / "unpacked")
    again = load_evidence(tmp_path / "unpacked" / "data")
    assert again.files == load_evidence(place / "data").files


def test_its_record_says_what_it_is_and_what_computed_it(frozen, place):
    found = read_frozen(frozen / "version-v0.4.0.zip")
    page = json.loads((place / "reports/00_summary/manifest.json").read_text(encoding="utf-8"))
    assert (found.version, found.title, found.commit) == ("v0.4.0", "Sample review", git(place, "rev-parse", "v0.4.0"))
    assert (found.code, found.committed) == (page["code"]["sha256"], "2026-04-05T10:00:00+00:00")


def test_freezing_twice_gives_the_same_bytes(frozen, place, tmp_path):
    freeze(place, tmp_path / "again")
    assert digests(tmp_path / "again") == digests(frozen)


def test_a_document_older_than_the_report_is_of_another_report(copy, tmp_path):
    os.utime(copy / "reports" / "panel-pack.pdf", (1, 1))
    assert not [path for path in freeze(copy, tmp_path / "out") if path.suffix == ".pdf"]


def other_number(place):
    file = place / "data/trials/ash2001sample/outcomes.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("55.0", "56.0"), encoding="utf-8")


def commit_other(place):
    other_number(place)
    git(place, "commit", "-q", "-a", "-m", "Change")


def tag_other(place):
    commit_other(place)
    git(place, "tag", "-f", "v0.4.0")


def page_missing(place):
    file = place / "reports" / "manifest.json"
    content = json.loads(file.read_text(encoding="utf-8")) | {"missing": {"01_evidence": "it stopped"}}
    file.write_text(json.dumps(content), encoding="utf-8")


def alter_page(place):
    (place / "reports/00_summary/results.json").write_text("{}", encoding="utf-8")


def untracked_trial(place):
    shutil.copytree(place / "data/trials/ash2001sample", place / "data/trials/aspen2001sample")


FAULTS = {
    "no tag": (lambda place: git(place, "tag", "-d", "v0.4.0"), "There is no tag v0.4.0 in the repository"),
    "another commit": (commit_other, "The tag v0.4.0 is on another commit than the one checked out"),
    "a changed file": (other_number, "Files differ from the commit that v0.4.0 tags"),
    "a file nobody committed": (untracked_trial, "Files differ from the commit that v0.4.0 tags"),
    "a report of other data": (tag_other, "Made from other data, code or libraries than today's:"),
    "an altered page": (alter_page, "Altered since they were written:"),
    "a page missing": (page_missing, r"Pages are missing from the report in .* \(01_evidence\)"),
    "no report": (lambda place: shutil.rmtree(place / "reports"), "There is no report in"),
    "no repository": (lambda place: shutil.rmtree(place / ".git"), "lies in no git repository"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_belong_together_is_not_frozen(copy, tmp_path, fault):
    spoil, said = FAULTS[fault]
    spoil(copy)
    with pytest.raises(ReportError, match=said):
        freeze(copy, tmp_path / "release")
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize("name", ["1.0.0", "v1/../..", "latest", "v1.0.0 ", ""])
def test_what_names_no_version_is_refused(place, tmp_path, name):
    with pytest.raises(ReportError, match="is not the name of a version"):
        freeze(place, tmp_path / "release", name)


# An archive, read with mistrust


@pytest.mark.parametrize("name", ["../out.html", "/etc/out.html", "report\\..\\out.html", "c:/out.html", "a//b", ""])
def test_an_archive_that_names_a_place_outside_itself_is_refused(tmp_path, name):
    archive = invented(tmp_path, told={"files": {name: "0" * 64}})
    with pytest.raises(FrozenError, match="names a file outside itself"):
        read_frozen(archive)


@pytest.mark.parametrize("version", ["../v1", "latest", "v1/2"])
def test_an_archive_of_a_version_of_no_such_name_is_refused(tmp_path, version):
    with pytest.raises(FrozenError, match="names a file outside itself"):
        read_frozen(invented(tmp_path, told={"version": version}))


def test_an_altered_file_one_more_and_one_less_are_named(tmp_path):
    archive = invented(tmp_path)
    with zipfile.ZipFile(archive, "a") as packed:
        packed.writestr("report/more.html", "new")
    with pytest.raises(FrozenError, match=r"is not as it was released: report/more\.html"):
        read_frozen(archive)
    folder = tmp_path / "folder"
    read_frozen(invented(tmp_path)).copy_to(folder)
    (folder / "report/index.html").write_text("other", encoding="utf-8")
    (folder / "data.zip").unlink()
    with pytest.raises(FrozenError, match=r"is not as it was released: data\.zip, report/index\.html"):
        read_frozen(folder).copy_to(tmp_path / "copy")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no archive", "cannot be read"),
        (b"", "cannot be read"),
        ({"report/index.html": "x"}, "it has no version.json"),
        ({"version.json": "{"}, "its version.json cannot be read"),
        ({"version.json": "[]"}, "its version.json cannot be read"),
        ({"version.json": '{"made_by": "someone", "format": 1}'}, "its version.json cannot be read"),
    ],
)
def test_what_is_no_version_is_refused(tmp_path, content, said):
    archive = tmp_path / "version-v1.0.zip"
    if isinstance(content, bytes):
        archive.write_bytes(content)
    else:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            for name, text in content.items():
                file.writestr(name, text)
        archive.write_bytes(packed.getvalue())
    with pytest.raises(FrozenError, match=said):
        read_frozen(archive)


def test_an_archive_with_damaged_bytes_is_refused_in_a_sentence(tmp_path):
    """Bytes damaged within a file stop the decompression itself, before any sum is compared."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("version.json", '{"made_by": "' + "abcdefgh" * 400 + '"}')
    raw = bytearray(packed.getvalue())
    raw[46] ^= 0xFF
    archive = tmp_path / "version-v1.0.zip"
    archive.write_bytes(raw)
    with pytest.raises(FrozenError, match="it cannot be read"):
        read_frozen(archive)


def test_a_folder_whose_record_is_no_text_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "version.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FrozenError, match=r"its version\.json cannot be read"):
        read_frozen(tmp_path)


def test_an_archive_larger_than_any_version_is_not_unpacked(tmp_path, monkeypatch):
    archive = invented(tmp_path, files={"report/index.html": "x" * 5000})
    monkeypatch.setattr("synthesis.reports.publishing.frozen.MOST_BYTES", 4000)
    with pytest.raises(FrozenError, match="larger than any version is"):
        read_frozen(archive).copy_to(tmp_path / "copy")
    monkeypatch.setattr("synthesis.reports.publishing.frozen.MOST_RECORD", 100)
    with pytest.raises(FrozenError, match="larger than any version is"):
        read_frozen(archive)


# The folder that is served


def test_it_holds_the_report_what_changed_and_each_version_as_it_was(served, place, frozen):
    top = {path.name for path in served.iterdir() if not path.name.startswith(".")}
    assert top == {"index.html", "report", "versions", "changes.html", "changes.xml", "changes.json"}
    assert (served / ".nojekyll").is_file()
    with zipfile.ZipFile(frozen / "version-v0.4.0.zip") as packed:
        released_then = {name: hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()}
    assert digests(served / "versions/v0.4.0") == released_then
    assert digests(served / "report")["index.html"] == digests(place / "reports")["index.html"]
    assert not (served / "report/changes.html").exists()
    assert "https://example.org/review/changes.html#v0-4-0" in (served / "changes.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["index.html", "versions/index.html"])
def test_the_list_says_which_is_the_latest_and_what_was_not_kept(served, name):
    page = Page.at(served / name)
    heads = [element["text"] for element in page.all("th") if element["attrs"].get("scope") == "row"]
    assert heads == ["v0.4.0 (latest)", "v0.3.0", "v0.2.0", "v0.1.0"]
    cells = page.words("td")
    assert cells.count("its report was not kept") == 2
    assert "These are the data of v0.4.0." in " ".join(page.words("p"))


def test_data_newer_than_every_version_are_told_as_that_and_the_first_as_unreleased(copy):
    other_number(copy)
    git(copy, "commit", "-q", "-a", "-m", "Change")
    place = {"references": copy / "references.bib", "permutations": 20}
    page = Page(listing_page(compare_versions(copy / "data", since="v0.4.0", **place), [], feed=True, at=""))
    assert "These data are newer than v0.4.0 and not released" in " ".join(page.words("p"))
    git(copy, "tag", "-d", "v0.1.0", "v0.2.0", "v0.3.0", "v0.4.0")
    page = Page(listing_page(compare_versions(copy / "data", **place), [], feed=True, at=""))
    assert "Nothing has been released yet" in " ".join(page.words("p"))
    assert "No version has been released yet." in page.words("p")


def links_of(served):
    """Each link of each page that is no frozen one of an invented version: page, address."""
    for path in sorted(served.rglob("*.html")):
        page = Page.at(path)
        for tag, name in (("a", "href"), ("link", "href"), ("img", "src")):
            for attributes in page.attributes(tag):
                yield path, page, attributes.get(name, "")


def test_every_link_of_every_page_leads_somewhere(served):
    checked, broken, ids = 0, [], {}
    for path, page, link in links_of(served):
        if not link or link.startswith(("https:", "http:", "mailto:", "data:")):
            continue
        target, _, anchor = unquote(link).partition("#")
        file = (path.parent / target).resolve() if target else path
        checked += 1
        if not file.is_file() or not file.is_relative_to(served):
            broken.append((path.relative_to(served).as_posix(), link))
        elif anchor and file.suffix == ".html":
            if file not in ids:
                known = page if file == path else Page.at(file)
                ids[file] = {element["attrs"].get("id") for element in known.elements}
            if anchor not in ids[file]:
                broken.append((path.relative_to(served).as_posix(), link))
    assert broken == []
    assert checked > 100


def test_versions_that_are_published_are_kept_where_no_archive_is_given(place, changes, frozen, tmp_path):
    publish(place, changes, tmp_path / "public", versions=[frozen])
    before = digests(tmp_path / "public" / "versions" / "v0.4.0")
    publish(place, changes, tmp_path / "public")
    assert digests(tmp_path / "public" / "versions" / "v0.4.0") == before


def test_a_version_of_other_content_is_refused_and_nothing_changes(place, changes, frozen, tmp_path):
    publish(place, changes, tmp_path / "public", versions=[frozen])
    before = digests(tmp_path / "public")
    invented(tmp_path, "v0.4.0")
    with pytest.raises(FrozenError, match=r"v0\.4\.0 is in .* and in .*, with other content"):
        publish(place, changes, tmp_path / "public", versions=[tmp_path])
    (tmp_path / "public/versions/v0.4.0/report/index.html").write_text("altered", encoding="utf-8")
    with pytest.raises(FrozenError, match=r"is not as it was released: report/index\.html"):
        publish(place, changes, tmp_path / "public")
    after = digests(tmp_path / "public")
    assert {name for name in after if after[name] != before[name]} == {"versions/v0.4.0/report/index.html"}


def test_what_is_served_today_must_be_among_the_versions_with_its_content(place, changes, frozen, tmp_path):
    publish(place, changes, tmp_path / "public", versions=[frozen])
    served_today = tmp_path / "public/versions/versions.json"
    listed = json.loads(served_today.read_text(encoding="utf-8"))
    assert [own["version"] for own in listed] == ["v0.4.0"]
    publish(place, changes, tmp_path / "again", versions=[frozen], published=served_today)
    with pytest.raises(FrozenError, match=r"v0\.4\.0 is published, and is not among the versions given"):
        publish(place, changes, tmp_path / "less", published=served_today)
    with pytest.raises(FrozenError, match=r"v0\.4\.0 is in .*versions\.json and in .*, with other content"):
        publish(
            place, changes, tmp_path / "other", versions=[invented(tmp_path, "v0.4.0").parent], published=served_today
        )
    (tmp_path / "served.json").write_text("<html>", encoding="utf-8")
    with pytest.raises(ReportError, match="is no list of published versions"):
        publish(place, changes, tmp_path / "none", versions=[frozen], published=tmp_path / "served.json")
    assert not [path for path in ("less", "other", "none") if (tmp_path / path).exists()]


@pytest.fixture
def site(tmp_path):
    """A documentation as Sphinx makes it: a front, a folder with an underscore, a hidden file."""
    for name, text in {"index.html": "<p>Guides</p>", "_static/style.css": "p {}", ".buildinfo": "x"}.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(text, encoding="utf-8")
    return tmp_path / "site"


def test_the_documentation_is_the_front_and_the_list_stays_with_the_versions(place, changes, site, tmp_path):
    publish(place, changes, tmp_path / "public", site=site)
    public = tmp_path / "public"
    assert (public / "index.html").read_text(encoding="utf-8") == "<p>Guides</p>"
    assert (public / "_static/style.css").is_file()
    assert not (public / ".buildinfo").exists()
    assert "No version" not in Page.at(public / "versions/index.html").words("h1")
    assert Page.at(public / "changes.html").attributes("a")[1]["href"] == "index.html"


def test_documentation_without_a_front_or_with_our_names_is_refused(place, changes, site, tmp_path):
    (site / "report").mkdir()
    with pytest.raises(ReportError, match="holds report, a name that this folder needs for itself"):
        publish(place, changes, tmp_path / "public", site=site)
    (site / "index.html").unlink()
    with pytest.raises(ReportError, match=r"has no index\.html"):
        publish(place, changes, tmp_path / "public", site=site)
    with pytest.raises(ReportError, match="There is no folder"):
        publish(place, changes, tmp_path / "public", versions=[tmp_path / "nowhere"])
    assert not (tmp_path / "public").exists()


def test_a_folder_of_somebody_else_is_left_alone(place, changes, tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DestinationError, match="was not made by `synthesis publish`"):
        publish(place, changes, tmp_path / "public")
    assert [path.name for path in (tmp_path / "public").iterdir()] == ["letter.txt"]


def test_what_is_cut_off_leaves_the_folder_as_it_was_and_nothing_beside_it(place, changes, tmp_path, monkeypatch):
    publish(place, changes, tmp_path / "public")
    before = digests(tmp_path)

    def cut(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("synthesis.reports.publishing.assemble.listing_page", cut)
    with pytest.raises(KeyboardInterrupt):
        publish(place, changes, tmp_path / "public")
    assert digests(tmp_path) == before


# The commands


@pytest.fixture
def run(program, monkeypatch, copy):
    def call(*words):
        monkeypatch.chdir(copy)
        return program(*words)

    return call


def test_the_commands_freeze_and_publish_as_their_examples_say(run, copy):
    git(copy, "tag", "-d", "v0.1.0", "v0.2.0", "v0.3.0")
    code, out, err = run("freeze", "v0.4.0", "--output", "release")
    assert (code, err) == (0, "")
    assert out.split()[-1].endswith("release/version-v0.4.0.zip")
    code, out, err = run("publish", "public", "--versions", "release")
    assert (code, out) == (0, "Open public/index.html\n")
    assert (copy / "public/versions/v0.4.0/report/index.html").is_file()
    code, out, err = run("freeze", "v9.0.0")
    assert (code, out) == (1, "")
    assert err.startswith("Error: There is no tag v9.0.0 in the repository of data.")


def test_the_step_of_the_release_packs_what_the_command_does(copy, frozen):
    (copy / "notes.md").write_text("- Said.", encoding="utf-8")
    (copy / ".venv/bin").mkdir(parents=True)
    (copy / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    (copy / ".venv/bin/python").chmod(0o755)
    (script,) = [step["run"] for step in steps(RELEASE) if step.get("name") == "Pack the version"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GITHUB_REF_NAME": "v0.4.0"}
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made = digests(copy / "release")
    assert made.pop("notes.md")
    assert made == digests(frozen)


# In a browser


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


PAGES = ("index.html", "versions/index.html", "changes.html", "report/index.html", "versions/v0.4.0/report/index.html")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_on_a_phone_and_a_screen_without_a_request_or_a_complaint(served, browser, name):
    page, complaints, own = browser.new_page(), [], (served / name).as_uri()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url == own or request.url[:5] == "data:" else complaints.append(request.url),
    )
    page.goto(own)
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    page.close()
    assert complaints == []


@pytest.mark.parametrize("name", ["index.html", "versions/index.html"])
def test_axe_finds_nothing_in_the_list(served, browser, name):
    page = browser.new_page()
    page.goto((served / name).as_uri())
    found = Axe().run(page).response["violations"]
    page.close()
    assert {one["id"]: one["nodes"] for one in found} == {}
