"""Plan folders: write a plan so that `geoplan.read_plan` reads the same plan back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.model.choices import CORRECTABLE_KINDS
from geoplan.model.errors import UsageError
from geoplan.model.file_names import portable_name
from geoplan.model.schema import TABLES
from geoplan.outputs.exports.characters import writable, writable_texts
from geoplan.outputs.exports.wkt import write_wkt
from geoplan.outputs.exports.written_tables import plain_spending, plain_table
from geoplan.outputs.text_tables import write_csv
from geoplan.outputs.whole_files import fill_text, replacing_folder
from geoplan.plan.map_context import STYLES
from geoplan.plan.plan_file import PLAN_FILE
from geoplan.plan.plan_keys import FILE_KEYS
from geoplan.plan.rate_rules import RateRules
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.table_parts import list_files_of

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

_BOUNDARIES = "boundaries.geojson"
_HEADER = "# A plan that geoplan wrote: the tables are beside this file. Try:  geoplan check   then   geoplan map\n\n"


def write_plan_folder(plan: Plan, folder: str | Path) -> list[Path]:
    """Write a plan as a folder that reads back to the same tables, ledger and map.

    Parameters
    ----------
    plan : Plan
        On its own vintage.
    folder : str or Path
        Must be new, empty, or written by geoplan and not changed since. Then it is replaced, as a whole or not at all.

    Returns
    -------
    list of Path
        - ``geoplan.toml``
        - the tables that have rows, as CSV with the given amounts and geometries at full precision
        - ``boundaries.geojson``
        - copies of the files of other vintages and of exchange rates
        - decisions about names, and layers for orientation
        - ``written.json``, which lists the files that geoplan wrote

    Raises
    ------
    UsageError
        The folder contains files that geoplan did not write, or cannot be written; the plan was carried to
        another vintage, or has no location or no spending.

    Notes
    -----
    A character that no text file can store (NUL, half a surrogate pair) becomes U+FFFD.
    """
    folder = Path(folder)
    _check_plan(plan)
    with replacing_folder(folder) as new:
        settings = {
            "plan": _about(plan),
            **_write_tables(plan, new),
            **_write_surroundings(plan, new),
            **_copy_vintages(plan, new),
        }
        for name, spec in (("rates", plan.rates), ("deflators", plan.deflators)):
            if spec is not None:
                rules = _changed(plan.rate_rules, RateRules()) if name == "rates" else {}
                settings[name] = _copy_rates(spec, new, name, rules)
        if plan.translations:
            settings["translations"] = plan.translations
        _write(new / PLAN_FILE, _HEADER + _as_toml(settings))
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _check_plan(plan: Plan) -> None:
    if plan.origin is not None:
        raise UsageError(
            "a plan carried to another vintage cannot be written as a folder: write it on its own vintage; "
            "the folder contains the others too"
        )
    if plan.datasets:
        listed = " and ".join(sorted(plan.datasets))
        raise UsageError(f"the {listed} of the plan were left on the disk: read the plan whole to write it")
    for name in ("locations", "spending"):
        if getattr(plan, name).empty:
            raise UsageError(f"the plan has no {name}: there is nothing to write")


def _about(plan: Plan) -> dict[str, Any]:
    about = {
        "title": plan.title,
        "subtitle": plan.subtitle,
        "currency": plan.currency,
        "illustrative": plan.illustrative,
        "periods": [f"{first}-{last}" for first, last in plan.periods],
        "notes": list(plan.notes),
    }
    return {key: value for key, value in about.items() if value or key == "title"}


# --- the five tables -------------------------------------------------------------------------


def _write_tables(plan: Plan, folder: Path) -> dict[str, Any]:
    """Write the tables that have rows, and return their sections of the plan file."""
    _write(folder / _BOUNDARIES, districts_geojson(plan.districts))
    _write_csv(folder / "districts.csv", _complete(plain_table(plan.districts, "districts"), "districts"))
    sections: dict[str, dict[str, Any]] = {
        "districts": {"file": _BOUNDARIES, "attributes": "districts.csv"},
    }
    if plan.vintage:
        sections["districts"]["vintage"] = plan.vintage
    for name, written in _attribute_tables(plan).items():
        if len(written):
            _write_csv(folder / f"{name}.csv", _complete(written, name))
            # Every row is a record, even if its amount happens to be the sum of those above.
            sections[name] = {"file": f"{name}.csv", "totals": "keep"}
    # State the decimal mark: a reader could take 3 decimals, as in KWD, for thousands.
    sections["spending"]["decimal"] = "."
    spending = plan.spending
    if ((spending["amount_minor"] < 0) & ~spending["kind"].isin(CORRECTABLE_KINDS)).any():
        sections["spending"]["negative"] = "accept"
    if plan.reviewed:
        rows = [[*names, code] for names, code in plan.reviewed.items()]
        _write_csv(folder / "review.csv", pd.DataFrame(rows, columns=["name", "province", "district"]))
        sections["locations"]["review"] = "review.csv"
    return sections


def _attribute_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    locations = plain_table(plan.locations, "locations")
    texts = write_wkt(plan.locations.geometry.to_numpy())
    if not all(text is None for text in texts):
        locations["geometry"] = pd.Series(texts, index=locations.index, dtype=object)
    return {
        "profile": plain_table(plan.profile, "profile"),
        "projects": plain_table(plan.projects, "projects"),
        "locations": locations,
        "spending": plain_spending(plan),
    }


def _complete(written: pd.DataFrame, table: str) -> pd.DataFrame:
    """Add missing columns as empty ones, so that no other column is recognised as one of them."""
    names = [name for name in TABLES[table].names if (table, name) != ("districts", "geometry")]
    others = [name for name in written.columns if name not in (*names, "geometry")]
    return written.reindex(columns=[*names, *others]) if others else written


def districts_geojson(districts: gpd.GeoDataFrame) -> str:
    """Return districts as GeoJSON with codes, names and coordinates at full precision (degrees, WGS 84)."""
    columns = {
        name: districts[name]
        for name in ("district", "name")
        if name in districts and districts[name].notna().any()
    }
    return _geojson(pd.DataFrame(columns), districts.geometry.to_numpy())


def _geojson(properties: pd.DataFrame, geometries: Any) -> str:
    import shapely

    shapes = shapely.to_geojson(shapely.force_2d(geometries))
    lines = []
    for shape, record in zip(shapes, properties.astype(object).to_dict("records"), strict=True):
        known = {key: writable(value) for key, value in record.items() if not pd.isna(value)}
        attributes = json.dumps(known, ensure_ascii=False)
        lines.append(f'{{"type":"Feature","properties":{attributes},"geometry":{shape or "null"}}}')
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


# --- what goes with them ---------------------------------------------------------------------


def _write_surroundings(plan: Plan, folder: Path) -> dict[str, Any]:
    """Write layers for orientation as GeoJSON, and return the section ``[map]``."""
    section: dict[str, Any] = {"basemap": plan.basemap} if plan.basemap else {}
    for number, layer in enumerate(plan.surroundings, start=1):
        target = folder / "around" / f"{number}.geojson"
        labelled = "label" in layer.features
        labels = layer.features[["label"] if labelled else []]
        _write(target, _geojson(pd.DataFrame(labels), layer.features.geometry.to_numpy()))
        key = next(key for key, style in STYLES.items() if style == layer.style)
        entry = {"file": f"around/{number}.geojson", "name": layer.name}
        section.setdefault(key, []).append(entry)
    return {"map": section} if section else {}


def _copy_vintages(plan: Plan, folder: Path) -> dict[str, Any]:
    """Copy the files of other vintages unchanged, and return their sections."""
    sections: dict[str, dict[str, Any]] = {}
    for number, (name, specs) in enumerate(plan.vintages.items(), start=1):
        sections[name] = {
            key: {**_copy_parts(spec, folder, f"vintages/{number}"), **_options(spec)}
            for key, spec in specs.items()
        }
    return {"vintages": sections} if sections else {}


def _copy_rates(
    spec: FileSpec, folder: Path, into: str, rules: Mapping[str, Any]
) -> dict[str, Any] | list[dict[str, Any]]:
    """Copy the files of rates, each once, and return a section with the rules, or one for each file and sheet."""
    paths = list_files_of(spec)
    folders = [into] if len(paths) == 1 else [f"{into}/{at}" for at in range(1, len(paths) + 1)]
    copies = {path: _copy(path, folder, own) for path, own in zip(paths, folders, strict=True)}
    sections = [
        {"file": copies[path], **_options(part), **rules}
        for part in spec.parts or (spec,)
        for path in list_files_of(replace(part, parts=()))
    ]
    return sections if len(sections) > 1 else sections[0]


def _copy_parts(spec: FileSpec, folder: Path, into: str) -> dict[str, Any]:
    """Copy the files of a table, each into a folder of its own if there are several, and return their keys."""
    paths = list_files_of(spec)
    if len(paths) == 1 and not spec.parts:
        return {"file": _copy(paths[0], folder, into)}
    files = [_copy(path, folder, f"{into}/{at}") for at, path in enumerate(paths, start=1)]
    chosen = {key: sorted({*_chosen(spec, key)}) for key in ("sheet", "layer")}
    return {"file": files, **{key: names for key, names in chosen.items() if names}}


def _chosen(spec: FileSpec, key: str) -> list[str]:
    return [name for part in spec.parts if (name := getattr(part, key)) is not None]


def _options(spec: FileSpec) -> dict[str, Any]:
    """Return the settings of a section for its file, other than the path."""
    changed = _changed(spec, FileSpec(spec.path))
    return {key: value for key, value in changed.items() if key in FILE_KEYS}


def _changed(given: Any, usual: Any) -> dict[str, Any]:
    """Return the fields of a dataclass whose value is not the usual one."""
    values = {item.name: getattr(given, item.name) for item in fields(given)}
    return {name: value for name, value in values.items() if value != getattr(usual, name)}


def _copy(source: Path, folder: Path, into: str) -> str:
    """Copy a file (all parts of a Shapefile) or a folder, and return its path in the plan file."""
    (folder / into).mkdir(parents=True, exist_ok=True)
    target = _free_target(folder / into, portable_name(source.name))
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        parts: Iterable[Path] = [source]
        if source.suffix.lower() == ".shp":
            parts = sorted(path for path in source.parent.iterdir() if path.stem == source.stem)
        for part in parts:
            shutil.copyfile(part, target.with_suffix(part.suffix))
    return f"{into}/{target.name}"


def _free_target(folder: Path, name: str) -> Path:
    """Return a path in a folder that no other file has, also where capitals do not count, as on Windows."""
    parts = [path.name.casefold() for path in folder.iterdir()]
    wanted = folder / name
    # The parts of a Shapefile have its name with other endings.
    taken = {Path(part).stem for part in parts} if wanted.suffix.lower() == ".shp" else {*parts}
    target, number = wanted, 1
    while {target.stem.casefold(), target.name.casefold()} & taken:
        number += 1
        target = wanted.with_stem(f"{wanted.stem} {number}")
    return target


# --- text ------------------------------------------------------------------------------------


def _write_csv(target: Path, frame: pd.DataFrame) -> None:
    _write(target, write_csv(writable_texts(frame)))


def _as_toml(settings: Mapping[str, Any]) -> str:
    import tomli_w

    return tomli_w.dumps(_all_writable(settings))


def _all_writable(value: Any) -> Any:
    if isinstance(value, dict):
        return {writable(key): _all_writable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_all_writable(item) for item in value]
    return writable(value)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    fill_text(target, [text])
