"""Columns of names: the distinct names of each piece, put together for what only whole columns tell.

How this works. Words that most names of a column share (Kab., Kota, …), and numbers that are codes without their
zeros, can be seen in the whole column only. So each piece of locations leaves its distinct names. They are learned
from once, before any shard is placed. Each shard then reads a name as the plan in memory does, whatever the cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geoplan.ledger.entries import learn_habits
from geoplan.ledger.placement import asked_names
from geoplan.scale.frames import read_frame
from geoplan.scale.workspace import Workspace
from geoplan.text.names import ColumnHabits

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_USED = ("name", "district", "province")


def names_file(piece: int) -> str:
    """Return the name of the file with the distinct names of a piece."""
    return f"names-{piece:06d}.arrow"


def no_names() -> pd.DataFrame:
    """Return names to which those of a piece are added."""
    return pd.DataFrame({"name": [], "province": []}, dtype=object)


def add_names(names: pd.DataFrame, locations: pd.DataFrame, districts: pd.DataFrame) -> pd.DataFrame:
    """Add the names of districts that locations give, each with its province, unless they are known already."""
    cells = {name: locations[name].astype(object) for name in _USED}
    frame = gpd.GeoDataFrame({**cells, "precision": locations["precision"]}, geometry=locations["geometry"])
    return pd.concat([names, asked_names(frame, districts)]).drop_duplicates(ignore_index=True)


def learn_from_pieces(plan: Plan, workspace: Workspace, pieces: Iterable[int]) -> ColumnHabits:
    """Learn what the columns of names tell, from the names of all pieces of locations."""
    names: set[str] = set()
    provinces: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for piece in pieces:
        frame = read_frame(workspace.path(names_file(piece)))
        names.update(frame["name"].cat.categories)
        provinces.update(frame["province"].cat.categories)
        paths = frame[
            frame["province"].isin([path for path in frame["province"].cat.categories if "|" in path])
        ]
        pairs.update(zip(paths["name"], paths["province"], strict=True))
    return learn_habits(plan, names, provinces - {""}, pairs)
