"""Measures and classes as the page's script works them out, against mapclassify and the library."""

from dataclasses import replace

import numpy as np
import pytest

from geoplan.analysis.bivariate import OTHER_CROSSING
from geoplan.analysis.class_breaks import class_breaks
from geoplan.ledger.bounds import bound_amounts
from geoplan.ledger.entries import build_ledger
from geoplan.ledger.summary import summarize
from geoplan.model.choices import LANGUAGES
from geoplan.page import build_map, render_page
from geoplan.page.catalogues import read_catalogues
from geoplan.page.page_data import MEASURES
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from .conftest import choose


@pytest.fixture(scope="module")
def script(browser, small_html):
    """The page's own functions: one browser page for all calls."""
    page = browser.new_page()
    page.set_content(small_html)
    page.wait_for_selector("html[data-ready=yes]")
    yield page
    page.close()


def breaks_of(script, values, count, method):
    return script.evaluate(
        "([values, count, method]) => geoplan.classBreaks(values, count, method)",
        [[float(value) for value in values], count, method],
    )


def classes_of(values, breaks):
    return np.searchsorted(breaks, values, side="right")


def dense(classes):
    """Number classes anew, so that those without a value do not count."""
    return np.unique(classes, return_inverse=True)[1]


def apart(values):
    """Keep neighbours 2 % apart: classes never end in a smaller gap."""
    found = np.sort(values)
    for at in range(1, len(found)):
        found[at] = max(found[at], 1.02 * found[at - 1])
    return found


RANDOM = np.random.default_rng(7)
DENSE = {
    "skewed": RANDOM.lognormal(10, 1.5, 148),
    "even": RANDOM.uniform(1, 1000, 75),
    "few": RANDOM.lognormal(3, 1, 22),
    "with equal values": np.round(RANDOM.lognormal(2, 0.7, 60), 0) + 1,
    "large": RANDOM.uniform(1e12, 1e13, 40),
    "many": RANDOM.lognormal(5, 2, 1000),
}
CASES = {name: values if name == "with equal values" else apart(values) for name, values in DENSE.items()}


@pytest.mark.parametrize("case", DENSE)
def test_the_vector_picture_has_the_classes_that_the_page_opens_with(script, case):
    assert class_breaks(DENSE[case]) == breaks_of(script, DENSE[case], 5, "quantiles")
    assert class_breaks(DENSE[case][:9]) == breaks_of(script, DENSE[case][:9], 5, "fisher")


@pytest.mark.parametrize("count", [3, 5, 7])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("method", ["quantiles", "fisher", "equal", "pretty"])
@pytest.mark.filterwarnings("ignore:Not enough unique values")
@pytest.mark.filterwarnings("ignore:Numba not installed")
def test_classes_are_those_of_mapclassify(script, method, case, count):
    import mapclassify

    values = CASES[case]
    breaks = breaks_of(script, values, count, method)
    classify = {
        "quantiles": mapclassify.Quantiles,
        "fisher": mapclassify.FisherJenks,
        "equal": mapclassify.EqualInterval,
        "pretty": mapclassify.PrettyBreaks,
    }[method]
    theirs = classify(values, count)
    if method in ("equal", "pretty"):
        # The same bounds; a value on one is in the upper class here, in the lower one there.
        bounds = [bound for bound in theirs.bins if values.min() < bound < values.max()]
        assert breaks == pytest.approx(bounds, rel=1e-9)
    elif method == "fisher" and case == "with equal values":
        # Several partitions may be equally good.
        assert spread_within(values, classes_of(values, breaks)) == pytest.approx(
            spread_within(values, theirs.yb), rel=1e-9
        )
    else:
        assert dense(classes_of(values, breaks)).tolist() == dense(theirs.yb).tolist()


def spread_within(values, classes):
    return sum(
        ((values[classes == at] - values[classes == at].mean()) ** 2).sum() for at in np.unique(classes)
    )


@pytest.mark.parametrize("method", ["quantiles", "fisher", "equal", "pretty"])
@pytest.mark.parametrize(
    ("values", "most"),
    [
        ([], 1),
        ([0, 0, -3], 1),
        ([5], 1),
        ([5, 5, 5], 1),
        ([1, 2], 2),
        ([1, 1, 1, 9], 3),
        ([0, 1e-9, 1e13], 3),
    ],
)
def test_few_values_make_few_classes_and_no_class_is_repeated(script, method, values, most):
    breaks = breaks_of(script, values, 7, method)
    assert breaks == sorted(set(breaks))
    assert len(breaks) < most or (method == "pretty" and len(breaks) < 7)
    assert all(np.isfinite(breaks))


def coarse_plan(toys, figures):
    districts = [
        {**square, "province": "W" if at < 2 else "E", "province_name": "West" if at < 2 else "East"}
        for at, square in enumerate(toys.squares(4))
    ]
    locations = [
        {"project": "P", "geometry": toys.Point(0.5, 0.5)},
        {"project": "Q", "geometry": toys.Point(0.5, 0.5), "precision": 4},
        {"project": "R", "precision": 8},
        {"project": "S", "geometry": toys.Point(50, 50)},
    ]
    rows = [toys.amount(name, cents) for name, cents in (("P", 100), ("Q", 1001), ("R", 30007), ("S", 5))]
    rows += [toys.amount("Q", -77, kind="budget", year=2011), toys.amount("T", 10**12 + 1)]
    profile = [
        {"district": f"D{at}", "year": 2010, "population": population, "poor": poor}
        for at, (population, poor) in enumerate(figures)
    ]
    projects = [{"project": name} for name in "PQRST"]
    return toys.plan_of(districts, projects, locations, rows, profile)


FIGURES = [(1000, 7), (333, 11), (77, 13), (12345, 999)]


def test_expected_is_what_bounds_says_to_the_cent(open_page, toys):
    plan = coarse_plan(toys, FIGURES)
    ledger = build_ledger(plan)
    opened = open_page(
        render_page(build_map(plan, ledger=ledger, measure="expected")), address="#spread=poor"
    )
    assert opened.page.input_value("#choose-spread") == "poor"
    for spread in ("even", "area", "population", "poor"):
        bounds = bound_amounts(ledger, spread=spread).sort_values("district")
        choose(opened.page, "#choose-spread", spread)
        sums = opened.page.evaluate(
            "Object.entries(geoplan.page.sums).map(([name, all]) => [name, Array.from(all, Number)])"
        )
        found = dict(sums)
        assert found["expected"] == bounds["expected_minor"].tolist()
        assert found["atMost"] == bounds["at_most_minor"].tolist()
        words = read_catalogues()["en"][f"spread.{spread}"]
        assert f"placed here, plus money without a known district, spread {words}" in opened.text("#legend")
    opened.check()


@pytest.mark.parametrize("province", ["E", "Z"])
def test_readings_with_approximate_names_are_what_the_library_says_to_the_cent(open_page, toys, province):
    """Names nearly right, refunds, money of a province with one district, and money of unknown place."""
    names = ["Almora", "Bethany", "Corinth", "Delphinium"]
    districts = [
        {**square, "name": name, "province": "E" if at == 3 else "W", "province_name": "East" if at == 3 else "West"}
        for at, (square, name) in enumerate(zip(toys.squares(4), names, strict=True))
    ]  # fmt: skip
    given = [("P", "Almora"), ("Q", "Almorra"), ("R", "Almorra"), ("S", "Bethanny")]
    locations = [{"project": project, "name": name, "province": "West"} for project, name in given]
    locations += [{"project": "T", "precision": 4, "province": place} for place in ("East", "West")]
    locations += [{"project": "U", "precision": 4, "province": "East"}, {"project": "V", "precision": 8}]
    locations = [{"location": str(at), **location} for at, location in enumerate(locations)]
    cents = [("P", 100_01), ("Q", 70_05), ("Q", -20_01), ("R", -8_03), ("S", 5_07), ("T", 33_33), ("U", -4_01), ("V", -9)]  # fmt: skip
    plan = toys.plan_of(
        districts,
        [{"project": name} for name in "PQRSTUV"],
        locations,
        [toys.amount(*row, year=2010 + at) for at, row in enumerate(cents)],
    )
    ledger = build_ledger(plan)
    # Money of the province Z, which has no district, could be in none.
    provinces = ledger.entries["province"].astype(object).replace({"E": province}).astype("category")
    ledger = replace(ledger, entries=ledger.entries.assign(province=provinces))
    bounds = bound_amounts(ledger, spread="even").sort_values("district")
    placed = bounds["certain_minor"] != summarize(ledger)["amount_minor"]
    assert placed.sum() == 4  # each district has some doubt
    opened = open_page(render_page(build_map(plan, ledger=ledger, measure="certain")), address="#spread=even")
    found = opened.page.evaluate(
        "['certain', 'expected', 'atMost'].map((name) => geoplan.page.sums[name].map(Number))"
    )
    assert found == [bounds[f"{name}_minor"].tolist() for name in ("certain", "expected", "at_most")]
    assert opened.page.evaluate("geoplan.page.classes.values") == bounds["certain"].astype(float).tolist()
    # Bars have the scale of what is known, not of money that could be anywhere.
    most = 1.15 * bounds[["certain_minor", "expected_minor"]].max(axis=None)
    bars = opened.page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('#districts tbody tr')].map((row) =>"
        " [row.innerText.match(/Almora|Bethany|Corinth|Delphinium/)[0], parseFloat(row.querySelector('.certain').style.width)]))"
    )
    for name, certain in zip(names, bounds["certain_minor"], strict=True):
        assert bars[name] == pytest.approx(100 * max(0, certain) / most, abs=0.01)
    opened.check()


FILTERED = """(asked) => {
    const { data } = geoplan.page;
    geoplan.page.change(Object.fromEntries(Object.entries(asked).map(([name, value]) =>
        [name, name in data.filters ? value && [data.filters[name].names.indexOf(value)] : value])));
    const { amount, expected, atMost, projects, total, allProjects } = geoplan.page.sums;
    return [[amount, expected, atMost, projects].map((all) => Array.from(all, Number)), Number(total), allProjects, data.buckets];
}"""


def test_filters_together_give_what_the_library_gives_to_the_cent(open_page):
    """Random choices of everything at once, on the home case: districts, buckets, readings and counts."""
    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    entries, projects = ledger.entries, plan.projects.set_index("project")
    poverty = ledger.districts.set_index("district")["poverty_class"]
    opened = open_page(render_page(build_map(plan, ledger=ledger)))
    random = np.random.default_rng(11)
    tried = 0
    while tried < 12:
        one = entries.iloc[int(random.integers(len(entries)))]
        own = {
            "component": one["component"],
            "funder": one["funder"],
            "sector": projects.loc[one["project"], "sector"],
            "status": projects.loc[one["project"], "status"],
            "poverty": poverty.get(one["district"]),
        }
        asked = {name: value if random.random() < 0.35 and isinstance(value, str) else None for name, value in own.items()}  # fmt: skip
        first, last = sorted(int(year) for year in random.integers(2009, 2017, 2))
        spread = str(random.choice(["even", "area", "population", "poor"]))
        kept = entries["year"].between(first, last)
        for name in ("component", "funder"):
            kept &= True if asked[name] is None else entries[name] == asked[name]
        for name in ("sector", "status"):
            kept &= True if asked[name] is None else entries["project"].map(projects[name]).astype(object) == asked[name]  # fmt: skip
        # Money without a district stays under a filter of districts: it could be in one of them.
        of_class = entries["district"].map(poverty).astype(object) == asked["poverty"]
        kept &= True if asked["poverty"] is None else of_class | entries["district"].isna()
        part = entries[kept]
        if part.empty:
            continue
        tried += 1
        some = replace(ledger, entries=part)
        bounds = bound_amounts(some, spread=spread).sort_values("district")
        found, total, count, buckets = opened.page.evaluate(FILTERED, {**asked, "from": first, "to": last, "spread": spread})  # fmt: skip
        amounts, expected, at_most, counts = found
        size = len(bounds)
        assert amounts[:size] == bounds["certain_minor"].tolist() == summarize(some)["amount_minor"].tolist()
        assert [expected, at_most] == [bounds["expected_minor"].tolist(), bounds["at_most_minor"].tolist()]
        of_place = part.groupby(part["place"].astype(object))["amount_minor"].sum()
        assert amounts[size:] == [int(of_place.get(name, 0)) for name in buckets]
        assert total == int(part["amount_minor"].sum())
        assert count == part["project"].nunique()
        of_district = part.groupby(part["district"].astype(object))["project"].nunique()
        assert counts[:size] == [int(of_district.get(code, 0)) for code in bounds["district"]]
        shown = opened.text("#figures .big").removeprefix("EUR ").replace(" ", "")
        assert shown == str((total + 50) // 100)


def test_a_spread_that_a_district_has_no_figure_for_is_not_offered(open_page, toys):
    opened = open_page(render_page(build_map(coarse_plan(toys, FIGURES[:3]))))
    offered = opened.page.eval_on_selector_all(
        "#choose-spread option", "options => options.map((one) => one.value)"
    )
    assert offered == ["even", "area"]
    opened.check()


def test_a_plan_with_all_money_in_districts_asks_for_no_spread(open_page, toys):
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": "P"}],
        [{"project": "P", "geometry": toys.Point(0.5, 0.5)}],
        [toys.amount("P", 5)],
    )
    opened = open_page(render_page(build_map(plan)))
    assert opened.page.locator("#choose-spread").count() == 0
    offered = opened.page.eval_on_selector_all(
        "#choose-measure option", "options => options.map((one) => one.value)"
    )
    assert offered == ["amount", "share"]
    opened.check()


def test_shares_worked_by_hand(open_page, small_html):
    opened = open_page(small_html, address="#measure=share")
    values = "geoplan.page.classes.values.map((value) => (Number.isNaN(value) ? null : value))"
    # 1 300, 300, 500 and nothing of 2 100
    assert opened.page.evaluate(values) == pytest.approx([100 * 13 / 21, 100 * 3 / 21, 100 * 5 / 21, 0])
    opened.page.select_option("#choose-measure", "component_share")
    assert opened.page.evaluate("geoplan.page.view.component") == [0]
    opened.keep("component", "Roads")
    # of 1 300 in D0 300 are for roads, all in D1, none in D2, and D3 has no money
    assert opened.page.evaluate(values) == [pytest.approx(100 * 3 / 13), 100, 0, None]
    assert "money for \u2068Roads\u2069" in opened.text("#legend")
    opened.check()


def test_classes_are_chosen_and_stay_in_the_address(open_page, small_html):
    opened = open_page(small_html)
    choose(opened.page, "#choose-method", "equal")
    # three values from 300 to 1 300: three classes of a width of 333
    assert opened.page.evaluate("geoplan.page.classes.breaks") == pytest.approx([633.33333, 966.66667])
    choose(opened.page, "#choose-classes", "2")
    assert opened.page.evaluate("geoplan.page.classes.breaks") == [800]
    assert "method=equal" in opened.address and "classes=2" in opened.address
    address = opened.address.split("#")[1]
    again = open_page(small_html, address=f"#{address}")
    assert again.page.evaluate("geoplan.page.classes.breaks") == [800]
    again.check()


def test_the_histogram_counts_districts_in_the_colours_of_their_classes(open_page, small_html):
    opened = open_page(small_html)
    colours = opened.page.eval_on_selector_all(
        "#legend .histogram rect", "all => all.map((each) => each.getAttribute('fill'))"
    )
    for wanted in ("#c6dbef", "#6baed6", "#2171b5"):
        assert wanted in colours


def test_every_measure_has_its_words_in_every_language():
    catalogues = read_catalogues()
    for language in LANGUAGES:
        for measure in MEASURES:
            assert catalogues[language][f"measure.{measure}"]
            assert catalogues[language][f"unit.{measure}"]


@pytest.mark.parametrize(
    ("measure", "how", "said"),
    [
        ("money_and_poverty", {}, "per poor person; poverty at the class very poor."),
        ("money_per_person_and_poverty", OTHER_CROSSING, "per person and a poverty of 38.5"),
    ],
)
def test_money_and_poverty_is_what_the_library_says_and_its_legend_filters(
    open_page, home_html, measure, how, said
):
    from geoplan.analysis.bivariate import LEFT_OUT, cross_money_and_poverty

    rows = cross_money_and_poverty(build_ledger(read_plan(find_bundled_plan())), **how).sort_values(
        "district"
    )
    opened = open_page(home_html, address=f"#measure={measure}")
    page = opened.page
    legend = opened.text("#legend").replace("\u2068", "").replace("\u2069", "")
    assert said in legend
    drawn = page.evaluate("geoplan.page.classes.cuts")
    assert [drawn["money"], drawn["poverty"]] == [rows["money_cut"].iloc[0], rows["poverty_cut"].iloc[0]]
    # Each district is a dot in the colour of its cell, on its side of both cuts.
    dots = page.eval_on_selector_all(
        ".scatterplot circle",
        "all => all.map((dot) => ['cx', 'cy', 'fill'].map((name) => dot.getAttribute(name)))",
    )
    colours = [
        page.evaluate("(at) => geoplan.page.classes.rows[geoplan.page.classes.of[at]].colour", at)
        for at in range(len(rows))
    ]
    assert [fill for _, _, fill in dots] == colours
    cuts = page.eval_on_selector_all(
        ".scatterplot line",
        "all => all.slice(0, 2).map((line) => ['x1', 'y1'].map((name) => Number(line.getAttribute(name))))",
    )
    assert [float(x) >= cuts[0][0] - 0.05 for x, _, _ in dots] == (rows["money_step"] == "high").tolist()
    assert [float(y) <= cuts[1][1] + 0.1 for _, y, _ in dots] == (rows["poverty_step"] == "high").tolist()
    steps = page.evaluate("geoplan.page.classes.of.map((at) => geoplan.page.classes.rows[at])")
    names = {0: "low", 1: "high"}
    assert [names[row["paid"]] for row in steps] == rows["money_step"].tolist()
    assert [names[row["poor"]] for row in steps] == rows["poverty_step"].tolist()
    label = page.get_attribute(".cross-square [data-cell='2']", "aria-label")
    left_out = int((rows["cell"] == LEFT_OUT).sum())
    assert label == f"poor and left out (money low, poverty high): {left_out} districts"
    page.focus(".cross-square [data-cell='2']")
    page.keyboard.press("Enter")
    assert page.locator("#districts tbody tr").count() == left_out
    assert "cell=2" in opened.address
    assert page.evaluate("geoplan.page.classes.rows.at(-1).count") == len(rows) - left_out
    page.click("text=Show all districts")
    assert page.locator("#districts tbody tr").count() == len(rows)
    choose(page, "#choose-classes", "3")
    assert page.locator(".cross-square [data-cell]").count() == 9
    opened.check()


def test_a_component_chosen_for_a_measure_goes_with_it(open_page, small_html):
    opened = open_page(small_html)
    for measure in ("component_share", "amount"):
        opened.page.select_option("#choose-measure", measure)
        assert ("component=" in opened.address) == (measure == "component_share")
    assert "EUR 2 400" in opened.text("#total")
    # What the reader chose stays.
    opened.page.select_option("#choose-measure", "component_share")
    opened.keep("component", "Roads")
    opened.page.select_option("#choose-measure", "amount")
    assert "component=Roads" in opened.address
    # A second map without a component of its own shows the first one's part, not 100 % everywhere.
    opened.page.click("#reset")
    opened.page.click("#compare")
    opened.page.select_option("#second-measure", "component_share")
    assert opened.page.evaluate("geoplan.page.second.view.component") == [0]
    assert opened.page.evaluate("geoplan.page.view.component") is None
    opened.check()
