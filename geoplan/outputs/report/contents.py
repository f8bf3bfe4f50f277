"""Findings: the tables of a report, shared by its workbook, page and charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.analysis.coordination import UNKNOWN, describe_funders, describe_presence, describe_sectors
from geoplan.analysis.equity import (
    EquityDescription,
    choose_spread,
    describe_equity,
    measure_equity,
    trace_curve,
)
from geoplan.analysis.equity.description import beside
from geoplan.analysis.gaps import rank_gaps
from geoplan.analysis.planned_vs_paid import choose_kinds, compare_kinds, cumulate_months, summarize_execution
from geoplan.analysis.rates import add_rates
from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.crosstab import cross_amounts
from geoplan.ledger.district_figures import list_figure_years
from geoplan.ledger.entries import Ledger, Reconciliation, build_ledger, list_entries, reconcile
from geoplan.ledger.entry_rows import known_provinces, written_rules
from geoplan.ledger.summary import summarize
from geoplan.ledger.translated_headings import translate_headings
from geoplan.model.money import from_minor, minor_digits
from geoplan.model.schema import BUCKETS, DISTRICT, NOT_STATED, SOURCE_FILE, SOURCE_ROW
from geoplan.outputs.report.poverty_matrix import cross_districts
from geoplan.outputs.report.presence_table import lay_out_presence
from geoplan.outputs.sections import with_money
from geoplan.outputs.text_tables import several_kinds
from geoplan.plan.project_links import find_link_columns
from geoplan.plan.translations import district_names, translate_frame
from geoplan.text.languages import Catalogue, read_catalogue

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

MOST_PROJECTS = 50
"""Projects in the list of the largest, in each currency."""


@dataclass(frozen=True)
class Findings:
    """The contents of a report: tables with amounts as Decimal in currency units.

    Parameters
    ----------
    words : Catalogue
        Texts of the report in its language.
    plan : Plan
        With one kind of money.
    ledger : Ledger
        The plan's.
    spread : str
        How coarse money is spread for expected amounts.
    planned, paid : str
        Kinds that count as planned and paid money; empty if none is recorded.
    districts, components, funders, sectors, projects, years, months, curve, unplaced, reconciliation, entries : DataFrame
    execution : DataFrame
        Planned and paid over the years that have both.
    funder_places, sector_places : DataFrame
        Districts and buckets by the largest funders and sectors.
    heads : mapping of str to str
        Headers of the columns of these names.
    crossing : DataFrame
        Districts by money per person and poverty.
    reasons : DataFrame
        The money without a district by bucket, with the reason and the largest projects.
    equity : EquityDescription
    measures : DataFrame
        Measures of equity, with a column for each reading, and sentences.
    """

    words: Catalogue
    plan: Plan
    ledger: Ledger
    spread: str
    planned: str
    paid: str
    districts: pd.DataFrame
    components: pd.DataFrame
    funders: pd.DataFrame
    sectors: pd.DataFrame
    funder_places: pd.DataFrame
    sector_places: pd.DataFrame
    heads: Mapping[str, str]
    crossing: pd.DataFrame
    projects: pd.DataFrame
    years: pd.DataFrame
    execution: pd.DataFrame
    months: pd.DataFrame
    curve: pd.DataFrame
    equity: EquityDescription
    measures: pd.DataFrame
    unplaced: pd.DataFrame
    reasons: pd.DataFrame
    reconciliation: pd.DataFrame
    entries: pd.DataFrame


def gather_findings(
    plan: Plan,
    ledger: Ledger,
    *,
    whole: Plan | None = None,
    language: str = "en",
    spread: str | None = None,
    paid: str | None = None,
) -> Findings:
    """Build the tables of a report.

    Parameters
    ----------
    plan : Plan
        With one kind of money.
    ledger : Ledger
        The plan's.
    whole : Plan, optional
        The plan with all kinds of money, to compare planned with paid.
    language : str
        en, fr or lo.
    spread, paid : str, optional
        As for `geoplan.analysis.equity.measure_equity` and `geoplan.analysis.planned_vs_paid.compare_kinds`.

    Raises
    ------
    UsageError
        ``plan`` has several kinds of money, or ``whole`` has disbursements and expenditures and ``paid`` is missing.
    """
    words = read_catalogue("geoplan.outputs.report", language)
    measured = measure_equity(ledger, spread=spread)
    spread = spread or choose_spread(ledger)
    said = describe_equity(measured, language)
    every = ledger if whole is None or whole is plan else build_ledger(whole)
    planned, pays = choose_kinds(every, paid=paid)
    say = partial(translate_frame, plan=plan, language=language)
    said_plan, said_ledger = translate_headings(plan, ledger, language)
    presence = describe_presence(ledger)
    funder_places, funder_heads = lay_out_presence(plan, ledger, presence, "funder", words, language)
    sector_places, sector_heads = lay_out_presence(plan, ledger, presence, "sector", words, language)
    years = compare_kinds(every, "year", paid=paid)
    unplaced = say(_unplaced(plan, ledger, words))
    return Findings(
        words=words,
        plan=said_plan,
        ledger=said_ledger,
        spread=said.verdicts["spread"].iloc[0] if len(said.verdicts) else spread,
        planned=planned,
        paid=pays,
        districts=say(_districts(plan, ledger, spread, language)),
        components=say(_with_share(cross_amounts(ledger, "component", "place"))),
        funders=say(_told(describe_funders(ledger), words)),
        sectors=say(_told(describe_sectors(ledger), words)),
        funder_places=funder_places,
        sector_places=sector_places,
        heads=funder_heads | sector_heads,
        crossing=cross_districts(plan, ledger, language),
        projects=say(_largest_projects(plan, ledger)),
        years=_years(years),
        execution=summarize_execution(years),
        months=_months(whole or plan, every),
        curve=trace_curve(ledger, spread=spread),
        equity=said,
        measures=_measures(said),
        unplaced=unplaced,
        reasons=_reasons(unplaced, ledger, words),
        reconciliation=_reconciliation(ledger, words),
        entries=say(_entries(ledger)),
    )


def _districts(plan: Plan, ledger: Ledger, spread: str, language: str) -> pd.DataFrame:
    """Return each district with its figures, its three readings, rates and gap."""
    rows = add_rates(summarize(ledger), ledger)
    bounds = bound_amounts(ledger, spread=spread)
    rows = rows.drop(columns="amount").merge(
        bounds[["district", "currency", "certain", "expected", "at_most"]], on=["district", "currency"]
    )
    figures = ["population", "poor", "profile_year"]
    gaps = rank_gaps(ledger, spread=spread)[["district", "currency", *figures, "gap"]]
    described = ledger.districts.set_index("district")
    rows = rows.merge(gaps, on=["district", "currency"], how="left")
    rows["name"] = rows["district"].map(district_names(plan, language))
    rows["province_name"] = rows["district"].map(described["province_name"])
    rows = with_money(
        rows, ("certain", "expected", "at_most", "per_person", "per_poor_person", "per_km2", "gap")
    )
    columns = ["district", "name", "province_name", "poverty_class", *figures, "currency", "certain",
               "expected", "at_most", "share", "per_person", "per_poor_person", "per_km2", "gap"]  # fmt: skip
    return rows[columns]


def _with_share(table: pd.DataFrame) -> pd.DataFrame:
    total = table.groupby("currency")["total"].transform("sum").astype(float)
    return table.assign(share=table["total"].astype(float) / total.where(total > 0))


def _told(rows: pd.DataFrame, words: Catalogue) -> pd.DataFrame:
    """Return funders or sectors without exact minor units, with what is not stated in words and partners last."""
    topic = rows.columns[0]
    partners = rows["partners"].replace("", None)
    rows = rows.drop(columns=["alone_minor", "jointly_up_to_minor", "partners"]).assign(partners=partners)
    if (rows["jointly_up_to"] == 0).all():
        rows = rows.drop(columns="jointly_up_to")
    return rows.assign(**{topic: rows[topic].replace(UNKNOWN, words.say("column.not stated"))})


def _largest_projects(plan: Plan, ledger: Ledger) -> pd.DataFrame:
    """Return the projects with most money in each currency, the largest first, with title and sector."""
    rows = _with_share(cross_amounts(ledger, "project", "place"))
    rows = rows.sort_values(["currency", "total", "project"], ascending=[True, False, True])
    rows = rows.groupby("currency", sort=False).head(MOST_PROJECTS).reset_index(drop=True)
    about = plan.projects.set_index("project")
    for at, name in enumerate(("title", "sector"), start=1):
        rows.insert(at, name, rows["project"].map(about[name].to_dict()))
    links = [name for name in find_link_columns(plan.projects) if name not in rows]
    return rows.assign(**{name: rows["project"].map(about[name].to_dict()) for name in links})


def _years(rows: pd.DataFrame) -> pd.DataFrame:
    amounts = ("budget", "commitment", "disbursement", "expenditure", "planned", "paid", "deviation",
               "planned_so_far", "paid_so_far")  # fmt: skip
    rows = with_money(rows, amounts)
    columns = ["year", "currency", *amounts[:4], "planned", "paid", "execution_rate", "deviation",
               "predictability", "planned_so_far", "paid_so_far", "execution_so_far"]  # fmt: skip
    # Kinds without records are left out. Planned and paid stay, because their absence is information.
    unused = [name for name in amounts[:4] if rows[name].isna().all()]
    return rows[columns].drop(columns=unused)


def _months(plan: Plan, ledger: Ledger) -> pd.DataFrame:
    rows = with_money(cumulate_months(ledger), ("amount", "so_far"))
    return rows.drop(columns=["amount_minor", "so_far_minor"])


def _measures(said: EquityDescription) -> pd.DataFrame:
    certain = said.measures[said.measures["reading"] == "certain"]
    keys = ["currency", "measure"]
    words = certain[[*keys, "sentence", "needs", "obstacle", "left_out"]]
    rows = beside(said.measures, []).merge(words, on=keys)
    return rows.assign(measure=rows["label"]).drop(columns="label")


def _unplaced(plan: Plan, ledger: Ledger, words: Catalogue) -> pd.DataFrame:
    """Return the money that is in no district, by bucket, project, component, funder and year."""
    keys = ["place", "province_name", "project", "component", "funder", "year", "currency", "rule"]
    rows = ledger.entries[(ledger.entries["place"] != DISTRICT).to_numpy()]
    provinces = known_provinces(rows, ledger.districts).replace(_province_names(ledger))
    rows = rows.assign(rule=written_rules(rows), province_name=provinces)
    rows = rows[[*keys, "amount_minor"]].astype({name: object for name in keys if name != "year"})
    sums = rows.groupby(keys, sort=True)["amount_minor"].sum().reset_index()
    order = {name: at for at, name in enumerate(BUCKETS)}
    sums = sums.sort_values(["place", *keys[1:]], key=lambda column: column.map(order) if column.name == "place" else column,
                            ignore_index=True)  # fmt: skip
    titles = plan.projects.set_index("project")["title"]
    sums.insert(2, "title", sums["project"].map(titles))
    sums.insert(1, "reason", [words.say(f"why.{place}") for place in sums["place"]])
    sums["place"] = [words.say(f"place.{place}") for place in sums["place"]]
    return _decimals(sums)


def _province_names(ledger: Ledger) -> dict[str, str]:
    """Return the name of each province by its code, where the layer states both."""
    both = ledger.districts[["province", "province_name"]].dropna()
    return dict(zip(both["province"], both["province_name"], strict=True))


def _reasons(unplaced: pd.DataFrame, ledger: Ledger, words: Catalogue) -> pd.DataFrame:
    """Return the money without a district by currency and bucket: why, its share, and its largest projects."""
    given = {sums.currency: sums.input_total for sums in reconcile(ledger)}
    rows: list[dict[str, Any]] = []
    for (currency, place), part in unplaced.groupby(["currency", "place"], sort=False):
        amount = sum(part["amount"], Decimal(0))
        titles = part["title"].where(part["title"].notna(), part["project"])
        largest = (
            part.assign(title=titles)
            .groupby("title")["amount"]
            .sum()
            .sort_values(ascending=False, kind="stable")
        )
        rows.append(
            {
                "currency": currency,
                "place": place,
                "reason": part["reason"].iloc[0],
                "projects": part["project"].nunique(),
                "amount": amount,
                "share": float(amount / given[str(currency)]) if given[str(currency)] else None,
                "largest": "; ".join(str(title) for title in largest.index[:3]),
            }
        )
    columns = ["place", "reason", "projects", "currency", "amount", "share", "largest"]
    return pd.DataFrame(rows, columns=columns).sort_values("currency", kind="stable", ignore_index=True)


def _decimals(rows: pd.DataFrame) -> pd.DataFrame:
    cells = [from_minor(int(minor), minor_digits(currency))
             for minor, currency in zip(rows["amount_minor"], rows["currency"], strict=True)]  # fmt: skip
    return rows.assign(amount=pd.Series(cells, rows.index, dtype=object))


def _reconciliation(ledger: Ledger, words: Catalogue) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for sums in reconcile(ledger):
        buckets: dict[str, Decimal] = {words.say(f"place.{name}"): sums.buckets[name] for name in BUCKETS}
        rows.append(
            {
                "currency": sums.currency,
                **({"kind": sums.kind} if several_kinds(ledger) else {}),
                "given": sums.input_total,
                "rounding": sums.rounding,
                "in_districts": sums.in_districts,
                **buckets,
                "placed": sums.placed_total,
                "difference": sums.difference,
                "balances": words.say("yes" if sums.balances else "no"),
            }
        )
    return pd.DataFrame(rows)


def _entries(ledger: Ledger) -> pd.DataFrame:
    entries = list_entries(ledger)
    for name in (SOURCE_FILE, SOURCE_ROW):
        if name in ledger.entries:
            entries[name] = ledger.entries[name].astype(object)
    for name in ("component", "funder", "location"):
        entries[name] = entries[name].replace(NOT_STATED, None)
    return entries


def closing_words(found: Findings) -> list[str]:
    """Return the lines that every output of a ledger has, in the language of the report."""
    words = found.words
    lines = []
    for sums in reconcile(found.ledger):
        parts = [
            words.say("in_place", amount=_show(words, sums.in_districts), place=words.say("place.district"))
        ]
        parts += [words.say("in_place", amount=_show(words, amount), place=words.say(f"place.{name}"))
                  for name, amount in sums.buckets.items() if amount]  # fmt: skip
        if sums.rounding:
            parts.append(words.say("given.rounding", amount=_show(words, sums.rounding)))
        verdict = words.say("balanced" if sums.balances else "not balanced")
        lines.append(
            words.say("given", currency=_name_money(found.ledger, sums), amount=_show(words, sums.input_total),
                      parts=" + ".join(parts), difference=_show(words, sums.difference), verdict=verdict)
        )  # fmt: skip
    lines += found.ledger.notes
    if found.ledger.illustrative:
        lines.append(words.say("illustrative", text=found.ledger.illustrative))
    return lines


def _name_money(ledger: Ledger, sums: Reconciliation) -> str:
    """Return the currency, with the kind of money if the ledger has several kinds."""
    return f"{sums.currency} ({sums.kind})" if several_kinds(ledger) else sums.currency


def _show(words: Catalogue, amount: Decimal) -> str:
    exponent = amount.as_tuple().exponent
    return words.decimal(amount, -exponent if isinstance(exponent, int) else 0)


def say_figure_years(found: Findings) -> list[str]:
    """Say which year the figures of people are of, in the language of the report; nothing if there are none."""
    words = found.words
    name = words.say("column.name")
    more = name if words.language == "lo" else f"{name}s"  # Lao has no plural
    years = list_figure_years(found.ledger.districts, name, more)
    return [words.say("figure_years", years=years)] if years else []


def opening_words(found: Findings) -> list[str]:
    """Describe the report: kind of money, vintage, how money was spread, and the verdict."""
    words = found.words
    kinds = sorted(str(kind) for kind in found.ledger.entries["kind"].unique())
    lines = [words.say("kind", kind=", ".join(words.say(f"kind.{kind}") for kind in kinds))]
    if found.plan.vintage:
        lines.append(words.say("vintage", vintage=found.plan.vintage))
    lines += say_figure_years(found)
    lines += [words.say("verdict", sentence=text) for text in found.equity.verdicts["sentence"] if text]
    lines += [words.say("expected", spread=found.spread), words.say("at_most"), words.say("missing")]
    return lines
