"""Placements while rules are applied: parallel arrays that become one table at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True)
class Placements:
    """Placements being gathered: lists of arrays of equal length, one element per location and place."""

    location: list[Array]
    place: list[Array]
    district: list[Array]
    share: list[Array]
    rule: list[Array]

    @classmethod
    def empty(cls) -> Placements:
        """Return no placements."""
        return cls([], [], [], [], [])

    def add(self, location: Any, place: Any, district: Any, share: Any, rule: Any) -> None:
        """Add placements; scalars stand for every element."""
        count = len(location)
        self.location.append(np.asarray(location, dtype=np.int64))
        for column, values in ((self.place, place), (self.district, district)):
            column.append(as_objects(values, count))
        self.rule.append(np.broadcast_to(np.asarray(rule, dtype=np.int64), count))
        self.share.append(np.broadcast_to(np.asarray(share, dtype=np.float64), count))

    def frame(self) -> pd.DataFrame:
        """Return what was gathered, ordered by location, then district code, buckets last."""
        columns = {
            "location_row": np.concatenate([*self.location, np.zeros(0, dtype=np.int64)]),
            "place": np.concatenate([*self.place, np.zeros(0, dtype=object)]),
            "district": np.concatenate([*self.district, np.zeros(0, dtype=object)]),
            "share": np.concatenate([*self.share, np.zeros(0)]),
            "rule": np.concatenate([*self.rule, np.zeros(0, dtype=np.int64)]),
        }
        frame = pd.DataFrame(columns)
        return frame.sort_values(["location_row", "district", "place"], na_position="last", ignore_index=True)


def as_objects(values: Any, count: int) -> Array:
    """Return an object array of ``count`` elements, repeating a scalar."""
    if isinstance(values, np.ndarray):
        return values.astype(object)
    filled = np.empty(count, dtype=object)
    filled[:] = values
    return filled
