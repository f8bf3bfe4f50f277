"""Travel costs from demand points to candidates: geodesic kilometres, or a table of costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Geod

from geoplan.model.errors import Problem, UsageError, raise_if, show_value
from geoplan.sources.raw_table import FileSpec
from geoplan.text.spelled_codes import as_number, by_number

if TYPE_CHECKING:
    import geopandas as gpd

MOST_PAIRS = 25_000_000
"""Maximum number of pairs of demand point and candidate (200 MB of costs)."""

_LONG = ("demand", "candidate", "cost")
_ELLIPSOID = Geod(ellps="WGS84")


def measure_costs(demand: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Measure the geodesic distance from each demand point to each candidate, on WGS84.

    Parameters
    ----------
    demand, candidates : GeoDataFrame
        Points, EPSG:4326.

    Returns
    -------
    (m, n) float64
        Kilometres.

    Raises
    ------
    UsageError
        More than `MOST_PAIRS` pairs.
    """
    rows, columns = len(demand), len(candidates)
    if rows * columns > MOST_PAIRS:
        raise UsageError(
            f"{rows:,} demand points and {columns:,} candidates make more than {MOST_PAIRS:,} pairs: "
            "use fewer candidates, or one province at a time"
        )
    x, y = (np.repeat(part, columns) for part in (demand.geometry.x, demand.geometry.y))
    to_x, to_y = (np.tile(part, rows) for part in (candidates.geometry.x, candidates.geometry.y))
    metres = np.asarray(_ELLIPSOID.inv(x, y, to_x, to_y, return_back_azimuth=False)[2], np.float64)
    return metres.reshape(rows, columns) / 1000


def read_costs(path: Path) -> pd.DataFrame:
    """Read travel costs: a table with the columns demand, candidate and cost, or a matrix.

    A matrix has the codes of the candidates in its header and the codes of the demand points in its first
    column. A pair without a cost has no route.

    Parameters
    ----------
    path : Path
        CSV, TSV or workbook.

    Returns
    -------
    DataFrame
        Costs in the unit of the file, by demand point (index) and candidate (columns); missing without a route.

    Raises
    ------
    InputError
        Costs are not numbers of 0 or more, or a pair occurs twice.
    """
    from geoplan.sources.tables.numerals import as_plain_numbers
    from geoplan.sources.tables.table_files import read_table

    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    raw = read_table(FileSpec(path))
    table = raw.table
    if set(_LONG) <= set(table.columns):
        pairs = table[list(_LONG)].assign(row=raw.rows.to_numpy())
    else:
        first, others = table.columns[0], list(table.columns[1:])
        pairs = table.rename(columns={first: "demand"}).assign(row=raw.rows.to_numpy())
        pairs = pairs.melt(["demand", "row"], others, var_name="candidate", value_name="cost")
    pairs = pairs.assign(number=pd.to_numeric(as_plain_numbers(pairs["cost"]), errors="coerce"))
    wrong = pairs[pairs["cost"].notna() & ~(pairs["number"] >= 0)]
    problems = []
    if len(wrong):
        rows, values = tuple(map(int, wrong["row"])), tuple(wrong["cost"])
        way_out = "write digits with a decimal point, such as 12.5; leave the cell empty if there is no route"
        problems.append(
            Problem(raw.source, "costs that are no numbers of 0 or more", "cost", rows, values, way_out)
        )
    twice = pairs[pairs.duplicated(["demand", "candidate"])]
    if len(twice):
        rows, values = (
            tuple(map(int, twice["row"])),
            tuple(twice["demand"].astype(str) + " to " + twice["candidate"].astype(str)),
        )
        problems.append(
            Problem(raw.source, "pairs that occur twice", "demand", rows, values, "keep one of them")
        )
    raise_if(problems)
    return pairs.pivot(index="demand", columns="candidate", values="number").astype(float)


def lay_out_costs(costs: pd.DataFrame, demand: pd.Series[Any], sites: pd.Series[Any]) -> NDArray[np.float64]:
    """Arrange travel costs in the order of demand points and sites.

    Parameters
    ----------
    costs : DataFrame
        From `read_costs`.
    demand, sites : Series of str
        Codes.

    Returns
    -------
    (m, n) float64
        Infinite without a route.

    Raises
    ------
    InputError
        A point has no costs, or the costs name an unknown point.
    """
    problems = []
    asked = {
        "demand": (pd.Index(demand.astype(str)), costs.index),
        "candidate": (pd.Index(sites.astype(str)), costs.columns),
    }
    spelled = {}
    for name, (codes, given) in asked.items():
        spelled[name] = listed = _as_spelled(given.astype(str), codes)
        for codes_lost, message, way_out in (
            (
                listed.difference(codes),
                f"codes of unknown {name} points",
                f"use codes such as {', '.join(show_value(code) for code in codes[:3])}",
            ),
            (
                codes.difference(listed),
                f"{name} points without any cost",
                "add their costs, or remove the points",
            ),
        ):
            if len(codes_lost):
                problems.append(Problem("costs", message, name, values=tuple(codes_lost), way_out=way_out))
    raise_if(problems)
    laid = costs.set_axis(spelled["demand"]).set_axis(spelled["candidate"], axis=1)
    ordered = laid.reindex(index=asked["demand"][0], columns=asked["candidate"][0]).to_numpy(np.float64)
    return np.where(np.isnan(ordered), np.inf, ordered)


def _as_spelled(listed: pd.Index[Any], codes: pd.Index[Any]) -> pd.Index[Any]:
    """Return the codes of a table as the points spell them: a spreadsheet program makes 1 of 01."""
    spelled = by_number(codes)
    known = {*codes}
    found = pd.Index(
        [code if code in known else spelled.get(as_number(code) or "", code) for code in listed],
        dtype=object,
    )
    return found if found.is_unique else listed
