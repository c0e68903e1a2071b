"""What a user says of directions with `--better`: one word for all that a file leaves open, or one for a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synthesis.errors import ChoiceError
from synthesis.exchange.importers.keys import fold

DIRECTIONS = ("higher", "lower")


@dataclass
class Stated:
    """Directions that were stated.

    Attributes
    ----------
    default : str
        For what the file does not tell; empty where nothing was said.
    by_name : mapping of str to str
        For one scale or outcome, by its folded name.
    asked : dict of str to str
        Names that were asked for, as printed, by the folded name: those that the file has.
    """

    default: str = ""
    by_name: Mapping[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, better: Iterable[str] | str) -> Stated:
        """Read `lower`, or `NAME=lower`, once or several times.

        Raises
        ------
        ChoiceError
            For a direction that is neither higher nor lower.
        """
        default, by_name = "", {}
        for text in [better] if isinstance(better, str) else better:
            name, _, direction = text.rpartition("=")
            word = direction.strip().casefold()
            if word not in DIRECTIONS:
                raise ChoiceError("better", text, [*DIRECTIONS, "NAME=higher", "NAME=lower"])
            if name.strip():
                by_name[fold(name)] = word
            else:
                default = word
        return cls(default, by_name)

    def of_name(self, *parts: str) -> str:
        """Return what was said of a name, by its first part or all of them together; empty where nothing was."""
        said = [name for name in (parts[0], " ".join(filter(None, parts))) if name]
        self.asked |= {fold(name): name for name in said}
        return next((self.by_name[fold(name)] for name in reversed(said) if fold(name) in self.by_name), "")

    def of(self, *names: str) -> str:
        """Return what was said of one of these names, else of all that the file leaves open."""
        return next((said for name in names if (said := self.of_name(name))), self.default)

    def refuse_strangers(self) -> None:
        """Refuse names that nothing in the file has, once every name of the file was asked for.

        Raises
        ------
        ChoiceError
        """
        for name in self.by_name:
            if name not in self.asked:
                raise ChoiceError("scale or outcome", name, list(self.asked.values()))
