"""The command clusters: whether districts with much or little money are neighbours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    format_option,
    measured_spread_option,
    output_to,
    plan_options,
    read_given,
    view_options,
)
from geoplan.cli.output_targets import is_page
from geoplan.cli.printing import announce, close, format_of, put_sections, say, working
from geoplan.model.choices import CLUSTER_MEASURES, PERMUTATIONS, SEED

if TYPE_CHECKING:
    from geoplan.analysis.clusters import Clusters
    from geoplan.ledger.entries import Ledger
    from geoplan.model.money_view import MoneyView
    from geoplan.plan.plan_tables import Plan


@click.command(
    short_help="Find clusters of rich, poor or unfunded districts.",
    cls=ExampleCommand,
    examples=[
        "clusters my-province",
        "clusters my-province --measure per_poor_person --kind budget -o clusters.html",
        "clusters my-province --smooth --seed 7 --format json",
    ],
)
@plan_options
@view_options("kind", "vintage", "convert")
@click.option(
    "--measure",
    type=click.Choice(CLUSTER_MEASURES),
    default="per_person",
    show_default=True,
    help="What may cluster.",
)
@click.option(
    "--reading",
    type=click.Choice(("certain", "expected")),
    default="certain",
    show_default=True,
    help="Count only money placed for sure, or also coarse money spread over districts.",
)
@measured_spread_option
@click.option(
    "--smooth",
    is_flag=True,
    help="Draw rates of small districts towards the mean of all (empirical Bayes).",
)
@click.option(
    "--permutations",
    type=click.IntRange(min=99),
    metavar="N",
    default=PERMUTATIONS,
    show_default=True,
    help="Permutations behind each p-value.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="N",
    default=SEED,
    show_default=True,
    help="Seed of the permutations; the same seed gives the same result.",
)
@format_option
@output_to("Write this file instead of printing; a map if it ends in .html.")
def clusters(
    plan: Path | None,
    view: MoneyView,
    measure: str,
    reading: str,
    spread: str | None,
    smooth: bool,
    permutations: int,
    seed: int,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Find districts that are like their neighbours, and districts that are poor and unfunded.

    Needs pip install "geoplan[spatial]". p-values are two-sided and corrected for the number of districts. A
    district is called interesting, not significant; with fewer than 30 districts there is no conclusion.
    """
    page = is_page(output) and form is None
    form = "table" if page else format_of(form, output, FORMATS)
    read = read_given(plan, tables, view, surroundings=page)
    built = build(read)
    with working("looking for clusters"):
        from geoplan.analysis.clusters import find_clusters

        found = find_clusters(
            built,
            measure=measure,
            reading=reading,
            spread=spread,
            smooth=smooth,
            permutations=permutations,
            seed=seed,
        )
    notes = [*found.sentences, *found.warnings]
    if page and output is not None:
        _write_page(read, built, found, output)
        for note in notes:
            say(note)
    else:
        put_sections({"districts": found.districts, "overall": found.overall}, notes, built, form, output)
    if output is not None:
        announce(output, read, built, view=view, measure=measure, reading=reading, spread=spread,
                 smooth=smooth or None, permutations=permutations, seed=seed)  # fmt: skip
    close(built)


def _write_page(read: Plan, built: Ledger, found: Clusters, output: Path) -> None:
    with working("drawing the map"):
        from geoplan.outputs.whole_files import write_text
        from geoplan.page import build_map, render_page
        from geoplan.page.cluster_layers import cluster_layers, cluster_measures

        map_ = build_map(
            read,
            ledger=built,
            measure="cluster",
            measures=cluster_measures(found),
            layers=cluster_layers(found, read.districts),
        )
        write_text(output, render_page(map_))
