"""Every rule of the contract by name, with its severity and the sentence that says it.

An error is a breach of the contract and stops an analysis. A warning leaves a legal record: a row that cannot be pooled
as it stands, a doubt, something to complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from synthesis.evidence.rules.rule import Rule


def _errors(**rules: str) -> dict[str, Rule]:
    return {name: Rule("error", says) for name, says in rules.items()}


def _warnings(**rules: str) -> dict[str, Rule]:
    return {name: Rule("warning", says) for name, says in rules.items()}


FOLDERS = _errors(
    not_a_data_root="A data root holds a codebook and a trials folder.",
    folder_name="A trial's folder is named by a key of lower-case letters, digits, _ and -.",
    missing_file="Every table that is not optional has its file.",
    misnamed_file="A table's file has exactly the table's name.",
    stray_file="A trial's folder holds the contract's tables and nothing else.",
    symlink="Files and folders are there themselves; symbolic links are not followed.",
    unreadable="Files and folders can be read.",
    oversize_file="A file has at most 50 MB, a million cells and as many rows as a spreadsheet shows.",
)
FILES = _errors(
    not_utf8="Files are UTF-8.",
    nul_byte="Files are text, without NUL bytes.",
    empty_file="A file holds at least its column names.",
    no_header="Row 1 holds the column names.",
    wrong_separator="Columns are separated by commas.",
    quoting="Double quotes enclose whole cells and are closed.",
    ragged_row="Every row has as many cells as the header.",
    too_many_columns="A file has at most 1,000 columns.",
    missing_column="Required columns are there.",
    misspelt_column="Columns have the contract's names.",
    extra_column="Tables have the contract's columns and no others.",
    duplicated_column="A column occurs once.",
    unnamed_column="Every column has a name.",
    row_count="trial.csv has exactly one row, arms.csv at least two.",
)
TEXT = _errors(
    required="Cells of required columns are not empty.",
    blanks="Cells that are not prose have no blanks at their ends.",
    control_character="Cells hold no control characters.",
    formula="No cell is a formula that a spreadsheet would run.",
    enumeration="A cell of a column with fixed values holds one of them.",
    pattern="A cell matches the pattern of its column.",
    not_a_date="Dates are written YYYY-MM-DD.",
    list_item="A cell with several values has one between any two separators.",
) | _warnings(mojibake="Accented letters and quotes are as they were printed.")
NUMBERS = _errors(
    not_a_number="A number column holds plain numbers.",
    missing_word="What is not reported is an empty cell, not a word or a dash.",
    decimal_comma="The decimal sign is a point.",
    thousands_separator="Thousands are not separated.",
    minus_sign="The minus sign is the hyphen of the keyboard.",
    inequality="A number is exact, without < or >.",
    unit_in_cell="A number stands without its unit or marks.",
    several_numbers="A cell holds one number.",
    spreadsheet_date="A number is not a date a spreadsheet made of it.",
    spreadsheet_error="A number is not a spreadsheet's error message.",
    not_whole="Counts are whole.",
    not_positive="What must be positive is above 0.",
    below_minimum="A number is not below the smallest possible value.",
    above_maximum="A number is not above the largest possible value.",
    year_in_future="A trial was published by next year.",
)
FIGURES = _errors(
    events_exceed_n="Events are not more than the people analysed.",
    n_below_two="A standard deviation rests on at least two people.",
)
ESTIMATES = _errors(
    effect_without_measure="An estimate says what it is.",
    half_interval="A confidence interval has both bounds.",
    uncertainty_without_estimate="A standard error or interval stands beside its estimate.",
    interval_order="The lower bound is not above the upper bound.",
    estimate_outside_interval="An estimate lies within its confidence interval.",
    ratio_not_positive="A ratio and its bounds are above 0.",
    risk_difference_range="A risk difference and its bounds lie between -1 and 1.",
)
STATISTICS = _errors(
    statistic_without_kind="A test statistic says which it is.",
    negative_statistic="F and chi-square are not negative.",
) | _warnings(
    df_unlike_sizes="The degrees of freedom of a t or F differ by no more than a tenth from those of the arm sizes.",
)
SUFFICIENCY = _warnings(
    measure_without_effect="An effect measure stands beside an estimate.",
    kind_without_statistic="A kind of test statistic stands beside its value.",
    one_arm_only="Figures are given for both arms.",
    mean_without_sd="Means have standard deviations.",
    sd_without_mean="Standard deviations have means.",
    mean_without_n="Means have arm sizes.",
    events_without_n="Events have arm sizes.",
    estimate_without_uncertainty="An estimate has a standard error, an interval, a t or z, or an exact p value.",
    test_without_direction="A p value, F or chi-square has a direction.",
    test_without_n="A test statistic or p value has arm sizes.",
    no_result="A row says something of its result, if only its direction.",
)
REFERENCES = _errors(
    unknown_arm="Arms are those of arms.csv.",
    wrong_role="The intervention arm has role intervention, the comparator arm role comparator.",
    same_arm="A comparison is of two arms.",
    unknown_outcome="Outcomes are those of the codebook.",
    unknown_instrument="Instruments are those of the codebook.",
    instrument_of_other_outcome="An instrument measures the outcome of its row.",
    unknown_component="Components are those of the codebook.",
    unknown_key_function="Key functions are those of the codebook.",
    unknown_citation="Citation keys are those of the bibliography.",
    no_bib_entry="Every trial's folder has an entry in the bibliography.",
    unknown_trial="Trials named in lists have a folder.",
    unknown_count="Counts of the search are those of the PRISMA flow diagram.",
    suspicion_without_row="A suspicion names rows that are there.",
    suspicion_column="A suspicion names columns that are there.",
    reason_of_another_code="A reason for a code stands beside the code it names.",
)
DESIGNS = _errors(
    status_of_comparator="Only an intervention arm has a peer status.",
    integrity_without_source="A word on integrity names where it was looked.",
    period_of_parallel_trial="Only results of a crossover trial name their period.",
    clusters_of_parallel_trial="Only results of a cluster trial say whether the clusters were modelled.",
) | _warnings(
    clusters_not_said="A result of a cluster trial that rests on an analysis says whether it allowed for the clusters.",
    crossover_without_period="A result of a crossover trial is of the first period, or paired.",
    integrity_in_doubt="No trial is under an expression of concern or retracted.",
)
DECISIONS = _errors(
    decision_without_row="A decision hits at least one row of outcomes.csv.",
    decision_column="A decision names columns it can be about.",
    decision_value="A decision gives a value only where it sets one, and one the column allows.",
)
CERTAINTY = _errors(
    judgement_of_other_domain="A rating of certainty is one of its domain's.",
    rating_unsigned="A rating says why, who, when and whether it is a draft.",
    levels_unlike_judgement="The levels of a rating are those of its word.",
    two_ratings_decide="One row decides a domain of an outcome.",
    departure_without_reason="A rating that departs from the rule or the sum says why.",
    threshold_order="Thresholds rise from small to large.",
    threshold_scale="Only a threshold in points names an instrument.",
    threshold_unsupported="A threshold names its studies, or who decided it.",
    unknown_level="A choice of the multiverse has a level that exists.",
) | _warnings(
    rating_open="Every row of ratings holds a judgement.",
    significance_as_reason="Imprecision rests on where the interval lies, not on significance.",
    unknown_reviewer="Who signs has a row in reviewers.csv.",
)
OTHERS = (
    _errors(
        duplicate_row="No two rows of a table are about the same thing.",
        judgement_of_other_tool="A judgement is one of its tool's.",
        scale_bounds="A scale's minimum is below its maximum.",
        scales_point_both_ways="Where the scales of an outcome point both ways, its own direction is settled.",
        bib_syntax="Entries of the bibliography can be read.",
        bib_duplicate_key="A key of the bibliography occurs once.",
        bib_key="Keys of the bibliography have no blanks.",
        bib_without_keys="Records of a RIS file that serves as bibliography have keys.",
        not_bibtex="The bibliography is BibTeX or RIS.",
    )
    | _warnings(
        direction_unsettled="Which direction is better is settled, for an outcome and for each of its scales.",
        unknown_domain="Risk-of-bias domains are those of their tool.",
        unrated_block="A coder's rows of an arm hold at least one rating, rationale or source.",
        bib_incomplete="Entries of the bibliography have a title and a year.",
        bib_authors="Authors in the bibliography are names, each two joined by *and*.",
        bib_abbreviation="Abbreviations in the bibliography are defined by an @string.",
        bib_command="Entries of the bibliography hold no LaTeX command or sign that a page cannot show.",
    )
)  # fmt: skip

CONTRACT: Mapping[str, Rule] = MappingProxyType(
    FOLDERS
    | FILES
    | TEXT
    | NUMBERS
    | FIGURES
    | ESTIMATES
    | STATISTICS
    | SUFFICIENCY
    | REFERENCES
    | DESIGNS
    | DECISIONS
    | CERTAINTY
    | OTHERS
)
