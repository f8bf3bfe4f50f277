"""The command export: tables for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import ExampleCommand, build, output_to, plan_options, read_given, view_options
from geoplan.cli.printing import announce, close, name_output, say, working
from geoplan.model.errors import UsageError

if TYPE_CHECKING:
    from geoplan.model.money_view import MoneyView

_TABLES = ("districts", "locations", "projects", "profile", "spending", "ledger", "funders")
"""As `geoplan.outputs.exports.written_tables.WRITTEN`, which is not imported here: it needs pandas."""


@click.command(
    short_help="Write the plan for other programs: QGIS, Excel, IATI and more.",
    cls=ExampleCommand,
    examples=[
        "export my-province -o my-province.gpkg",
        "export my-province --table locations -o sites.geojson",
        "export my-province -o activities.xml --reporting-org LU-MFA --country LA",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option(
    "--table",
    type=click.Choice(_TABLES),
    help="Table to write [default: all in .gpkg and .xlsx, ledger in .csv, else districts].",
)
@click.option("--reporting-org", metavar="REF", help="IATI: identifier of the publishing organisation.")
@click.option("--reporting-name", metavar="NAME", help="IATI: name of that organisation.")
@click.option("--country", metavar="CODE", help="IATI: recipient country (ISO 3166-1), such as LA.")
@click.option(
    "--language",
    metavar="CODE",
    help="IATI: language of titles (ISO 639-1) [default: en].",
)
@output_to("A .gpkg, .parquet, .geojson, .fgb, .csv, .xlsx or .xml (IATI 2.03) file.", required=True)
def export(
    plan: Path | None,
    view: MoneyView,
    table: str | None,
    reporting_org: str | None,
    reporting_name: str | None,
    country: str | None,
    language: str | None,
    output: Path,
    **tables: Path | None,
) -> None:
    """Write districts with their measures, locations and the ledger for other programs."""
    from geoplan.outputs.exports import chosen_tables, export_plan
    from geoplan.outputs.exports.iati_file import DRAFT, Publisher
    from geoplan.outputs.exports.losses import left_out

    names = chosen_tables(output, table)
    only_iati = {
        "--reporting-org": reporting_org,
        "--reporting-name": reporting_name,
        "--country": country,
        "--language": language,
    }
    _refuse_for_others(output, only_iati)
    publisher = Publisher(
        reporting_org or DRAFT, reporting_name or "", (country or "").upper(), (language or "en").lower()
    )
    read = read_given(plan, tables, view, without_money=True)
    built = build(read)
    if not read.has_money:
        from geoplan.outputs.count_tables import write_counts

        if table is not None:
            raise UsageError("--table needs amounts, and the plan has none: omit it")
        write_counts(read, output)
        announce(output, read, built, view=view)
        return
    with working("writing the export"):
        written = export_plan(read, output, ledger=built, table=table, publisher=publisher)
    announce(output, read, built, view=view, table=table)
    for more in written[1:]:
        name_output(more)
    for sentence in left_out(read, output, names, publisher):
        say(f"note: {sentence}")
    close(built)


def _refuse_for_others(output: Path, given: dict[str, str | None]) -> None:
    """Refuse options for IATI files with any other format."""
    if output.suffix.lower() == ".xml":
        return
    idle = [name for name, value in given.items() if value is not None]
    if idle:
        raise UsageError(f"{', '.join(idle)} only applies to IATI output: omit it, or end the output in .xml")
