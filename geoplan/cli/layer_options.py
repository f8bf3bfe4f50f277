"""Layer options: which boundary layer a command reads, and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoplan.model.errors import InputError, UsageError, show_value

if TYPE_CHECKING:
    from geoplan.sources.raw_table import FileSpec

column_option = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=HEADER",
    help="Which column to read, for example district=ID_2. Repeatable: district, name, province, province_name.",
)
empty_option = click.option(
    "--empty",
    type=click.Choice(("refuse", "leave-out")),
    default="refuse",
    show_default=True,
    help="What to do with districts whose shape is empty.",
)


def layer_spec(
    file: Path, layer: str | None, columns: Sequence[str], empty: str, vintage: str | None = None
) -> FileSpec:
    """Return how to read the layer that the arguments of a command name.

    Parameters
    ----------
    file : Path
        A layer, ``FILE::LAYER``, or a plan (its folder or its ``geoplan.toml``), whose districts are meant.
    layer : str, optional
    columns : sequence of str
        ``NAME=HEADER``.
    empty : str
        ``refuse`` or ``leave-out``.
    vintage : str, optional
        Vintage of a plan.
    """
    from geoplan.plan.plan_file import find_plan, read_district_specs, read_settings
    from geoplan.sources.raw_table import name_file

    if file.suffix == ".toml" or (file / "geoplan.toml").is_file():
        toml = find_plan(file)
        specs = read_district_specs(read_settings(toml), toml)
        name = next(iter(specs)) if vintage is None else vintage
        if name not in specs:
            known = ", ".join(show_value(known) for known in specs if known)
            raise UsageError(
                f"{file} has no vintage {show_value(name)}" + (f"; its vintages are {known}" if known else "")
            )
        spec = specs[name]
    elif vintage is not None:
        raise UsageError(f"--vintage {show_value(vintage)} needs a plan, but {file} is a layer")
    else:
        spec = name_file(file)
    changes: dict[str, Any] = {"columns": {**spec.columns, **_read_columns(columns)}}
    if layer is not None:
        changes["layer"] = layer
    if empty == "leave-out":
        changes["empty"] = "leave out"
    return replace(spec, **changes)


def _read_columns(given: Sequence[str]) -> dict[str, str]:
    """Turn ``NAME=HEADER`` into a mapping."""
    columns = {}
    for pair in given:
        name, sign, header = pair.partition("=")
        if not sign or not name or not header:
            raise UsageError(
                f"--column must be NAME=HEADER, for example district=ID_2, not {show_value(pair)}"
            )
        columns[name.strip()] = header.strip()
    return columns


@contextmanager
def options_named() -> Iterator[None]:
    """Add to an error of a layer the options of the command that can mend it."""
    try:
        yield
    except InputError as error:
        columns = {getattr(problem, "column", "") for problem in error.problems}
        if "geometry" in columns:
            error.add_note("On the command line: --empty leave-out goes on without empty shapes.")
        if columns & {"district", "name", "province", "province_name"}:
            error.add_note("On the command line: --column district=HEADER says which column is the code.")
        raise
