"""What the measuring commands share: formats of several tables, and printing or writing them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.printing import put, table_text

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.ledger.entries import Ledger

FORMATS = ("table", "csv", "json", "md", "xlsx")

format_option = click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Default: by the ending of FILE, else table."
)


def listed(names: str | None) -> list[str]:
    """Return names that stand with commas between."""
    return [name.strip() for name in (names or "").split(",") if name.strip()]


def emit(
    sections: Mapping[str, pd.DataFrame],
    notes: list[str],
    built: Ledger,
    form: str,
    output: Path | None,
    language: str = "en",
) -> None:
    """Print or write tables: all of them, or for CSV the first."""
    from geoplan.outputs import sections as written

    if form == "json":
        put(written.sections_json(sections, built), output)
    elif form == "csv":
        put(written.first_csv(sections, built), output)
    elif form == "xlsx" and output is not None:
        from geoplan.outputs.whole_files import replacing

        with replacing(output) as temporary:
            written.write_sections(temporary, sections, notes, built, language)
    elif form == "md":
        put(written.sections_markdown(sections, notes, built, language), output)
    else:
        put(written.sections_text(sections, notes, built, table_text, language), output)
