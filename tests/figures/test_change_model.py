"""The change model's picture: what the codebook says, in its boxes and in its words; none without a model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.roots import means
from synthesis.evidence.vocabulary import MECHANISMS
from synthesis.figures.change_model import MOST, change_model, show_change_model


def texts(shown):
    return [text.get_text().replace("\n", " ") for ax in shown.figure.axes for text in ax.texts]


@pytest.fixture
def evidence(small):
    return small([means(10, 3, 30, 9, 3, 30)], predicts={"sharing": "symptoms;employment", "linkage": "readmission"})


def test_each_mechanism_is_a_box_with_its_number_of_components(evidence):
    shown = show_change_model(evidence)
    said = texts(shown)
    counts = evidence.codebook.components["mechanism"].value_counts()
    for name, n in counts.items():
        own = MECHANISMS[name]
        components = f"({n} component{'s' if n > 1 else ''})"
        assert any(own.says in text and components in text for text in said), name
        assert own.says in shown.alt
        assert components in shown.alt


def test_outcomes_are_those_the_components_predict_by_their_role(small):
    outcomes = [
        {"outcome": f"hope{i}", "label": f"Hope {i}", "role": "process", "measure": "SMD", "better": "higher"}
        for i in range(MOST + 3)
    ] + [{"outcome": "recovery", "label": "Recovery", "role": "clinical", "measure": "SMD", "better": "higher"}]
    outcomes += [{"outcome": "other", "label": "Other", "role": "clinical", "measure": "SMD", "better": "higher"}]
    predicts = {"sharing": ";".join(f"hope{i}" for i in range(MOST + 3)), "linkage": "recovery"}
    predicts |= dict.fromkeys(("listening", "example", "role", "network", "supervision"), "recovery")
    instruments = [{"instrument": "Recovery Scale", "outcome": "recovery", "better": "higher"}]
    evidence = small([means(10, 3, 30, 9, 3, 30)], outcomes=outcomes, instruments=instruments, predicts=predicts)
    model = change_model(evidence)
    assert model.outcomes == "recovery"
    assert model.process == f"{', '.join(f'hope {i}' for i in range(MOST))} and 3 more"
    assert model.process in texts(show_change_model(evidence))


def test_nothing_written_leaves_its_box(evidence):
    shown = show_change_model(evidence)
    shown.figure.canvas.draw()
    (ax,) = shown.figure.axes
    boxes = [patch.get_window_extent() for patch in ax.patches if hasattr(patch, "get_boxstyle")]
    for text in ax.texts:
        own = text.get_window_extent()
        if own.y1 < ax.get_window_extent().y1 - 20:
            assert any(b.x0 <= own.x0 and own.x1 <= b.x1 and b.y0 <= own.y0 and own.y1 <= b.y1 for b in boxes), text


def test_without_a_model_it_says_so(evidence):
    book = replace(evidence.codebook, components=evidence.codebook.components.iloc[:0])
    assert "no component" in str(show_change_model(replace(evidence, codebook=book)))
