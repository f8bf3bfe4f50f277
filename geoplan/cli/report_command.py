"""The command report: a workbook, a page with charts, or a folder of charts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import (
    ExampleCommand,
    build,
    language_option,
    measured_spread_option,
    output_to,
    plan_name,
    plan_options,
    read_given,
    view_options,
)
from geoplan.cli.printing import announce, close, say, working
from geoplan.model.errors import UsageError

if TYPE_CHECKING:
    from geoplan.model.money_view import MoneyView
    from geoplan.outputs.report.charts import Chart
    from geoplan.outputs.report.contents import Findings


@click.command(
    short_help="Write a report to share: a workbook, page, PDF or Word file.",
    cls=ExampleCommand,
    examples=[
        "report my-province -o my-province.xlsx",
        "report my-province --language fr -o rapport.html",
        "report my-province --one-page -o summary.pdf",
        "report my-province --kind budget --spread poor -o charts/",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@measured_spread_option
@click.option(
    "--paid",
    type=click.Choice(("disbursement", "expenditure", "both")),
    help="Which kind counts as paid, if the plan has both; both adds them up.",
)
@click.option(
    "--one-page",
    is_flag=True,
    help="Only a summary that prints on one page (.html or .pdf).",
)
@language_option
@output_to(
    "A .xlsx workbook, a .html page with charts, the same as .pdf (uses Chromium) or .docx, or a folder for the "
    "charts as SVG and their tables as CSV [default: NAME-report.xlsx]."
)
def report(
    plan: Path | None,
    view: MoneyView,
    spread: str | None,
    paid: str | None,
    one_page: bool,
    language: str,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Write a report to share: who funds what and where, poverty, planned against paid, and unplaced money.

    Page, PDF and SVG charts need an extra: pip install "geoplan[charts]", a .docx another: "geoplan[word]". The
    workbook has its own charts.
    """
    target = output or Path(f"{plan_name(plan, tables)}-{'summary.html' if one_page else 'report.xlsx'}")
    form = _form_of(target)
    if one_page and form not in ("html", "pdf"):
        raise UsageError(
            f"--one-page writes a page: name it {target.with_suffix('.html').name} or {target.with_suffix('.pdf').name}"
        )
    whole = read_given(plan, tables, replace(view, kind=None), without_money=view.kind is None)
    if not whole.has_money:
        from geoplan.outputs.count_tables import write_counts

        if form != "xlsx":
            raise UsageError(
                f"the report of a plan without money is a workbook: name it {target.with_suffix('.xlsx')}"
            )
        write_counts(whole, target)
        announce(target, whole, build(whole), view=view)
        return
    read = whole if view.kind is None else whole.only(view.kind)
    built = build(read)
    with working("writing the report"):
        from geoplan.outputs.report.contents import gather_findings

        _check_extras(form, one_page)
        found = gather_findings(read, built, whole=whole, language=language, spread=spread, paid=paid)
        written = _write(found, form, target, one_page)
    for path in written:
        announce(path, read, built, view=view, spread=spread, paid=paid,
                 one_page=one_page, language=language)  # fmt: skip
    close(built)


def _form_of(target: Path) -> str:
    """Return the format that the name of the target means: xlsx, html or folder."""
    suffix = target.suffix.lower()
    if target.is_dir() or not suffix:
        return "folder"
    form = {".htm": "html"}.get(suffix, suffix.removeprefix("."))
    if form in ("xlsx", "html", "pdf", "docx"):
        return form
    raise UsageError(
        f"cannot write a report as {target.name}: end it in .xlsx, .html, .pdf or .docx, or name a folder for charts"
    )


def _check_extras(form: str, one_page: bool) -> None:
    """Raise `UsageError`, before any work, if what the report needs is not installed."""
    if form == "docx":
        from geoplan.outputs.report.word_report import check_word

        check_word()
    elif form != "xlsx" and not one_page:
        from geoplan.outputs.report.charts import check_charting

        check_charting()
    if form == "pdf":
        from geoplan.outputs.browser_pictures import find_browser

        find_browser()


def _write(found: Findings, form: str, target: Path, one_page: bool) -> list[Path]:
    from geoplan.outputs.whole_files import replacing, write_text

    if form == "xlsx":
        from geoplan.outputs.report.book import write_book

        with replacing(target) as temporary:
            write_book(temporary, found)
        return [target]
    if form == "docx":
        from geoplan.outputs.report.word_report import write_word

        with replacing(target) as temporary:
            write_word(temporary, found)
        return [target]
    if form in ("html", "pdf"):
        from geoplan.outputs.report.html_report import render_report

        page = render_report(found, one_page=one_page)
        if form == "html":
            write_text(target, page)
        else:
            from geoplan.outputs.browser_pictures import print_pdf

            print_pdf(page, target, language=found.words.language)
        return [target]
    from geoplan.outputs.report.charts import draw_charts

    charts = draw_charts(found)
    if not charts:
        raise UsageError("there is no money to draw: write the report as .xlsx, .html, .pdf or .docx")
    return [path for chart in charts for path in _write_chart(chart, target)]


def _write_chart(chart: Chart, folder: Path) -> list[Path]:
    from geoplan.outputs.report.charts import write_picture
    from geoplan.outputs.text_tables import write_csv
    from geoplan.outputs.whole_files import write_text

    table = folder / f"{chart.name}.csv"
    write_text(table, write_csv(chart.table))
    if not chart.svg:
        say(f"{chart.title}: {chart.about}")
        return [table]
    picture = folder / f"{chart.name}.svg"
    write_picture(picture, chart)
    return [picture, table]
