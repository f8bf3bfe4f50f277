"""Codes of places in gazetteers: which district or province of the plan they mean, and which mean none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from geoplan.model.errors import list_first, show_value
from geoplan.sources.origins import Surroundings


@dataclass
class GazetteerCodes:
    """Codes of places while a release is read.

    Parameters
    ----------
    around : Surroundings
    unknown : dict of (str, str) to None
        Vocabulary and code of each that no district or province has, in their order.
    places : int
        Number of places that only have such codes.
    """

    around: Surroundings
    unknown: dict[tuple[str, str], None] = field(default_factory=dict)
    places: int = 0

    def find_units(self, codes: Mapping[str, str]) -> tuple[str | None, str | None]:
        """Return the district and the province that the codes of a place mean, and note codes that mean none.

        Parameters
        ----------
        codes : mapping of str to str
            Code to its vocabulary.
        """
        if not codes or not (self.around.districts or self.around.provinces):
            return None, None
        district, province = self.around.find_units(codes)
        if district is None and province is None:
            self.places += 1
            self.unknown |= dict.fromkeys((vocabulary, code) for code, vocabulary in codes.items())
        return district, province

    def remarks(self, source: str) -> list[str]:
        """Name the codes that no district or province of the plan has."""
        if not self.places:
            return []
        shown = list_first(f"{vocabulary} {show_value(code)}".strip() for vocabulary, code in self.unknown)
        what = "1 place has codes" if self.places == 1 else f"{self.places:,} places have codes"
        return [
            f"{source}: {what} that no district or province of the boundary layer has, so the codes are not used: {shown}"
        ]
