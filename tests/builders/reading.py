"""How hard a text is to read: the grade of Flesch and Kincaid (1975), with syllables counted by groups of vowels."""

from __future__ import annotations

import re

VOWELS = re.compile(r"[aeiouy]+")
# Two vowels that are two syllables, and an e that is none.
APART = re.compile(r"ia|io(?!n)|iu|eo|ua(?!l)|uo")
SILENT = re.compile(r"(?<=[^aeiouy])e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouyszxc])es$")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d,.]*\d|\d")
ENDS = re.compile(r"[.!?](?=\s|$)")


def syllables(word: str) -> int:
    """Count the syllables of a word; a number counts as one, as those who apply the formula do."""
    parts = re.split(r"['’-]", word.lower())
    return max(
        1, sum(len(VOWELS.findall(part)) + len(APART.findall(part)) - len(SILENT.findall(part)) for part in parts)
    )


def reading_grade(text: str) -> float:
    """Return 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    words = WORD.findall(text)
    sentences = max(1, len(ENDS.findall(text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
