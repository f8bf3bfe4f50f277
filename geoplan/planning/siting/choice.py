"""Choice of sites: prepares demand, candidates and existing sites, solves a location model, returns tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.model.errors import InputError, Problem, UsageError, raise_if, show_number, show_value
from geoplan.model.notebook_cells import as_html
from geoplan.model.schema import CRS
from geoplan.planning.siting import models
from geoplan.planning.siting.travel_costs import lay_out_costs, measure_costs

if TYPE_CHECKING:
    import geopandas as gpd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Travel: TypeAlias = "Callable[[gpd.GeoDataFrame, gpd.GeoDataFrame], Floats]"

MODELS = ("cover", "cover-all", "p-median")
_CODES = ("site", "candidate", "demand", "code", "id")


@dataclass(frozen=True)
class Siting:
    """Chosen sites and the demand they serve.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site`` (code), ``name``, ``existing``; number (``points``) and ``weight`` of the demand points whose nearest
        site it is, and their ``mean_cost`` by weight. EPSG:4326. New sites come first, sorted by weight.
    demand : GeoDataFrame
        The demand points with ``demand`` (code), ``weight``, ``site`` and ``cost`` of the nearest site, and
        ``cost_before`` (infinite without existing sites).
    model : str
        One of `MODELS`.
    within : float or None
        Reach, in ``unit``.
    unit : str
        Unit of costs: km, or the unit of a table of travel costs.
    weighed_by : str
        Description of the weights.
    objective, bound, gap : float
        The value reached (weight covered, number of sites, or weighted cost), a limit that no choice can
        beat, and their relative distance. A gap of 0 is a proven optimum.
    greedy : float
        The value reached by always adding the best candidate, for comparison.
    """

    sites: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    model: str
    within: float | None
    unit: str
    weighed_by: str
    objective: float
    bound: float
    gap: float
    greedy: float

    @property
    def covered(self) -> pd.Series[bool]:
        """Whether each demand point has a site within reach."""
        covered: pd.Series[bool] = self.demand["cost"] <= (np.inf if self.within is None else self.within)
        return covered

    def _repr_html_(self) -> str:
        reach = "" if self.within is None else f", within {show_number(self.within)} {self.unit}"
        served = self.demand.loc[self.covered, "weight"].sum()
        lines = [
            f"{len(self.sites)} sites{reach}; demand served {show_number(served, 10, commas=True)} of {show_number(self.demand['weight'].sum(), 10, commas=True)}, "
            f"weighed by {self.weighed_by}"
        ]
        return as_html(lines, pd.DataFrame(self.sites.drop(columns="geometry")))


def choose_sites(
    demand: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    *,
    model: str = "cover",
    count: int | None = None,
    within: float | None = None,
    weights: pd.Series[float] | None = None,
    weighed_by: str = "points",
    existing: gpd.GeoDataFrame | None = None,
    costs: pd.DataFrame | Travel | None = None,
    unit: str = "km",
    time_limit: float | None = None,
    report: models.Report | None = None,
) -> Siting:
    """Choose the candidates that serve the demand best.

    Parameters
    ----------
    demand, candidates : GeoDataFrame
        Points in any CRS. Their codes are in a column ``code``, ``id`` (or ``demand``, ``candidate``, ``site``);
        without one, they are numbered. ``name`` is optional.
    model : {"cover", "cover-all", "p-median"}
        - cover: as much demand within reach as possible, with ``count`` sites (maximal covering)
        - cover-all: the fewest sites with all demand within reach (set covering)
        - p-median: the lowest weighted cost to the nearest of ``count`` sites
    count : int, optional
        Number of new sites, for cover and p-median.
    within : float, optional
        Reach in kilometres (or in the unit of ``costs``), for cover and cover-all. For p-median, it only decides
        which demand counts as covered.
    weights : (m,) Series of float, optional
        Weight of each demand point; by default 1.
    weighed_by : str
        Description of the weights.
    existing : GeoDataFrame, optional
        Existing sites, in any CRS.
    costs : DataFrame, optional
        Travel costs instead of geodesic distance, by the codes of the demand points (index) and of candidates
        and existing sites (columns); missing where there is no route. Or a function of demand points and sites
        that returns them as a matrix, infinite without a route.
    unit : str
        Unit of ``costs``.
    time_limit : float, optional
        Seconds after which the best answer so far is returned. Its gap is its maximum distance from the optimum.
    report : callable, optional
        Called repeatedly with the seconds spent and the gap.

    Returns
    -------
    Siting

    Raises
    ------
    UsageError
        The model is unknown, or its count or reach is missing or invalid.
    InputError
        Geometries are not points, the CRS is missing, codes occur twice, or no site can reach a demand point.

    Notes
    -----
    Church & ReVelle (1974), The maximal covering location problem; Toregas, Swain, ReVelle & Bergman (1971),
    The location of emergency service facilities; ReVelle & Swain (1970), Central facilities location.
    """
    _check_call(model, count, within)
    points = _as_points(demand, "demand")
    open_sites = _as_points(candidates, "candidate").assign(existing=False)
    fixed = np.empty(0, np.int64)
    if existing is not None and len(existing):
        open_sites = _join_sites(_as_points(existing, "existing_site").assign(existing=True), open_sites)
        fixed = np.flatnonzero(open_sites["existing"].to_numpy(dtype=bool))
    if count is not None and count > len(open_sites) - len(fixed):
        raise UsageError(
            f"cannot choose {count} new sites from {len(open_sites) - len(fixed)} candidates: choose fewer"
        )
    if costs is None:
        matrix = measure_costs(points, open_sites)
    elif callable(costs):
        matrix = costs(points, open_sites)
    else:
        matrix = lay_out_costs(costs, points["demand"], open_sites["candidate"])
    weight = np.ones(len(points)) if weights is None else np.asarray(weights, np.float64)
    limits: dict[str, Any] = {"fixed": fixed, "time_limit": time_limit, "report": report}
    total = len(fixed) + (count or 0)
    if model == "cover":
        reach = _needed(within)
        solved = models.cover_most(matrix, weight, reach, total, **limits)
        plain = models.cover_most_greedily(matrix, weight, reach, total, fixed=fixed)
        greedy = float(weight[(matrix[:, plain] <= reach).any(axis=1)].sum())
    elif model == "cover-all":
        reach = _needed(within)
        raise_if(_out_of_reach(points, matrix, reach, unit))
        solved = models.cover_all(matrix, reach, **limits)
        greedy = float(len(models.cover_all_greedily(matrix, reach, fixed=fixed)))
    else:
        raise_if(_out_of_reach(points, matrix, None, unit))
        finite = _fill_missing_routes(matrix, weight)
        solved = models.minimise_distance(finite, weight, total, **limits)
        if not np.isfinite(matrix[weight > 0][:, solved.sites]).any(axis=1).all():
            raise UsageError(
                f"with {count} new sites, some demand points have no route to any site: choose more"
            )
        plain = models.minimise_distance_greedily(finite, weight, total, fixed=fixed)
        greedy = float(weight @ matrix[:, plain].min(axis=1))
    served = _serve(points, open_sites, matrix, weight, solved.sites, fixed)
    sites = _describe_sites(open_sites, served, solved.sites)
    return Siting(
        sites, served, model, within, unit, weighed_by, solved.objective, solved.bound, solved.gap, greedy
    )


def _fill_missing_routes(matrix: Floats, weight: Floats) -> Floats:
    """Replace missing routes by a cost so high that the optimum avoids them if possible."""
    missing = ~np.isfinite(matrix)
    if not missing.any():
        return matrix
    longest = np.where(missing, 0.0, matrix).max(axis=1)
    dear = (weight @ longest + 1.0) / weight[weight > 0].min(initial=1.0) + longest.max()
    return np.where(missing, dear, matrix)


def _check_call(model: str, count: int | None, within: float | None) -> None:
    if model not in MODELS:
        raise UsageError(f"{show_value(model)} is no model: choose from {', '.join(MODELS)}")
    if model != "cover-all" and (count is None or count < 1):
        raise UsageError("give the number of new sites, 1 or more")
    if model != "p-median" and (within is None or not within > 0):
        raise UsageError("give the reach of a site, above 0")


def _needed(within: float | None) -> float:
    if within is None:
        raise UsageError("give the reach of a site, above 0")
    return within


def _as_points(frame: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Return points in EPSG:4326 with a name and a unique code; ``what`` names the column of the code."""
    import shapely

    problems = []
    shapes = frame.geometry.to_numpy()
    wrong = np.flatnonzero((shapely.get_type_id(shapes) != 0) | shapely.is_empty(shapes))
    rows = tuple(int(at) + 1 for at in wrong)
    if len(wrong):
        problems.append(
            Problem(what, "features that are no points", rows=rows, way_out="give one point per feature")
        )
    if frame.crs is None:
        way_out = "set it: points.set_crs('EPSG:4326')"
        problems.append(Problem(what, "the points have no CRS", way_out=way_out))
    column = next((name for name in (what, *_CODES) if name in frame and frame[name].notna().all()), None)
    codes = (
        pd.Series([str(at) for at in range(1, len(frame) + 1)])
        if column is None
        else frame[column].astype(str)
    )
    twice = codes[codes.duplicated()]
    if len(twice):
        way_out = f"give each its own code, or remove the column {column}"
        problems.append(
            Problem(what, "codes that occur twice", str(column), values=tuple(twice), way_out=way_out)
        )
    if problems:
        raise InputError(problems)
    if len(frame) == 0:
        raise UsageError(f"the table of {what} points is empty")
    named = (
        codes.to_numpy()
        if "name" not in frame
        else frame["name"].where(frame["name"].notna(), codes.to_numpy())
    )
    found = frame.to_crs(CRS).reset_index(drop=True)
    return found.assign(**{what: codes.to_numpy(dtype=object), "name": np.asarray(named, dtype=object)})


def _join_sites(existing: gpd.GeoDataFrame, candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put existing sites before the candidates."""
    import geopandas as gpd

    taken = set(candidates["candidate"])
    codes = [code if code not in taken else f"existing {code}" for code in existing["existing_site"]]
    existing = existing.assign(candidate=codes)
    columns = ["candidate", "name", "existing", "geometry"]
    return gpd.GeoDataFrame(pd.concat([existing[columns], candidates[columns]], ignore_index=True), crs=CRS)


def _out_of_reach(points: gpd.GeoDataFrame, matrix: Floats, within: float | None, unit: str) -> list[Problem]:
    """Return a problem for demand points that no site can serve."""
    nearest = matrix.min(axis=1)
    lost = np.flatnonzero(~np.isfinite(nearest) if within is None else nearest > within)
    if len(lost) == 0:
        return []
    if within is None:
        message = "points without a way to any candidate"
        way_out = "add candidates near them, or leave these points out"
    else:
        message = f"points without a candidate within {show_number(within)} {unit}"
        way_out = (
            "raise the reach, add candidates near them, or cover as much as possible with a number of sites"
        )
    names = tuple(points["name"].iloc[lost])
    rows = tuple(int(at) + 1 for at in lost)
    return [Problem("demand", message, rows=rows, values=names, way_out=way_out)]


def _serve(
    points: gpd.GeoDataFrame,
    open_sites: gpd.GeoDataFrame,
    matrix: Floats,
    weight: Floats,
    chosen: Ints,
    fixed: Ints,
) -> gpd.GeoDataFrame:
    """Return the demand points with their nearest site; of equal ones, the first."""
    nearest = chosen[np.argmin(matrix[:, chosen], axis=1)]
    cost = matrix[np.arange(len(points)), nearest]
    site = np.where(np.isfinite(cost), open_sites["candidate"].to_numpy()[nearest], None)
    before = matrix[:, fixed].min(axis=1, initial=np.inf)
    return points.assign(weight=weight, site=site, cost=cost, cost_before=before)


def _describe_sites(open_sites: gpd.GeoDataFrame, served: gpd.GeoDataFrame, chosen: Ints) -> gpd.GeoDataFrame:
    sites = open_sites.iloc[chosen].rename(columns={"candidate": "site"})
    sites = sites[["site", "name", "existing", "geometry"]]
    groups = served.assign(spent=served["weight"] * served["cost"]).groupby("site")
    sums = groups[["weight", "spent"]].sum()
    points = sites["site"].map(groups.size()).fillna(0).astype(np.int64)
    weight = sites["site"].map(sums["weight"]).fillna(0.0)
    spent = sites["site"].map(sums["spent"])
    sites = sites.assign(points=points, weight=weight, mean_cost=spent / weight.where(weight > 0))
    return sites.sort_values(["existing", "weight", "site"], ascending=[True, False, True], ignore_index=True)
