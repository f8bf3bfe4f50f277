"""The command classify: poverty classes or a need index by the rule of the plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geoplan.cli.arguments import (
    FORMATS,
    ExampleCommand,
    build,
    format_option,
    output_option,
    plan_options,
    read_given,
    view_options,
)
from geoplan.cli.printing import announce, close, format_of, put_sections, working
from geoplan.model.choices import DRAWS, SEED
from geoplan.model.errors import UsageError, show_number

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.model.money_view import MoneyView
    from geoplan.plan.classification_rules import ClassificationRule
    from geoplan.plan.plan_tables import Plan

_EXAMPLE = """the plan has no rule for classes: add one to its geoplan.toml, such as
[classification]
method = "index"
classes = [{ name = "very poor", districts = 3 }, { name = "poor" }]
[classification.indicators]
poverty_rate = { needier = "high", weight = 0.7 }
villages = { needier = "high", weight = 0.3 }"""


@click.command(
    short_help="Classify districts by need, by a rule of the plan.",
    cls=ExampleCommand,
    examples=[
        "classify my-province",
        "classify my-province -o profile.csv",
        "classify my-province --draws 10000 --seed 7 --format json",
    ],
)
@plan_options
@view_options("vintage")
@click.option("--draws", type=click.IntRange(min=1), metavar="N", default=DRAWS, show_default=True,
              help="How often weights and method are varied.")  # fmt: skip
@click.option("--seed", type=int, metavar="N", default=SEED, show_default=True, help="Seed of the draws; the same seed gives the same result.")  # fmt: skip
@format_option
@output_option
def classify(
    plan: Path | None,
    view: MoneyView,
    draws: int,
    seed: int,
    form: str | None,
    output: Path | None,
    **tables: Path | None,
) -> None:
    """Classify districts by the rule in [classification] of the plan file.

    For an index, weights are varied by 25 % and the method is varied too: the result shows how the rank of each
    district changes, and how often it is in its class. CSV contains the profile with the new classes, so that any
    plan can use it.
    """
    form = format_of(form, output, FORMATS)
    read = read_given(plan, tables, view, surroundings=False)
    rule = read.classification
    if rule is None:
        raise UsageError(_EXAMPLE)
    built = build(read)
    with working("classifying"):
        sections, notes = _classified(read, rule, draws, seed)
    if form == "csv":
        from geoplan.plan.need_scores import classified_profile

        sections = {"profile": classified_profile(read.profile, rule)}
    if form == "xlsx" and output is not None and rule.method == "index":
        _write_workbook(read, rule, sections, notes, output)
    else:
        put_sections(sections, notes, built, form, output)
    if output is not None:
        announce(output, read, built, view=view, draws=draws, seed=seed)
    close(built)


def _classified(
    read: Plan, rule: ClassificationRule, draws: int, seed: int
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables of the command classify, and the notes below them."""
    from geoplan.analysis.sturdiness import FLOOR, WEIGHT_CHANGE, describe_indicators, vary_weights
    from geoplan.plan.need_scores import classify_districts

    classified = classify_districts(read.profile, rule)
    names = read.districts.set_index("district")["name"]
    classified.insert(1, "name", classified["district"].map(names))
    if rule.method == "thresholds":
        indicators = describe_indicators(read.profile, rule).drop(columns=["weight", "effective_weight"])
        return {"districts": classified.drop(columns=["score", "rank"]), "indicators": indicators}, []
    classified = classified.sort_values(["rank", "district"], ignore_index=True)
    if rule.method == "ranks":
        indicators = describe_indicators(read.profile, rule)
        return {"districts": classified.drop(columns="score"), "indicators": indicators}, []
    found = vary_weights(read.profile, rule, draws=draws, seed=seed)
    spread = found.districts[["district", "median_rank", "rank_low", "rank_high", "in_class"]]
    note = (
        f"Sturdiness: {draws:,} draws with seed {seed}; each weight varied by up to {WEIGHT_CHANGE:.0%}, and one of "
        f"{len(found.variants)} methods: {'; '.join(found.variants)}"
    )
    if rule.floor is None:
        note += f" (floor {show_number(FLOOR)})"
    notes = [f"{note}. rank_low and rank_high are the 5th and 95th percentile of the ranks."]
    return {"districts": classified.merge(spread, on="district"), "indicators": found.indicators}, notes


def _write_workbook(
    read: Plan,
    rule: ClassificationRule,
    sections: dict[str, pd.DataFrame],
    notes: list[str],
    output: Path,
) -> None:
    """Write the index as a workbook with weights to edit."""
    from geoplan.outputs.report.weights_workbook import write_weights
    from geoplan.outputs.whole_files import replacing
    from geoplan.plan.need_scores import indicator_table, score_districts

    scored = score_districts(indicator_table(read.profile, rule), rule)
    districts = sections["districts"].set_index("district").loc[scored["district"]].reset_index()
    with replacing(output) as temporary:
        write_weights(temporary, sections["indicators"], scored, districts, rule, [*read.notes, *notes])
