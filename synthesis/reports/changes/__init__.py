"""What each version of a review changed: a page for people, a feed to follow, the numbers for programs."""

from synthesis.reports.changes.making import FEED, NUMBERS, PAGE, make_changes

__all__ = ["FEED", "NUMBERS", "PAGE", "make_changes"]
