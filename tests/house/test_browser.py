import pytest

from docs import browser


@pytest.fixture
def no_browser(monkeypatch):
    monkeypatch.setattr(browser, "find_browser", lambda: None)
    return monkeypatch


def test_a_missing_browser_skips_the_test_and_says_why(no_browser):
    no_browser.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="No Chromium or Chrome was found"):
        browser.require_browser()


def test_a_missing_browser_fails_in_ci_and_says_what_to_type(no_browser):
    no_browser.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        browser.require_browser()


def test_chromium_on_path_is_taken_before_any_other(tmp_path, monkeypatch):
    for name in ("google-chrome", "chromium"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find_browser() == str(tmp_path / "chromium")
