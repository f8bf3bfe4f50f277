"""Areas within some minutes, on an even surface in UTM where they are close to octagons."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from geoplan.analysis import isochrones
from geoplan.analysis.friction_times import FrictionTimes
from geoplan.sources.friction import FrictionKind, open_friction


@pytest.mark.parametrize("most", [400, 40])
def test_areas_are_within_their_minutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(isochrones, "MOST_CELLS", most)
    cells = np.full((101, 101), 0.012, "float32")
    cells[:, 80:] = np.nan
    with rasterio.open(
        tmp_path / "f.tif", "w", driver="GTiff", width=101, height=101, count=1, dtype="float32", crs=32648,
        transform=from_origin(400_000, 2_000_000, 100, 100),
    ) as file:  # fmt: skip
        file.write(cells, 1)
    to_degrees = pyproj.Transformer.from_crs(32648, 4326, always_xy=True)
    site = np.array([shapely.Point(to_degrees.transform(405_050, 1_994_950))], dtype=object)
    with ExitStack() as stack:
        friction = stack.enter_context(
            open_friction(tmp_path / "f.tif", FrictionKind("min/m", "walking"), site)
        )
        times = FrictionTimes(friction)
        reached = times.spread(times.place(site), 48)
        drawn = isochrones.draw_isochrones(friction, reached, [24, 48, 0.001])
    assert drawn["minutes"].tolist() == [48, 24, 0.001]
    areas = drawn.to_crs(32648).geometry
    # 24 minutes are 2 km: an octagon of 8 neighbours has 8 sin 45° ÷ 2 of the square of its radius.
    octagon = 4 * np.sin(np.pi / 4) * 2_000**2
    grown = 100 * (1 if most == 400 else 3)
    assert areas.iloc[1].area == pytest.approx(octagon, rel=0.08 if most == 400 else 0.3)
    if most == 400:  # each cell of the border has corners; the octagon has few
        assert shapely.get_num_coordinates(areas.iloc[1]) < 40
    west, _, east, _ = areas.iloc[0].bounds
    assert west == pytest.approx(401_000, abs=grown)
    assert east <= 408_000 + grown
    assert areas.iloc[0].buffer(1).contains(areas.iloc[1])


@pytest.mark.parametrize(("side", "block"), [(400, 1), (401, 2)])
def test_areas_of_more_than_400_cells_are_drawn_in_blocks(side: int, block: int) -> None:
    reached = SimpleNamespace(parts=lambda: [(7, 9, np.ones((3, side)))])
    top, left, found, least = isochrones._mosaic(reached, 5.0)  # type: ignore[arg-type]
    assert (top, left, found) == (7, 9, block)
    assert least.shape == (3 if block == 1 else 2, -(-side // block))
