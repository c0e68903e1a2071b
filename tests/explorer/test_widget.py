"""The widget: what is chosen in a notebook comes back to Python, and what Python chooses is followed."""

from __future__ import annotations

import builtins

import pytest

from builders.browsers import load_module
from synthesis.errors import InputError
from synthesis.explorer import explore, explorer_data
from synthesis.explorer.module import page_module, style, widget_module

MODEL = """
    given => {
      const values = { data: given, choices: {}, pooled: {} }, heard = {};
      globalThis.model = {
        saved: 0,
        get: (name) => values[name],
        set(name, value) {
          const changed = JSON.stringify(values[name]) !== JSON.stringify(value);
          values[name] = value;
          if (changed) for (const listen of heard[`change:${name}`] ?? []) listen();
        },
        save_changes() { this.saved += 1; },
        on: (name, listen) => (heard[name] ??= []).push(listen),
        off: (name, listen) => { heard[name] = heard[name].filter((one) => one !== listen); },
      };
      const el = document.createElement("div");
      document.body.append(el);
      globalThis.leave = explorer.render({ model, el });
    }
"""


@pytest.fixture
def notebook(browser, evidence):
    """A page on which the module was drawn as a notebook draws it, on a stand-in for the notebook's model."""
    page = browser.new_page()
    page.set_content(f"<style>{style()}</style>")
    load_module(page)
    page.evaluate(MODEL, explorer_data(evidence, "recovery"))
    yield page
    page.close()


def test_what_is_chosen_goes_to_python_with_what_came_of_it(notebook):
    assert notebook.evaluate("model.get('pooled').exploratory") is False
    notebook.locator("select[id$='-method']").select_option("DL")
    assert notebook.evaluate("model.get('choices').method") == "DL"
    pooled = notebook.evaluate("model.get('pooled')")
    assert (pooled["outcome"], pooled["method"], pooled["exploratory"]) == ("recovery", "DL", True)
    assert pooled["k"] == len(pooled["trials"])
    assert notebook.evaluate("model.saved") == 2


def test_what_python_chooses_is_followed(notebook):
    notebook.evaluate("model.set('choices', { outcome: 'hope', method: 'PM' })")
    assert notebook.locator("select[id$='-outcome']").input_value() == "hope"
    assert notebook.locator("select[id$='-method']").input_value() == "PM"
    assert notebook.evaluate("model.get('pooled').outcome") == "hope"


def test_two_in_one_notebook_share_no_name(notebook, evidence):
    notebook.evaluate(MODEL, explorer_data(evidence, "hope"))
    names = notebook.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
    assert len(names) == len(set(names)) > 20


def test_who_left_is_told_no_more(notebook):
    notebook.evaluate("leave()")
    notebook.evaluate("model.set('choices', { outcome: 'hope' })")
    assert notebook.locator("select[id$='-outcome']").input_value() == "recovery"


def test_the_module_is_one_text_that_imports_nothing():
    for text in (widget_module(), page_module()):
        assert "import" not in {line.partition(" ")[0] for line in text.splitlines()}
    assert widget_module().count("export ") == 1
    assert "export" not in page_module()


def test_without_the_extra_the_message_says_what_to_type(monkeypatch, evidence):
    real = builtins.__import__

    def missing(name, *args, **options):
        if name == "synthesis.explorer.widget":
            raise ModuleNotFoundError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError, match=r"pip install 'peer-work-synthesis\[explore\]'"):
        explore(evidence)


@pytest.fixture
def widget(evidence):
    pytest.importorskip("anywidget")
    return explore(evidence, "recovery")


def test_the_choices_are_those_of_the_package_in_python(widget):
    from synthesis.answers.pooling import pool
    from synthesis.effects import compute_effects

    effects = compute_effects(widget._evidence, "recovery")
    assert str(widget.pool()) == str(pool(effects))
    first = effects.frame["trial"].iloc[0]
    widget.choices = {**widget.choices, "without": [first], "method": "DL", "ci": "wald"}
    left = widget.effects()
    assert first not in set(left.frame["trial"])
    assert str(widget.pool()) == str(pool(left, method="DL", ci="wald"))


def test_another_outcome_takes_no_trials_along(widget):
    widget.choices = {**widget.choices, "without": [widget.effects().frame["trial"].iloc[0]], "threshold": 0.2}
    widget.outcome = "Hope"
    assert (widget.outcome, widget.choices["without"], widget.choices["threshold"]) == ("hope", [], None)
    assert widget.effects().outcome == "hope"


def test_another_outcome_starts_at_its_own_threshold(widget):
    slider = {"most": 1.0, "step": 0.01, "preset": 0.3, "source": "a convention"}
    outcomes = [one | {"threshold": slider} if one["outcome"] == "hope" else one for one in widget.data["outcomes"]]
    widget.data = widget.data | {"outcomes": outcomes}
    widget.outcome = "hope"
    assert widget.choices["threshold"] == 0.3
    widget.outcome = "recovery"
    assert widget.choices["threshold"] is None
