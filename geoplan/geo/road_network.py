"""Travel over roads: minutes between points, walking to the road at both ends.

How this works. Roads are cut where they meet or cross, so that one can turn there. Each straight piece is an edge
that takes its geodesic length at the speed of its class; of parallel edges the fastest counts. A point reaches the
network at the nearest place on a road, which becomes a node of its own, and walks there. It never walks across a
barrier, nor farther than a limit. Two points within that limit may also walk straight to each other. Dijkstra's
algorithm (SciPy) then gives minutes; infinite where no way leads.

Roads that cross on different levels are taken for a junction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import shapely
from pyproj import Geod, Transformer

from geoplan.geo.polygons import Flags, Floats, Integers, Shapes
from geoplan.model.errors import InputError, Problem, UsageError, show_value
from geoplan.model.optional_libraries import find_sparse

if TYPE_CHECKING:
    import geopandas as gpd

WALKING = "walking"
"""Class of the speed at which points reach the road."""

FARTHEST_WALK = 5_000.0
"""Metres that a point may lie from the nearest road by default."""

_ORIGINS_AT_A_TIME = 100_000
_CUT_OFF_AT_A_TIME = 1_000  # each may have thousands of pieces of road around it
_ELLIPSOID = Geod(ellps="WGS84")


@dataclass(frozen=True)
class RoadNetwork:
    """Roads as a graph, in a flat projection around their middle.

    Parameters
    ----------
    places : (n, 2) array of float
        Nodes in metres.
    ends : (e, 2) array of int
        Nodes at the ends of each edge.
    minutes : (e,) array of float
    pieces : (e,) array of LineString
        In metres.
    walking : float
        km/h.
    to_metres : Transformer
        From longitude and latitude.
    """

    places: Floats
    ends: Integers
    minutes: Floats
    pieces: Shapes
    walking: float
    to_metres: Transformer

    @property
    def parts(self) -> int:
        """Number of parts of the network that no road connects."""
        graph = _graph(self.ends, self.minutes, len(self.places))
        return int(find_sparse().csgraph.connected_components(graph, directed=False)[0])


@dataclass(frozen=True)
class TravelTimes:
    """Minutes from each origin to each destination.

    Parameters
    ----------
    minutes : (m, n) array of float
        Infinite where no way leads, or none within the limit.
    off_origins, off_destinations : (m,) and (n,) array of bool
        Points without a road within reach on foot.
    walk_origins, walk_destinations : (m,) and (n,) array of float
        Metres to the road; infinite for points without one.
    """

    minutes: Floats
    off_origins: Flags
    off_destinations: Flags
    walk_origins: Floats
    walk_destinations: Floats


def build_network(
    roads: gpd.GeoDataFrame, classes: pd.Series[str], speeds: pd.Series[float], *, name: str = "roads"
) -> RoadNetwork:
    """Make a network of roads.

    Parameters
    ----------
    roads : GeoDataFrame
        Lines, EPSG:4326; other shapes are refused.
    classes : Series of str
        Class of each road.
    speeds : Series of float
        km/h by class, with a row ``walking``; 0 closes a class.
    name : str
        Of the roads, for messages.

    Raises
    ------
    InputError
        A class without a speed, a speed that is none, or shapes that are no lines.
    """
    _check(roads, classes, speeds, name)
    lines, owner = shapely.get_parts(shapely.force_2d(roads.geometry.to_numpy()), return_index=True)
    speed = classes.map(speeds).to_numpy(dtype=np.float64)[owner]
    # Lines without points are no roads, and GEOS ends the program when it cuts them.
    is_open = (speed > 0) & ~shapely.is_empty(lines)
    lines, speed = lines[is_open], speed[is_open]
    if not len(lines):
        raise InputError(
            Problem(
                name,
                "no road is open: all speeds are 0, or no line has a length",
                way_out="give lines, and speeds above 0",
            )
        )
    west, south, east, north = shapely.total_bounds(lines)
    flat = f"+proj=aeqd +lat_0={(south + north) / 2:.6f} +lon_0={(west + east) / 2:.6f} +datum=WGS84 +units=m"
    to_metres = Transformer.from_crs("EPSG:4326", flat, always_xy=True)
    in_metres = _transform(lines, to_metres)
    noded = shapely.get_parts(shapely.node(shapely.multilinestrings(in_metres)))
    xy, line = shapely.get_coordinates(noded, return_index=True)
    at = np.flatnonzero(line[1:] == line[:-1])
    pairs = np.stack([xy[at], xy[at + 1]], axis=1)
    pieces = shapely.linestrings(pairs)
    fastest = _fastest(pieces, in_metres, speed)
    places, ends = np.unique(np.round(pairs.reshape(-1, 2), 3), axis=0, return_inverse=True)
    lon, lat = to_metres.transform(pairs[..., 0].ravel(), pairs[..., 1].ravel(), direction="INVERSE")
    lon, lat = np.reshape(lon, (-1, 2)), np.reshape(lat, (-1, 2))
    metres = _ELLIPSOID.inv(lon[:, 0], lat[:, 0], lon[:, 1], lat[:, 1])[2]
    minutes = np.asarray(metres) / 1000 / fastest * 60
    return RoadNetwork(places, ends.reshape(-1, 2), minutes, pieces, float(speeds[WALKING]), to_metres)


def _check(roads: gpd.GeoDataFrame, classes: pd.Series[str], speeds: pd.Series[float], name: str) -> None:
    problems = []
    kinds = shapely.get_type_id(roads.geometry.to_numpy())
    wrong = np.flatnonzero(~np.isin(kinds, (1, 5)))
    if len(wrong):
        rows = tuple(int(row) + 1 for row in wrong)
        problems.append(Problem(name, "features that are no lines", rows=rows, way_out="give lines only"))
    numbers = pd.to_numeric(speeds, errors="coerce")
    bad = speeds[~((numbers >= 0) & (numbers <= 300))]
    if len(bad):
        advice = "write km/h, such as 4.5; 0 closes a class"
        said = tuple(f"{road}: {value}" for road, value in bad.items())
        problems.append(Problem("speeds", "speeds that are none", "kmh", values=said, way_out=advice))
    if WALKING not in speeds.index or not numbers.get(WALKING, 0) > 0:
        advice = f"add a row with the class {WALKING}, such as 4.5 km/h"
        problems.append(Problem("speeds", "the speed on foot is missing", "class", way_out=advice))
    unknown = classes[~classes.isin(speeds.index)]
    if len(unknown):
        counts = unknown.value_counts()
        said = tuple(f"{road} ({count})" for road, count in counts.items())
        advice = "add a row for each class to the table of speeds; 0 km/h closes a class"
        problems.append(Problem(name, "classes of roads without a speed", values=said, way_out=advice))
    if problems:
        raise InputError(problems)


def _transform(shapes: Shapes, transformer: Transformer) -> Shapes:
    def move(xy: Floats) -> Floats:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return cast(Shapes, shapely.transform(shapes, move))


def _fastest(pieces: Shapes, roads: Shapes, speed: Floats) -> Floats:
    """Return the speed of each piece: that of the fastest road it is a part of."""
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree(roads)
    found = np.zeros(len(pieces))
    piece, road = tree.query(middle, predicate="dwithin", distance=0.01)
    np.maximum.at(found, piece, speed[road])
    lost = np.flatnonzero(found == 0)
    if len(lost):
        found[lost] = speed[tree.nearest(middle[lost])]
    return found


def _graph(ends: Integers, minutes: Floats, count: int) -> Any:
    """Return a sparse matrix of edges both ways; of parallel edges the fastest, where SciPy would add them up."""
    one, other = np.sort(ends, axis=1).T
    order = np.lexsort((minutes, other, one))
    one, other, minutes = one[order], other[order], minutes[order]
    first = np.append(True, (one[1:] != one[:-1]) | (other[1:] != other[:-1]))[: len(one)] & (one != other)
    one, other, minutes = one[first], other[first], np.maximum(minutes[first], 1e-9)
    both = (np.append(one, other), np.append(other, one))
    return find_sparse().csr_array((np.append(minutes, minutes), both), shape=(count, count))


def measure_travel(
    network: RoadNetwork,
    origins: Shapes,
    destinations: Shapes,
    *,
    limit: float = np.inf,
    farthest_walk: float = FARTHEST_WALK,
    barriers: Shapes | None = None,
) -> TravelTimes:
    """Measure minutes from origins to destinations over roads and on foot.

    Parameters
    ----------
    network : RoadNetwork
    origins, destinations : (m,) and (n,) array of Point
        EPSG:4326.
    limit : float
        Minutes after which the search stops.
    farthest_walk : float
        Metres.
    barriers : array of shapes, optional
        Lines or areas that nobody walks across, such as rivers; EPSG:4326. Roads cross them.
    """
    points, walls = _in_metres(network, origins, destinations, farthest_walk, barriers)
    snapped = _snap(network, points, farthest_walk, walls)
    ends, minutes, count = _split(network, snapped)
    graph = _graph(ends, minutes, count)
    foot = snapped.metres / 1000 / network.walking * 60
    first, found = len(origins), np.full((len(origins), len(destinations)), np.inf)
    there = np.flatnonzero(snapped.edge[first:] >= 0)
    here = np.flatnonzero(snapped.edge[:first] >= 0)
    if len(there) and len(here):
        starts = len(network.places) + first + there
        reached = find_sparse().csgraph.dijkstra(graph, directed=False, indices=starts, limit=limit)
        reached = reached[:, len(network.places) + here]
        found[np.ix_(here, there)] = reached.T + foot[here][:, None] + foot[first + there][None, :]
    one, other, straight = _straight_walks(
        points[:first], points[first:], network.walking, farthest_walk, walls
    )
    np.minimum.at(found, (one, other), straight)
    found[found > limit] = np.inf
    off = snapped.edge < 0
    return TravelTimes(found, off[:first], off[first:], snapped.metres[:first], snapped.metres[first:])


def measure_nearest(
    network: RoadNetwork,
    origins: Shapes,
    destinations: Shapes,
    *,
    limit: float = np.inf,
    farthest_walk: float = FARTHEST_WALK,
    barriers: Shapes | None = None,
) -> tuple[Floats, Flags]:
    """Measure minutes (m,) from each origin to its nearest destination; infinite where no way leads within the limit.

    The minutes are those of `measure_travel`, but need memory for the origins only, such as the cells of a raster. Also
    return which origins have no road within the farthest walk.

    Parameters
    ----------
    network, origins, destinations, limit, farthest_walk, barriers
        As for `measure_travel`.
    """
    points, walls = _in_metres(network, origins, destinations, farthest_walk, barriers)
    snapped = _snap(network, points, farthest_walk, walls)
    ends, minutes, count = _split(network, snapped)
    foot = snapped.metres / 1000 / network.walking * 60
    first, base = len(origins), len(network.places)
    there = np.flatnonzero(snapped.edge >= 0)
    there = there[there >= first]
    here = np.flatnonzero(snapped.edge[:first] >= 0)
    found = np.full(len(origins), np.inf)
    if len(there) and len(here):
        # One more node leads to all destinations, by the minutes on foot from each to its road.
        ends = np.concatenate([ends, np.column_stack([np.full(len(there), count), base + there])])
        graph = _graph(ends, np.append(minutes, foot[there]), count + 1)
        reached = find_sparse().csgraph.dijkstra(graph, directed=False, indices=count, limit=limit)
        found[here] = reached[base + here] + foot[here]
    straight = _fastest_straight(points[:first], points[first:], network.walking, farthest_walk, walls)
    found = np.minimum(found, straight)
    found[found > limit] = np.inf
    return found, snapped.edge[:first] < 0


def _in_metres(
    network: RoadNetwork, origins: Shapes, destinations: Shapes, farthest_walk: float, barriers: Shapes | None
) -> tuple[Shapes, Shapes | None]:
    """Return origins and destinations together, and the barriers if there are any, in the projection of the network."""
    if not farthest_walk >= 0:
        raise UsageError(f"the farthest walk must be 0 m or more, not {show_value(farthest_walk)}")
    points = _transform(np.concatenate([origins, destinations]), network.to_metres)
    return points, None if barriers is None or not len(barriers) else _transform(barriers, network.to_metres)


@dataclass(frozen=True)
class _Snapped:
    """Where each point reaches the network."""

    edge: Integers  # -1 for none
    along: Floats  # part of the edge, 0 to 1
    metres: Floats


def _snap(network: RoadNetwork, points: Shapes, farthest: float, walls: Shapes | None) -> _Snapped:
    """Find the nearest place on a road for each point that no barrier separates from it."""
    tree = shapely.STRtree(network.pieces)
    (point, edge), metres = tree.query_nearest(
        points, max_distance=max(farthest, 1e-6), return_distance=True, all_matches=False
    )
    if walls is not None:
        barriers = shapely.STRtree(walls)
        blocked = _cross(barriers, shapely.shortest_line(points[point], network.pieces[edge]))
        found = [(point[~blocked], edge[~blocked], metres[~blocked])]
        # Only points that a barrier separates from the nearest road need all roads around them.
        cut_off = point[blocked]
        for start in range(0, len(cut_off), _CUT_OFF_AT_A_TIME):
            some = cut_off[start : start + _CUT_OFF_AT_A_TIME]
            one, other = tree.query(points[some], predicate="dwithin", distance=farthest)
            way = shapely.shortest_line(points[some[one]], network.pieces[other])
            free = ~_cross(barriers, way)
            found.append((some[one[free]], other[free], shapely.length(way[free])))
        point, edge, metres = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((edge, metres, point))
    point, edge, metres = point[order], edge[order], metres[order]
    first = np.append(True, point[1:] != point[:-1])[: len(point)]
    point, edge, metres = point[first], edge[first], metres[first]
    at, along, away = np.full(len(points), -1), np.zeros(len(points)), np.full(len(points), np.inf)
    at[point], away[point] = edge, metres
    along[point] = shapely.line_locate_point(network.pieces[edge], points[point], normalized=True)
    return _Snapped(at, along, away)


def _cross(barriers: shapely.STRtree, ways: Shapes) -> Flags:
    """Return which ways cross a barrier. A way that ends in one does not: bridges start there."""
    crossed = np.zeros(len(ways), np.bool_)
    crossed[barriers.query(ways, predicate="crosses")[0]] = True
    return crossed


def _split(network: RoadNetwork, snapped: _Snapped) -> tuple[Integers, Floats, int]:
    """Add a node for each snapped point, and cut its edge there; points of one edge follow each other along it."""
    base = len(network.places)
    point = np.flatnonzero(snapped.edge >= 0)
    order = point[np.lexsort((snapped.along[point], snapped.edge[point]))]
    edge, along = snapped.edge[order], snapped.along[order]
    starts = np.append(True, edge[1:] != edge[:-1])[: len(edge)]
    stops = np.append(edge[1:] != edge[:-1], True)[: len(edge)]
    before = np.where(starts, network.ends[edge, 0], np.append(0, base + order[:-1])[: len(order)])
    part = along - np.where(starts, 0.0, np.append(0.0, along[:-1])[: len(along)])
    links = np.column_stack([before, base + order])
    last = np.column_stack([base + order[stops], network.ends[edge[stops], 1]])
    minutes = np.concatenate(
        [
            network.minutes,
            part * network.minutes[edge],
            (1 - along[stops]) * network.minutes[edge[stops]],
        ]
    )
    ends = np.concatenate([network.ends, links, last]).astype(np.int64)
    return ends, minutes, base + len(snapped.edge)


def _fastest_straight(
    origins: Shapes, destinations: Shapes, walking: float, farthest: float, walls: Shapes | None
) -> Floats:
    """Return the minutes of the shortest straight walk from each origin; infinite without one."""
    found = np.full(len(origins), np.inf)
    for start in range(0, len(origins), _ORIGINS_AT_A_TIME):
        part = origins[start : start + _ORIGINS_AT_A_TIME]
        one, _, minutes = _straight_walks(part, destinations, walking, farthest, walls)
        np.minimum.at(found, one + start, minutes)
    return found


def _straight_walks(
    origins: Shapes, destinations: Shapes, walking: float, farthest: float, walls: Shapes | None
) -> tuple[Integers, Integers, Floats]:
    """Return the pairs of origin and destination that one can walk between straight, and the minutes."""
    one, other = shapely.STRtree(destinations).query(origins, predicate="dwithin", distance=farthest)
    if walls is not None and len(one):
        way = shapely.shortest_line(origins[one], destinations[other])
        free = ~_cross(shapely.STRtree(walls), way)
        one, other = one[free], other[free]
    return one, other, shapely.distance(origins[one], destinations[other]) / 1000 / walking * 60
