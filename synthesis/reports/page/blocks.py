"""A notebook's cells as a reader meets them: prose, and results with the code that led to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthesis.reports.record.published import PUBLISHED_TYPES


@dataclass
class Block:
    """Prose, or code with what it shows.

    Attributes
    ----------
    prose : str
        Markdown; empty for code.
    code : list of str
        Sources of consecutive code cells, of which only the last shows something.
    steps : list of int
        Their numbers.
    outputs : list of mapping
        What is shown; published results are not.
    """

    prose: str = ""
    code: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    outputs: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Return the line behind which the code is folded; no two of a page are the same."""
        first, last = self.steps[0], self.steps[-1]
        return f"Code, step {first}" if first == last else f"Code, steps {first} to {last}"


def blocks_of(cells: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """Yield the blocks of a notebook: code that shows nothing joins the code after it, up to the next prose."""
    pending, step = Block(), 0
    for cell in cells:
        if cell["cell_type"] == "markdown":
            if pending.code:
                yield pending
                pending = Block()
            yield Block(prose=cell["source"])
        elif cell["cell_type"] == "code" and cell["source"].strip():
            step += 1
            pending.code.append(cell["source"])
            pending.steps.append(step)
            pending.outputs = [output for output in cell["outputs"] if not _is_published(output)]
            if pending.outputs:
                yield pending
                pending = Block()
    if pending.code:
        yield pending


def _is_published(output: Mapping[str, Any]) -> bool:
    """Say whether an output is for whoever runs the notebook, and no part of the page."""
    return any(kind in output.get("data", {}) for kind in PUBLISHED_TYPES)
