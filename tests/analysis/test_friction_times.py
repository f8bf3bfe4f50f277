"""Minutes over friction surfaces at 18° north, where 0.001° of longitude are 105.89 m."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Geod
from rasterio.transform import from_origin

from geoplan.analysis.friction_times import FrictionTimes, describe_friction, describe_starts
from geoplan.model.errors import InputError, UsageError
from geoplan.sources.friction import Crossings, FrictionKind, choose_kind, open_friction

STEP = 0.001
WALKING = FrictionKind("min/m", "walking")
FIVE_KMH = 0.012  # minutes per metre
RIVER = np.array([shapely.LineString([(104.02, 17.9), (104.02, 18.1)])], dtype=object)


def write(
    path: Path,
    cells: Any,
    *,
    crs: Any = 4326,
    step: float = STEP,
    corner: tuple[float, float] = (104, 18.02),
    **more: Any,
) -> Path:
    cells = np.asarray(cells, dtype="float32")
    with rasterio.open(
        path, "w", driver="GTiff", height=cells.shape[0], width=cells.shape[1], count=1, dtype="float32", crs=crs,
        transform=from_origin(*corner, step, step), **more,
    ) as file:  # fmt: skip
        file.write(cells, 1)
    return path


def points(*places: tuple[float, float]) -> np.ndarray:
    return np.array([shapely.Point(place) for place in places], dtype=object)


def measure(
    path: Path,
    here: np.ndarray,
    there: np.ndarray,
    *,
    kind: FrictionKind = WALKING,
    limit: float = np.inf,
    **more: Any,
) -> tuple[Any, list[str]]:
    """Return the minutes (m, n), and what is said."""
    with ExitStack() as stack:
        friction = stack.enter_context(
            open_friction(path, kind, np.concatenate([here, there]), limit=limit, **more)
        )
        times = FrictionTimes(friction)
        starts = [times.place(shapes) for shapes in (here, there)]
        said = [
            *describe_friction(friction),
            *describe_starts(starts[0], "villages"),
            *describe_starts(starts[1], "sites"),
        ]
        found = times.matrix(*starts, limit)
        minutes, nearest = times.nearest(*starts, limit)
        assert minutes == pytest.approx(found.min(axis=1))
        assert (nearest[np.isfinite(minutes)] == found.argmin(axis=1)[np.isfinite(minutes)]).all()
        return found, said


HERE, THERE = (104.0005, 18.0005), (104.0305, 18.0005)  # 30 cells apart in one row
METRES = Geod(ellps="WGS84").inv(*HERE, *THERE)[2]


def test_minutes_are_ground_metres_times_friction(tmp_path: Path) -> None:
    even = write(tmp_path / "f.tif", np.full((40, 40), FIVE_KMH))
    found, said = measure(even, points(HERE), points(THERE, HERE))
    assert found[0].tolist() == pytest.approx([METRES * FIVE_KMH, 0.0], rel=1e-5)
    # A square cell of 0.001° would be 5 % too wide at 18°.
    assert "friction: f.tif, walking, min/m, cells of 106 × 111 m" in said
    assert "half of the cells around the points are slower than 5 km/h, and the fastest allows 5 km/h" in said
    assert "paths lead over 8 neighbours, so times are up to 8% too long" in said


@pytest.mark.parametrize(
    ("unit", "value"), [("min/m", FIVE_KMH), ("s/m", FIVE_KMH * 60), ("s/cell", FIVE_KMH * 6000)]
)
def test_units_give_the_same_minutes(tmp_path: Path, unit: str, value: float) -> None:
    # 100 m cells in UTM zone 48.
    path = write(
        tmp_path / "u.tif", np.full((40, 40), value), crs=32648, step=100, corner=(400_000, 1_992_000)
    )
    to_degrees = __import__("pyproj").Transformer.from_crs(32648, 4326, always_xy=True)
    here, there = (points(to_degrees.transform(x, 1_990_050)) for x in (400_050, 403_050))
    found, _ = measure(path, here, there, kind=FrictionKind(unit, "walking"))
    assert found[0, 0] == pytest.approx(3000 * FIVE_KMH, rel=1e-3)  # UTM stretches by up to 0.04 %


def test_mercator_metres_are_not_metres_on_the_ground(tmp_path: Path) -> None:
    to_mercator = __import__("pyproj").Transformer.from_crs(4326, 3857, always_xy=True)
    x, y = to_mercator.transform(104, 18)
    path = write(tmp_path / "m.tif", np.full((40, 40), FIVE_KMH), crs=3857, step=100, corner=(x, y))
    here, there = (
        points(to_mercator.transform(x + 50 + east, y - 2050, direction="INVERSE")) for east in (0, 3000)
    )
    found, _ = measure(path, here, there)
    assert found[0, 0] == pytest.approx(3000 * np.cos(np.radians(18)) * FIVE_KMH, rel=0.005)


def test_no_data_is_impassable(tmp_path: Path) -> None:
    cells = np.full((40, 40), FIVE_KMH)
    cells[:, 20] = [-9999.0, np.nan] * 20
    found, _ = measure(write(tmp_path / "f.tif", cells, nodata=-9999), points(HERE), points(THERE))
    assert np.isinf(found[0, 0])


def test_barriers_are_crossed_at_crossings_only(tmp_path: Path) -> None:
    path = write(tmp_path / "f.tif", np.full((40, 40), FIVE_KMH))
    closed, said = measure(path, points(HERE), points(THERE), barriers=RIVER)
    assert np.isinf(closed[0, 0])
    assert "the barriers have no crossing: no path leads to the other side" in said
    bridges = Crossings(["bridge", "wrong"], points((104.02, 18.0105), (104.01, 18.0105)))
    crossed, said = measure(path, points(HERE), points(THERE), barriers=RIVER, crossings=bridges)
    assert METRES * FIVE_KMH < crossed[0, 0] < METRES * FIVE_KMH * 1.5
    assert "crossings: 1 (bridge)" in said
    assert "crossings that cross no barrier: 1 (wrong)" in said


def test_a_start_on_a_barrier_moves_to_its_own_side(tmp_path: Path) -> None:
    path = write(tmp_path / "f.tif", np.full((40, 40), FIVE_KMH))
    # The river closes the cells from 104.020 to 104.021. The open cell in the east is the nearest one of both villages.
    river = np.array([shapely.LineString([(104.0209, 17.9), (104.0209, 18.1)])], dtype=object)
    west, east = (104.0208, 18.0005), (104.02095, 18.0005)
    sites = points((104.0105, 18.0005), (104.0305, 18.0005))
    found, said = measure(path, points(west, east), sites, barriers=river)
    assert np.isfinite(found).tolist() == [[True, False], [False, True]]
    (moved,) = [line for line in said if "moved" in line]
    assert moved.startswith("2 of 2 villages lie in closed cells and are moved by up to 138 m")
    assert "rows 1, 2" in moved
    # 1.3 cells to the open one, and 9 more.
    assert found[0, 0] == pytest.approx(10.3 * METRES / 30 * FIVE_KMH, rel=0.001)


def test_points_far_from_open_cells_or_outside_have_no_time(tmp_path: Path) -> None:
    cells = np.full((40, 40), FIVE_KMH)
    cells[:, 20:] = np.nan
    found, said = measure(write(tmp_path / "f.tif", cells), points(THERE, (110.0, 18.0), HERE), points(HERE))
    assert np.isinf(found[:2]).all() and found[2, 0] == 0
    assert "1 of 3 villages lie in closed cells, with no open cell within 3 cells (rows 1)" in said
    assert "1 of 3 villages lie outside the friction raster (rows 2)" in said


@pytest.mark.parametrize(
    ("cells", "more", "said"),
    [
        (np.full((40, 40), FIVE_KMH), {"corner": (10, 10)}, "no point lies in the raster: it covers 10, "),
        (np.full((40, 40), FIVE_KMH * 60), {}, "min/m 0.0833 km/h, s/m 5 km/h"),
        (np.full((40, 40), FIVE_KMH / 60), {}, "half of the cells are slower than 300 km/h"),
        (np.full((1, 1), FIVE_KMH), {"step": 0.04}, "the raster has 1 × 1 cells"),
        (np.full((3, 3), FIVE_KMH), {"step": 0.02}, "so nothing is within 20 min"),
        (np.where(np.eye(40) > 0, 0.0, FIVE_KMH), {}, "40 cells are 0, below 0 or infinite"),
        (np.where(np.eye(40) > 0, -9999.0, FIVE_KMH), {}, "-9999"),
        (np.full((40, 40), np.nan), {}, "no data around the points"),
    ],
)  # fmt: skip
def test_a_wrong_raster_is_one_clear_error(
    tmp_path: Path, cells: Any, more: dict[str, Any], said: str
) -> None:
    path = write(tmp_path / "f.tif", cells, **more)
    corners = points((104.0005, 17.9805), (104.0395, 18.0195))
    with pytest.raises(InputError) as caught:
        measure(path, corners, corners, limit=20.0)
    (problem,) = caught.value.problems
    assert said in f"{problem}" and "f.tif" in f"{problem}"


def test_speeds_are_not_read_as_times(tmp_path: Path) -> None:
    """4.5 and 50 km/h, read as seconds for a metre, would be 0.8 and 0.072 km/h."""
    path = write(tmp_path / "f.tif", np.where(np.eye(40) > 0, 50.0, 4.5))
    with pytest.raises(InputError, match=r"the fastest allows 0\.8 km/h") as caught:
        measure(path, points(HERE), points(THERE), kind=FrictionKind("s/m", "motorised"))
    assert "a raster of speeds is not one of times" in str(caught.value)


def test_a_time_for_a_cell_needs_square_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "f.tif", np.full((40, 40), 75.0))
    with pytest.raises(InputError, match="106 m wide and 111 m high"):
        measure(path, points(HERE), points(THERE), kind=FrictionKind("s/cell", "walking"))


def test_unit_and_mode_come_from_the_name_or_are_asked() -> None:
    published = Path("2020_walking_only_friction_surface.geotiff")
    assert choose_kind(published, None, None) == WALKING
    assert (
        choose_kind(Path("201501_Global_Travel_Speed_Friction_Surface_2015.tif"), None, None).mode
        == "motorised"
    )
    for path, given, said in (
        (Path("f.tif"), (None, "walking"), "the unit of f.tif is unknown: choose from min/m, s/m, s/cell"),
        (Path("f.tif"), ("s/m", None), "the mode of f.tif is unknown"),
        (Path("f.tif"), ("km/h", "walking"), "'km/h' is not a unit of friction"),
        (published, (None, "motorised"), "is walking by its name, not motorised"),
    ):
        with pytest.raises(UsageError, match=said):
            choose_kind(path, *given)
