"""Deterministic boundary layers and features to measure with: every seed is in this file.

A layer here is an exact coverage: districts on a bent grid whose shared borders are fractal lines,
stored with the same coordinates in both neighbours, as in a good official boundary file.
"""

from __future__ import annotations

import math

import numpy as np
import shapely

LAYER_SEED = 20091
POINT_SEED = 20092
LINE_SEED = 20093
POLYGON_SEED = 20094
EXTENT = 8.0  # degrees: the size of a country like Laos
SOUTH_WEST = np.array([100.0, 14.0])
NODE_JITTER = 0.15  # of a grid step
BORDER_SWING = 0.2  # greatest slope of a border line from its chord: neighbours at a node never meet


def district_layer(district_count: int, *, border_vertices: int = 0, seed: int = LAYER_SEED) -> np.ndarray:
    """Make an exact coverage of ``district_count`` districts in EPSG:4326.

    Parameters
    ----------
    district_count : int
        Number of districts.
    border_vertices : int
        Segments of each shared border line, a power of two; 0 chooses 256 for up to 1,000 districts, else 32.
    seed : int
        Seed of the coordinates.

    Returns
    -------
    (district_count,) object array of shapely.Polygon
    """
    random = np.random.default_rng(seed)
    rows = _most_square_divisor(district_count)
    cols = district_count // rows
    segments = border_vertices or (256 if district_count <= 1000 else 32)
    nodes = _bent_grid(rows, cols, random)
    horizontal = _border_lines(nodes[:, :-1].reshape(-1, 2), nodes[:, 1:].reshape(-1, 2), segments, random)
    vertical = _border_lines(nodes[:-1].reshape(-1, 2), nodes[1:].reshape(-1, 2), segments, random)
    horizontal = horizontal.reshape(rows + 1, cols, segments + 1, 2)
    vertical = vertical.reshape(rows, cols + 1, segments + 1, 2)
    rings = [
        np.concatenate(
            (
                horizontal[row, col, :-1],
                vertical[row, col + 1, :-1],
                horizontal[row + 1, col, :0:-1],
                vertical[row, col, ::-1],
            )
        )
        for row in range(rows)
        for col in range(cols)
    ]
    districts = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    return districts[random.permutation(district_count)]


def _most_square_divisor(count: int) -> int:
    return next(rows for rows in range(math.isqrt(count), 0, -1) if count % rows == 0)


def _bent_grid(rows: int, cols: int, random: np.random.Generator) -> np.ndarray:
    """Grid nodes moved a little, (rows + 1, cols + 1, 2), in degrees."""
    col, row = np.meshgrid(np.arange(cols + 1.0), np.arange(rows + 1.0))
    nodes = np.stack((col, row), axis=-1) + random.uniform(-NODE_JITTER, NODE_JITTER, (rows + 1, cols + 1, 2))
    return nodes * [EXTENT / cols, EXTENT / rows] + SOUTH_WEST


def _border_lines(
    starts: np.ndarray, ends: np.ndarray, segments: int, random: np.random.Generator
) -> np.ndarray:
    """Fractal lines from starts to ends by midpoint displacement, (lines, segments + 1, 2)."""
    offset = np.zeros((len(starts), segments + 1))
    step, swing = segments, 0.15
    while step > 1:
        middle = np.arange(step // 2, segments, step)
        mean = (offset[:, middle - step // 2] + offset[:, middle + step // 2]) / 2
        offset[:, middle] = mean + random.uniform(-swing, swing, mean.shape)
        step, swing = step // 2, swing * 0.55
    along = np.linspace(0, 1, segments + 1)
    cone = BORDER_SWING * np.minimum(along, 1 - along)
    offset = np.clip(offset, -cone, cone)
    chord = (ends - starts)[:, None, :]
    across = chord[..., ::-1] * [-1.0, 1.0]
    lines = starts[:, None, :] + along[:, None] * chord + offset[..., None] * across
    lines[:, -1] = ends  # the far node exactly, so that lines that meet there share it
    return lines


def clustered_points(
    count: int, *, clusters: int = 400, clustered: float = 0.7, seed: int = POINT_SEED
) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes in random order: ``clustered`` of them in towns, the rest anywhere.

    Returns
    -------
    tuple of (count,) float64 arrays
        Degrees, EPSG:4326; a few per cent lie outside the layer.
    """
    random = np.random.default_rng(seed)
    town = random.uniform(0, EXTENT, (clusters, 2)) + SOUTH_WEST
    size = random.uniform(0.005, 0.1, clusters)
    in_town = int(count * clustered)
    home = random.integers(0, clusters, in_town)
    xy = np.empty((count, 2))
    xy[:in_town] = town[home] + random.normal(0, 1, (in_town, 2)) * size[home, None]
    xy[in_town:] = random.uniform(-0.02 * EXTENT, 1.02 * EXTENT, (count - in_town, 2)) + SOUTH_WEST
    xy = xy[random.permutation(count)]
    return np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])


def winding_lines(
    count: int, *, vertices: int = 20, length: float = 0.06, seed: int = LINE_SEED
) -> np.ndarray:
    """Lines like rural roads: random walks that keep their heading, about ``length`` degrees long."""
    random = np.random.default_rng(seed)
    x, y = clustered_points(count, seed=seed + 1)
    turn = random.normal(0, 0.35, (count, vertices - 1))
    turn[:, 0] = random.uniform(0, 2 * np.pi, count)
    heading = np.cumsum(turn, axis=1)
    step = random.lognormal(0, 0.7, (count, 1)) * length / (vertices - 1)
    walk = np.zeros((count, vertices, 2))
    walk[:, 1:, 0] = np.cumsum(np.cos(heading) * step, axis=1)
    walk[:, 1:, 1] = np.cumsum(np.sin(heading) * step, axis=1)
    return shapely.linestrings(walk + np.stack((x, y), axis=-1)[:, None, :])


def blob_polygons(
    count: int, *, vertices: int = 32, radius: float = 0.03, seed: int = POLYGON_SEED
) -> np.ndarray:
    """Polygons like project areas: star-shaped around a point, about ``radius`` degrees across the half."""
    random = np.random.default_rng(seed)
    x, y = clustered_points(count, seed=seed + 1)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    reach = radius * random.lognormal(0, 0.5, (count, 1)) * random.uniform(0.6, 1.4, (count, vertices))
    ring = np.stack((x[:, None] + reach * np.cos(angle), y[:, None] + reach * np.sin(angle)), axis=-1)
    return shapely.polygons(np.concatenate((ring, ring[:, :1]), axis=1))
