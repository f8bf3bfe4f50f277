"""Make the illustrative roads and speeds of the home case: run ``python data/illustrative/roads.py``.

Straight lines join the sites of the projects to their two nearest ones. They are no roads that exist.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import shapely

from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

HERE = Path(__file__).parent
MAIN = 0.25  # degrees: longer links are main roads
SPEEDS = {"main": 50, "track": 15, "walking": 4.5}  # km/h


def main() -> None:
    """Write ``roads.geojson`` and ``speeds.csv``."""
    locations = read_plan(find_bundled_plan()).locations
    shapes = locations.geometry.to_numpy()
    sites = np.unique(shapely.get_coordinates(shapes[shapely.get_type_id(shapes) == 0]).round(3), axis=0)
    away = np.hypot(*(sites[:, None] - sites[None, :]).transpose(2, 0, 1))
    pairs = {tuple(sorted((at, int(near)))) for at in range(len(sites)) for near in np.argsort(away[at])[1:3]}
    # A tree over all sites, so that no site is alone.
    joined = {0}
    while len(joined) < len(sites):
        one, other = min(
            ((a, b) for a in joined for b in range(len(sites)) if b not in joined),
            key=lambda pair: away[pair],
        )
        pairs.add(tuple(sorted((one, other))))
        joined.add(other)
    features = [
        {
            "type": "Feature",
            "properties": {"class": "main" if away[one, other] > MAIN else "track", "illustrative": "yes"},
            "geometry": {"type": "LineString", "coordinates": [sites[one].tolist(), sites[other].tolist()]},
        }
        for one, other in sorted(pairs)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
    (HERE / "roads.geojson").write_text(
        text.replace('{"type":"Feature",', '\n{"type":"Feature",') + "\n", encoding="utf-8"
    )
    rows = [f"{name},{kmh},illustrative,2015" for name, kmh in SPEEDS.items()]
    (HERE / "speeds.csv").write_text("\n".join(["class,kmh,source,year", *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
