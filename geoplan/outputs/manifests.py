"""Manifests: the inputs, options and reconciliation of an output, to check and repeat it."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.ledger.entries import Ledger, reconcile
from geoplan.model.errors import InputError
from geoplan.model.version import installed_version
from geoplan.model.watched_inputs import parts_of
from geoplan.outputs.text_tables import render_json, several_kinds
from geoplan.outputs.whole_files import staged_path, write_text
from geoplan.sources.database import address_of
from geoplan.sources.file_presence import missing_file

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_LIBRARIES = ("folium", "geopandas", "numpy", "pandas", "pyogrio", "pyproj", "shapely")
_CHUNK = 1 << 20


def manifest_path(target: Path) -> Path:
    """Return the path of an output's manifest, ``NAME.manifest.json`` next to it."""
    return target.with_name(f"{target.name}.manifest.json")


def describe_run(
    plan: Plan,
    ledger: Ledger,
    options: Mapping[str, object],
    compared: tuple[Plan, Ledger] | None = None,
) -> dict[str, object]:
    """Describe inputs (name, size, SHA-256), options, versions and the reconciliation; of both plans of a comparison.

    It contains no time, so the same inputs give the same manifest.
    """
    return {
        **_describe_plan(plan, ledger),
        "options": {name: value for name, value in sorted(options.items()) if value is not None},
        "versions": {
            "geoplan": installed_version(),
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
        "reconciliation": _describe_sums(ledger),
        **({} if compared is None else {"compared_with": _describe_other(*compared)}),
    }


def _describe_plan(plan: Plan, ledger: Ledger) -> dict[str, object]:
    return {
        "title": plan.title,
        "illustrative": ledger.illustrative,
        "notes": list(ledger.notes),
        "inputs": {table: describe_file(path) for table, path in sorted(plan.files.items())},
    }


def _describe_other(plan: Plan, ledger: Ledger) -> dict[str, object]:
    """Describe the other plan of a comparison, or the same plan on another vintage."""
    vintage = {"vintage": plan.vintage} if plan.vintage else {}
    return {**_describe_plan(plan, ledger), **vintage, "reconciliation": _describe_sums(ledger)}


def _describe_sums(ledger: Ledger) -> list[dict[str, object]]:
    return [
        {
            "currency": sums.currency,
            **({"kind": sums.kind} if several_kinds(ledger) else {}),
            "input_total": sums.input_total,
            "rounding": sums.rounding,
            "in_districts": sums.in_districts,
            "buckets": dict(sums.buckets),
            **({"left_out": sums.left_out} if sums.left_out else {}),
            "placed_total": sums.placed_total,
            "difference": sums.difference,
        }
        for sums in reconcile(ledger)
    ]


def describe_file(path: Path, name: str = "") -> dict[str, object]:
    """Describe a file by name, size and SHA-256, a Shapefile with its parts; a folder by those of all its files.

    Parameters
    ----------
    path : Path
    name : str
        Name to write instead of the file's own, which for an output in the making is a temporary one.

    Raises
    ------
    InputError
        There is no such file.
    """
    address = address_of(path)
    if address is not None:
        # A database table has no file to hash, and its address may contain a password.
        return {"table": address.name, "database": address.database}
    if path.is_dir():
        return _describe_folder(path)
    # A plan names files that no command has read yet, such as its exchange rates.
    if not path.exists():
        raise InputError(missing_file(path))
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    about = {"file": name or _name(path), "bytes": path.stat().st_size, "sha256": digest.hexdigest()}
    parts = [describe_file(part) for part in parts_of(path)[1:]]
    return {**about, "with": parts} if parts else about


def _describe_folder(path: Path) -> dict[str, object]:
    files = sorted(inner for inner in path.rglob("*") if inner.is_file())
    digest = hashlib.sha256()
    for inner in files:
        name = inner.relative_to(path).as_posix()
        digest.update(f"{name}\n{describe_file(inner)['sha256']}\n".encode("utf-8", "surrogateescape"))
    size = sum(inner.stat().st_size for inner in files)
    return {"file": _name(path), "files": len(files), "bytes": size, "sha256": digest.hexdigest()}


def _name(path: Path) -> str:
    """Return the name of a file as text, even if its bytes are not valid text."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def write_manifest(
    target: Path,
    plan: Plan,
    ledger: Ledger,
    options: Mapping[str, object],
    compared: tuple[Plan, Ledger] | None = None,
) -> None:
    """Write the manifest of an output next to it."""
    described = {
        "output": describe_file(staged_path(target), _name(target)),
        **describe_run(plan, ledger, options, compared),
    }
    write_text(manifest_path(target), render_json(described) + "\n")
