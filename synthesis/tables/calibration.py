"""A calibration as tables: type I error, power, coverage, attenuation and the joint model, each with its error."""

from __future__ import annotations

import pandas as pd

from synthesis.answers.calibration.results import Calibration
from synthesis.answers.calibration.statement import calibration_sentences
from synthesis.tables.terminal import text_table
from synthesis.wording import number

TESTS = {
    "wald": "Wald",
    "knapp_hartung": "Knapp-Hartung",
    "floor": "KH with floor",
    "permutation": "Permutation",
    "detected": "Detected",
}
READINGS = {
    "described": "As described",
    "calibrated": "Calibrated",
    "absent": "Silent is absent",
    "middle": "Silent is half",
    "true": "True score",
}
TRUTHS = {
    "ignorable": "as in reports that describe",
    "mostly_absent": "absent four times in five",
    "absent": "always absent",
}
JOINT_TESTS = {
    "cr2": "CR2",
    "model": "The model's own",
    "wider": "The wider of both",
    "permutation": "Permutation",
    "detected": "Detected",
}
ASSUMED = {"": "as the model assumes", "tau2_doubled": "heterogeneity twice what it was estimated"}
OTHER_RHO = "errors correlate {rho}, the model assumes 0.6"
ONLY_INTERVALS = ("wald", "knapp_hartung", "floor")
TITLES = {
    "type_one": "Type I error of a slope at 5%",
    "power": "Power",
    "coverage": "Coverage of 95% intervals",
    "attenuation": "What each score shows of a true slope of 1, and how often it is found",
    "joint": "All outcomes at once",
}


def type_one_table(found: Calibration, score: str = "described") -> pd.DataFrame:
    """Show how often each test of a slope finds one that is not there."""
    own = _slopes(found, score)
    return _laid(own[own["slope"].eq(0) & own["quantity"].eq("rejected")], ["label", "tau2"], TESTS)


def power_table(found: Calibration, score: str = "described") -> pd.DataFrame:
    """Show how often each test finds the slope that pages call detectable, and others."""
    own = _slopes(found, score).sort_values(["slope", "tau2"], kind="stable")
    own = pd.concat([own[own["label"].eq(label)] for label in found.labels.values()])
    return _laid(own[own["slope"].ne(0) & own["quantity"].eq("rejected")], ["label", "slope", "tau2"], TESTS)


def coverage_table(found: Calibration) -> pd.DataFrame:
    """Show how often intervals hold what they are about: the average, a new trial's effect, a slope."""
    frame = found.to_frame()
    pools = frame[frame["kind"].eq("pool")].assign(test=lambda rows: rows["test"] + " " + rows["quantity"])
    names = {f"{test} coverage": f"Average: {TESTS[test]}" for test in ONLY_INTERVALS} | {
        "prediction coverage": "Prediction",
        "prediction tau2_zero": "tau2 estimated as 0",
        "prediction coverage_tau2_zero": "Prediction there",
    }
    table = _laid(pools, ["label", "tau2"], names)
    slopes = frame[frame["kind"].eq("slope") & frame["score"].eq("described") & frame["slope"].eq(0)]
    slopes = slopes[slopes["quantity"].eq("coverage")]
    if table.empty or slopes.empty:
        return table
    return table.merge(_laid(slopes, ["label", "tau2"], {"floor": "Slope"}), how="left").fillna("")


def attenuation_table(found: Calibration) -> pd.DataFrame:
    """Show the mean slope that each reading of silence gives where the true one is 1, and how often it is found."""
    frame = found.to_frame()
    own = frame[frame["kind"].eq("silence")].assign(truth=frame["truth"].map(TRUTHS))
    slopes = _laid(own[own["quantity"].eq("estimate")], ["label", "truth"], READINGS)
    power = _laid(
        own[own["quantity"].eq("rejected")], ["label", "truth"], {n: f"Found: {own}" for n, own in READINGS.items()}
    )
    return slopes.merge(power[[*power.columns[:2], *_FOUND]], how="left") if len(slopes) else slopes


_FOUND = [f"Found: {READINGS[name]}" for name in ("described", "calibrated", "true")]


def joint_table(found: Calibration) -> pd.DataFrame:
    """Show type I error and power of the joint model's tests, where its assumptions hold and where they do not."""
    frame = found.to_frame()
    own = frame[frame["kind"].eq("joint") & frame["quantity"].eq("rejected")]
    truth = [
        OTHER_RHO.format(rho=number(rho, 1)) if name == "other_rho" else ASSUMED.get(name, name)
        for name, rho in zip(own["truth"], own["rho"], strict=True)
    ]
    return _laid(own.assign(truth=truth), ["label", "score", "truth", "slope"], JOINT_TESTS)


def calibration_tables(found: Calibration | None, *, drawn: bool = False) -> dict[str, pd.DataFrame]:
    """Return every table by its title; those without a row are left out.

    Parameters
    ----------
    found : Calibration or None
        Without one there is no table.
    drawn : bool
        Leave out the one whose numbers stand beneath the picture.

    Examples
    --------
    >>> from synthesis.tables import calibration_tables
    >>> list(calibration_tables(read_calibration(evidence)))[:2]
    ['Type I error of a slope at 5%', 'Type I error of a slope at 5%, calibrated score']
    """
    if found is None:
        return {}
    tables = {
        TITLES["type_one"]: type_one_table(found),
        f"{TITLES['type_one']}, calibrated score": type_one_table(found, "calibrated"),
        TITLES["power"]: power_table(found),
        f"{TITLES['power']}, calibrated score": power_table(found, "calibrated"),
        TITLES["coverage"]: coverage_table(found),
        TITLES["attenuation"]: attenuation_table(found),
        TITLES["joint"]: joint_table(found),
    }
    kept = list(tables.items())[drawn:]
    return {title: table for title, table in kept if len(table)}


def calibration_text(found: Calibration) -> str:
    """Lay a calibration out for a terminal.

    Examples
    --------
    >>> from synthesis.tables import calibration_text
    >>> print(calibration_text(read_calibration(evidence)))
    198 cells of simulated reviews, 20,000 data sets each for the tests of intervals
    <BLANKLINE>
    Type I error of a slope at 5%
    Outcome               tau2  Wald           Knapp-Hartung  KH with floor  Permutation    Detected
    ------------------------------------------------------------------------------------------------
    Personal recovery        0  0.041 ± 0.001  0.052 ± 0.002  0.025 ± 0.001  0.058 ± 0.003  0.026 ...
    Personal recovery     0.01  0.073 ± 0.002  0.064 ± 0.002  0.049 ± 0.002  0.050 ± 0.003  0.042 ...
    ...
    """
    parts = [f"{title}\n{text_table(table)}" for title, table in calibration_tables(found).items()]
    return "\n\n".join([str(found), *parts, "\n".join(calibration_sentences(found))])


HEADINGS = {"label": "Outcome", "tau2": "tau2", "slope": "True slope", "truth": "In truth", "score": "Score"}


def _slopes(found: Calibration, score: str) -> pd.DataFrame:
    frame = found.to_frame()
    return frame[frame["kind"].eq("slope") & frame["score"].eq(score)]


def _laid(rows: pd.DataFrame, keys: list[str], tests: dict[str, str]) -> pd.DataFrame:
    """Lay figures out: a row a world, a column a test, each with its Monte-Carlo error."""
    if rows.empty:
        return pd.DataFrame()
    cells = rows.assign(
        shown=[_figure(*own) for own in zip(rows["value"], rows["mc_error"], strict=True)],
        **{key: rows[key].map(_plain) for key in keys if rows[key].dtype.kind == "f"},
    )
    wide = {key: own.set_index("test")["shown"] for key, own in cells.groupby(keys, sort=False)}
    table = pd.DataFrame([own.reindex(list(tests)).fillna("") for own in wide.values()]).set_axis(
        list(tests.values()), axis=1
    )
    table = table.loc[:, table.ne("").any()].reset_index(drop=True)
    head = pd.DataFrame(list(wide), columns=[HEADINGS[key] for key in keys])
    return pd.concat([head, table], axis=1)


def _figure(value: float, error: float) -> str:
    return number(value, 3) if pd.isna(error) else f"{number(value, 3)} ± {number(error, 3)}"


def _plain(value: float) -> str:
    return f"{value:g}"
