"""Rows of a Metapsy database whose effects are their figures' own, or turned, and the import of such rows."""

from __future__ import annotations

import csv
import math

from synthesis.exchange.importers import import_metapsy

# Means of the two arms; on a scale of symptoms the first arm does better in each.
ARMS = ((12, 16), (11, 14), (13, 18), (10, 15), (14, 17), (12, 17))


def g_of(m1, m2, sd=8, n=40):
    df = 2 * n - 2
    return (1 - 3 / (4 * df - 1)) * (m1 - m2) / sd


def score(i, arms, *, turned, instrument="bdi-2", **cells):
    """Return a row of means whose effect is the figures' own, or turned."""
    g = g_of(*arms) * (-1 if turned else 1)
    row = {"study": f"Oak, 20{i:02}", "condition_arm1": "cbt", "condition_arm2": "cau", "outcome_type": "msd"}
    row |= {"instrument": instrument, "time_weeks": 10, "year": f"20{i:02}", "country": "nl", ".g": f"{g:.6f}"}
    row |= {".g_se": "0.22", "mean_arm1": arms[0], "sd_arm1": 8, "n_arm1": 40, "mean_arm2": arms[1], "sd_arm2": 8}
    return row | {"n_arm2": 40} | cells


def events(i, a, c, *, turned, kind="remission", instrument="hdrs", n=50, **cells):
    """Return a row of events whose effect is Cox's from their odds ratio, or turned."""
    log_odds = math.log(a * (n - c) / (c * (n - a)))
    g = math.sqrt(3) / math.pi * log_odds * (-1 if turned else 1)
    row = {"study": f"Elm, 20{i:02}", "condition_arm1": "cbt", "condition_arm2": "cau", "outcome_type": kind}
    row |= {"instrument": instrument, "time_weeks": 10, "year": f"20{i:02}", "country": "nl", ".g": f"{g:.6f}"}
    row |= {".g_se": "0.2", "event_arm1": a, "totaln_arm1": n, "event_arm2": c, "totaln_arm2": n}
    return row | {".log_rr": f"{math.log(a / c):.6f}", ".log_rr_se": "0.2"} | cells


def imported(folder, rows, **options):
    names = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, names, restval="NA")
        writer.writeheader()
        writer.writerows(rows)
    return import_metapsy(folder / "data.csv", folder / "root", **options)


def notes(made, rule, kind=None):
    return [note for note in made.notes.notes if note.rule == rule and kind in (None, note.kind)]
