"""Commands about files: init, check, layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    format_option,
    kind_option,
    output_option,
    plan_options,
    read_given,
)
from geoplan.cli.printing import emit, format_of, name_output, put_table, say
from geoplan.model.errors import UsageError

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan


@click.command(
    short_help="Write a plan folder to start from.",
    cls=ExampleCommand,
    examples=[
        "init my-province",
        "map my-province",
    ],
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def init(folder: Path) -> None:
    """Write a ready plan folder: a commented geoplan.toml, the five tables as CSV, boundary files.

    It holds the home case, Bolikhamxay; replace its tables by yours.
    """
    from geoplan.outputs.starter_folder import write_first_plan

    written = write_first_plan(folder)
    for path in written:
        name_output(path)
    say(f"a plan folder with {len(written)} files; next: geoplan map {folder}")


@click.command(
    short_help="Say what is wrong or doubtful, changing nothing.",
    cls=ExampleCommand,
    examples=[
        "check my-province",
        "check my-province --review my-province/review.csv",
    ],
)
@plan_options
@kind_option
@click.option(
    "--review",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write the names that fit no district, or several, to fill in and name in geoplan.toml.",
)
@click.option(
    "--left-out",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write the amounts of the plan's sources that it does not count, each with its reason.",
)
def check(
    plan: Path | None, kind: str | None, review: Path | None, left_out: Path | None, **tables: Path | None
) -> None:
    """Read and check everything, and say what would be lost from sight or is doubtful."""
    import pandas as pd

    from geoplan.ledger.warnings import find_warnings
    from geoplan.outputs.text_tables import closing_lines

    read = read_given(plan, tables, kind)
    ledger = build(read)
    doubts = find_warnings(read, ledger)
    counted = "no warnings" if not doubts else f"{len(doubts)} warning{'s' if len(doubts) > 1 else ''}:"
    emit(f"No errors, {counted}\n")
    for doubt in doubts:
        emit(f"- {doubt}\n")
    emit(f"\n{_contents(read)}\n")
    for line in closing_lines(ledger):
        emit(f"{line}\n")
    if left_out is not None:
        from geoplan.outputs.text_tables import write_csv
        from geoplan.outputs.whole_files import write_text
        from geoplan.sources.origins import LEFT_OUT

        listed = pd.DataFrame(columns=[*LEFT_OUT]) if read.left_out is None else read.left_out
        write_text(left_out, write_csv(listed))
        say(f"{len(listed)} amounts that are not counted in {left_out}")
    if review is not None:
        from geoplan.ledger.name_review import names_to_review
        from geoplan.outputs.text_tables import write_csv
        from geoplan.outputs.whole_files import write_text

        names = names_to_review(read)
        write_text(review, write_csv(names))
        say(
            f'{len(names)} names in {review}: fill in the column district, then set [locations] review = "{review.name}"'
        )


def _contents(read: Plan) -> str:
    """Say how many rows each table of a plan has."""
    counts = {
        "districts": read.districts,
        "projects": read.projects,
        "locations": read.locations,
        "amounts": read.spending,
    }
    return f"{read.title}: " + ", ".join(f"{len(frame):,} {name}" for name, frame in counts.items())


@click.command(
    short_help="List the layers of a vector file, or the sheets of a workbook.",
    cls=ExampleCommand,
    examples=[
        "layers my-province/boundaries/bolikhamxay_2019.geojson",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@output_option
def layers(file: Path, form: str | None, output: Path | None) -> None:
    """List what a file holds: layers or sheets, geometry, number of features, CRS, columns."""
    from geoplan.sources.layer_list import list_layers

    if not file.exists():
        raise UsageError(f"file not found: {file}")
    put_table(list_layers(file), format_of(form, output, FORMATS), output)
