"""Surroundings: layers that help readers find their way on the map, from the section ``[map]`` of the plan file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.model.errors import InputError, Problem, UsageError
from geoplan.model.schema import CRS
from geoplan.plan.basemap import name_basemap
from geoplan.plan.plan_file import beside
from geoplan.plan.plan_keys import unknown_keys
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.vector.vector_layers import read_vector

if TYPE_CHECKING:
    import geopandas as gpd

STYLES = {"neighbours": "neighbour", "water": "water", "context": "context"}
"""Keys of the section, lowest on the map first, and how each is drawn."""

_ENTRY_KEYS = ("file", "name", "label", "layer", "crs")
_LABELS = ("label", "name")


@dataclass(frozen=True)
class Surrounding:
    """A layer for orientation: neighbouring provinces, rivers, towns.

    Parameters
    ----------
    name : str
    style : {"neighbour", "water", "context"}
    features : GeoDataFrame
        EPSG:4326, with ``label`` where the file has names.
    path : Path
        The file it was read from.
    """

    name: str
    style: str
    features: gpd.GeoDataFrame
    path: Path


def read_surroundings(settings: Mapping[str, Any], toml: Path) -> list[Surrounding]:
    """Read the layers that the section ``[map]`` of a plan file names.

    Parameters
    ----------
    settings : mapping
        The whole plan file.
    toml : Path
        Path of the plan file; paths in it are relative to its folder.

    Raises
    ------
    InputError
        With every problem of the section and its files.
    """
    section = settings.get("map", {})
    problems: list[Problem | str] = [*unknown_keys(section, (*STYLES, "basemap"), toml.name, "key in [map]")]
    found = []
    for key, style in STYLES.items():
        given = section.get(key, [])
        for entry in given if isinstance(given, list) else [given]:
            try:
                found.append(
                    _read_entry({"file": entry} if isinstance(entry, str) else entry, key, style, toml)
                )
            except InputError as error:
                problems += error.problems
    problems += _basemap_problems(section.get("basemap", ""), toml)
    if problems:
        raise InputError(problems)
    return found


def _basemap_problems(name: Any, toml: Path) -> list[Problem]:
    """Check the name of a basemap in a plan file."""
    way_out = 'write basemap = "OpenStreetMap.Mapnik", or leave it out'
    if not isinstance(name, str):
        return [Problem(toml.name, "basemap in [map] must be a name", values=(name,), way_out=way_out)]
    try:
        name_basemap(name)
    except UsageError as error:
        return [Problem(toml.name, f"basemap in [map]: {error}", way_out=way_out)]
    return []


def _read_entry(entry: Any, key: str, style: str, toml: Path) -> Surrounding:
    import geopandas as gpd

    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
        raise InputError(
            Problem(
                toml.name,
                f"{key} in [map] has no file",
                values=(entry,),
                way_out=f'write {key} = "file.geojson", a list of such, or {{ file = "…", name = "…" }}',
            )
        )
    unknown = unknown_keys(entry, _ENTRY_KEYS, toml.name, f"key of {key} in [map]")
    if unknown:
        raise InputError(unknown)
    path = beside(toml, entry["file"])
    table = read_vector(FileSpec(path, layer=entry.get("layer"), crs=entry.get("crs"))).table
    features = gpd.GeoDataFrame({"geometry": table["geometry"]}, geometry="geometry", crs=CRS)
    label = _label_column(entry, list(table.columns), path, toml)
    if label is not None:
        features["label"] = table[label]
    return Surrounding(str(entry.get("name", path.stem)), style, features, path)


def _label_column(entry: Mapping[str, Any], columns: list[str], path: Path, toml: Path) -> str | None:
    """Return the column of labels: the one that the plan names, else ``label`` or ``name`` if it exists."""
    if "label" not in entry:
        return next((name for want in _LABELS for name in columns if name.casefold() == want), None)
    if entry["label"] not in columns:
        listed = ", ".join(name for name in columns if name != "geometry")
        raise InputError(
            Problem(
                toml.name,
                f"{path.name} has no such column for the label",
                values=(entry["label"],),
                way_out=f"its columns are {listed}",
            )
        )
    return str(entry["label"])
