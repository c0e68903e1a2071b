"""Sections as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.record import Entry, Section

HEADS = ("", "", "median", "range", "ratio", "processor", "ratio", "")
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


def section_text(section: Section) -> str:
    """Return a section's title, its aligned table, its checks, notes and faults."""
    rows = [HEADS, *(_row(section, entry) for entry in section.entries)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADS))]
    lines = [section.title, *("  " + _aligned(row, widths) for row in rows)]
    for check in section.checks:
        verdict = "ok" if check.agrees else "NOT OK"
        lines.append(f"  {verdict}: {check.what}: {check.difference:.2g} (allowed {check.allowed:g})")
    return "\n".join([*lines, *(f"  {text}" for text in section.notes), *(f"  FAULT: {t}" for t in section.faults)])


def show_seconds(seconds: float) -> str:
    """Return a duration with three significant digits in the unit that suits it."""
    size, unit = next((pair for pair in UNITS if seconds >= pair[0]), UNITS[-1])
    return f"{_digits(seconds / size)} {unit}"


def _row(section: Section, entry: Entry) -> tuple[str, ...]:
    if entry.timing is None:
        return (entry.who, entry.what, "-", "", "", "", "", entry.note)
    elapsed = [seconds * entry.scale for seconds in entry.timing.elapsed]
    spread = f"{show_seconds(min(elapsed))} to {show_seconds(max(elapsed))}" if len(elapsed) > 1 else "once"
    work = entry.processor_seconds
    return (
        entry.who,
        entry.what,
        show_seconds(entry.seconds),
        spread,
        _show_ratio(section.ratio(entry)),
        "-" if work is None else show_seconds(work),
        _show_ratio(section.processor_ratio(entry)),
        entry.note,
    )


def _show_ratio(ratio: float | None) -> str:
    return "" if ratio is None else _digits(ratio)


def _digits(number: float) -> str:
    """Return three significant digits without an exponent."""
    return f"{number:,.0f}" if number >= 100 else f"{number:#.3g}".rstrip(".")


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    """Return names and notes to the left, numbers to the right."""
    cells = [
        cell.rjust(width) if 2 <= i < len(row) - 1 else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
