// Details of what is chosen on the map or in a list: a district, a project, or several projects at one place.

/** @import { Data, Fact, Feature, Filter, Minor, Page, Selected } from "../types.js" */

import { addUp, eachEntry, rowsOfProject } from "../data/entries.js";
import { isFilled, measureDistricts, measuresOffered } from "../data/measures.js";
import { NOT_STATED } from "../data/members.js";
import { districtName, placeName, projectTitle } from "../data/names.js";
import { isApproximate } from "../data/readings.js";
import { byId, dataText, element, letScroll, plainTable, replace } from "../elements.js";
import { THIN, formatMinor, formatMoney, formatNumber, formatValue, withCurrency } from "../text/amounts.js";
import { choiceInWords, kindInWords, noMoneyInWords, yearsInWords } from "../text/choice.js";
import { extraValue, measureName } from "../text/measure_names.js";
import { named, ruleInWords, say, short, term, translated } from "../text/messages.js";
import { LISTED, featureDetails, featureNotes } from "./features.js";
import { projectLinks } from "./links.js";
import { memberTable } from "./member_table.js";
import { inputsInWords, projectsOfPlace } from "./projects.js";

/**
 * Show what is chosen in place of the tabs, with the way back.
 *
 * @param {Page} page
 */
export function showDetails(page) {
  const { selected } = page.view;
  const place = byId("details");
  place.hidden = !selected;
  byId("panel").classList.toggle("detailed", Boolean(selected));
  if (!selected) {
    place.replaceChildren();
    return;
  }
  const content = detailsOf(selected.second ? page.second : page, selected);
  const back = element(
    "button",
    { type: "button", class: "link close", onclick: () => page.back() },
    element("span", { "aria-hidden": "true" }, "‹ "),
    backInWords(page),
  );
  replace("details", back, content);
  letScroll(place.querySelectorAll("h2, dd"));
}

/**
 * Say where the way back leads.
 *
 * @param {Page} page
 */
function backInWords({ data, view, trail }) {
  const before = trail.at(-1);
  if (!before) return say(["districts", "projects"].includes(view.tab) ? `back.${view.tab}` : view.tab);
  if (before.type === "district") return dataText(short(districtName(data, before.at), 60));
  return before.type === "project" ? dataText(short(projectTitle(data, before.at), 60)) : say("back.before");
}

/**
 * Return what there is to say of what is chosen.
 *
 * @param {Page} side
 * @param {Selected} selected
 */
function detailsOf(side, selected) {
  if (selected.type === "district") return districtDetails(side, selected);
  if (selected.type === "project") return projectDetails(side, selected);
  return selected.type === "place" ? placeDetails(side, selected) : featureDetails(side, selected);
}

/**
 * @param {Page} page
 * @param {{ at: number, features?: Feature[] }} target
 */
function districtDetails(page, { at, features }) {
  const { data, view, sums } = page;
  const { districts } = data;
  const amount = element(
    "p",
    { class: "big" },
    formatMoney(data.codes[view.currency], sums.amount[at], data.digits[view.currency]),
  );
  const name = districtName(data, at);
  // A layer without codes has names for codes.
  const others = [districts.code[at], translated(districts.province[at])].filter((text) => text && text !== name);
  return [
    element("h2", {}, dataText(name)),
    element("p", { class: "muted" }, dataText(others.join(" · "))),
    amount,
    element("p", { class: "muted" }, choiceInWords(page)),
    otherMoney(page, rowsOfOthers(page, at)),
    factList(districtFacts(page, at)),
    featureNotes(page, (features ?? []).slice(0, LISTED)),
    projectsOfPlace(page, at, sums.counted ? say("projects_here", { count: sums.projects[at] }) : say("projects")),
    moneyTable(page, (row) => data.ledger.place[row] === at, true),
    memberTable(page, "funder", (row) => data.ledger.place[row] === at),
    memberTable(page, "sector", (row) => data.ledger.place[row] === at),
  ];
}

/**
 * Return the rows of a district in other currencies and kinds, under the same filters.
 *
 * @param {Page} page
 * @param {number} at
 */
function rowsOfOthers({ data, view }, at) {
  /** @type {number[]} */
  const rows = [];
  eachEntry(data, view, (row) => data.ledger.place[row] === at && rows.push(row), true);
  return rows;
}

/**
 * Return what is known of a district; what no district of the plan has is not asked after.
 *
 * @param {Page} page
 * @param {number} at
 */
function districtFacts(page, at) {
  const { data } = page;
  const { districts } = data;
  const persons = (/** @type {"population" | "poor"} */ name) => {
    const known = districts[name][at];
    return known === null ? say("no_data") : formatNumber(known);
  };
  const poverty = districts.classes[districts.poverty_class[at]];
  /** @type {(Fact | 0 | false)[]} */
  const facts = [
    ...readingFacts(page, at, data.codes[page.view.currency] ?? ""),
    districts.classes.length && [
      say("measure.poverty_class"),
      poverty === undefined ? say("no_data") : dataText(translated(poverty)),
    ],
    isFilled(districts, "per_person") && [say("population"), persons("population")],
    isFilled(districts, "per_poor_person") && [say("poor_persons"), persons("poor")],
    ...measureFacts(page, at),
    ...[...data.extra.values()].map(
      (extra) => /** @type {Fact} */ ([measureName(data, extra.key), extraValue(extra, at)]),
    ),
  ];
  return facts.filter((fact) => fact !== 0 && fact !== false);
}

const MEASURES_TOLD = ["per_person", "per_poor_person", "targeting_ratio"];
const PERCENTAGES = ["share", "component_share"];

/**
 * Return what a district has per person and beside its share, and the measure that colours the map.
 *
 * @param {Page} page
 * @param {number} at
 * @returns {Fact[]}
 */
function measureFacts(page, at) {
  const { data, view, sums } = page;
  const offered = measuresOffered(page);
  const told = [...MEASURES_TOLD, ...PERCENTAGES.filter((name) => name === view.measure)].filter((name) =>
    offered.includes(name),
  );
  return told.map((measure) => {
    const value = measureDistricts(data, { ...view, measure }, sums)[at];
    if (Number.isNaN(value)) return [measureName(data, measure), say("no_data")];
    const unit = measure.startsWith("per_") ? data.codes[view.currency] : "";
    return [
      measureName(data, measure),
      withCurrency(unit, `${formatValue(value)}${PERCENTAGES.includes(measure) ? `${THIN}%` : ""}`),
    ];
  });
}

/**
 * Return what the district has for certain, what it can expect, and what it has at most, where that is not the amount.
 *
 * @param {Pick<Page, "data" | "view" | "sums">} page
 * @param {number} at
 * @param {string} currency
 * @returns {Fact[]}
 */
function readingFacts({ data, view, sums }, at, currency) {
  const amount = (/** @type {Minor} */ minor) => formatMoney(currency, minor, data.digits[view.currency]);
  /** @type {Fact[]} */
  const certain = sums.certain[at] === sums.amount[at] ? [] : [[say("measure.certain"), amount(sums.certain[at])]];
  if (sums.atMost[at] === sums.amount[at]) return certain;
  return [
    ...certain,
    [say("measure.expected"), `${amount(sums.expected[at])} (${say(`spread.${view.spread}`)})`],
    [say("measure.at_most"), amount(sums.atMost[at])],
  ];
}

/** @param {Fact[]} facts */
function factList(facts) {
  return element(
    "dl",
    {},
    facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

/**
 * Return a small table of money by year, of the rows a test lets through; each component has a column, unless there are too many.
 *
 * @param {Page} page
 * @param {(row: number) => boolean} test
 * @param {boolean} filtered
 * @param {number} [most]
 */
export function moneyTable(page, test, filtered, most = Infinity) {
  const { data, view } = page;
  const { ledger } = data;
  const open = filtered
    ? view
    : {
        ...view,
        component: null,
        funder: null,
        sector: null,
        status: null,
        poverty: null,
        from: -Infinity,
        to: Infinity,
      };
  const cells = new Map();
  const years = new Set();
  eachEntry(data, open, (row) => {
    if (!test(row)) return;
    const ofComponent = cells.get(ledger.component[row]) ?? new Map();
    ofComponent.set(ledger.year[row], (ofComponent.get(ledger.year[row]) ?? ledger.zero) + ledger.amount[row]);
    cells.set(ledger.component[row], ofComponent);
    years.add(ledger.year[row]);
  });
  if (cells.size === 0) return element("p", { class: "muted" }, noMoneyInWords(data));
  const components = [...cells.keys()].sort((a, b) => a - b);
  const digits = data.digits[view.currency];
  const shown = (/** @type {Minor | undefined} */ amount) => ({
    text: amount === undefined ? "–" : formatMinor(amount, digits),
    number: true,
  });
  // One component needs no total beside it.
  const several = components.length > 1 && components.length <= most;
  const head = [
    say("year"),
    ...(several ? components.map((component) => short(named(ledger.components[component]), 60)) : []),
    say(several ? "total" : "measure.amount"),
  ].map((text) => dataText(text));
  const rows = [...years]
    .sort((a, b) => a - b)
    .map((year) => {
      const found = components.map((component) => cells.get(component).get(year));
      const total = addUp(
        found.filter((amount) => amount !== undefined),
        ledger.zero,
      );
      return [{ text: year, head: true }, ...(several ? found.map(shown) : []), shown(total)];
    });
  const columnTotals = components.map((component) => addUp([...cells.get(component).values()], ledger.zero));
  if (rows.length > 1)
    rows.push([
      { text: say("total"), head: true },
      ...(several ? columnTotals.map(shown) : []),
      shown(addUp(columnTotals, ledger.zero)),
    ]);
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": say("money_table") },
    plainTable(say("money_table_unit", { currency: data.codes[view.currency], kind: kindInWords(page) }), head, rows),
  );
}

/**
 * @param {Page} page
 * @param {number[]} projects
 * @param {string} caption
 */
function projectList(page, projects, caption) {
  if (projects.length === 0) return null;
  const list = element("ul", { class: "links" });
  const show = (/** @type {number[]} */ shown) => {
    list.replaceChildren(...shown.map((project) => element("li", {}, projectButton(page, project))));
  };
  show(projects.slice(0, LISTED));
  if (projects.length <= LISTED) return element("div", {}, element("h3", {}, caption), list);
  const showAll = () => {
    show(projects);
    more.remove();
  };
  const all = say("show_all", { count: projects.length });
  const more = element("button", { type: "button", class: "quiet", onclick: showAll }, all);
  return element("div", {}, element("h3", {}, caption), list, more);
}

/**
 * @param {Page} page
 * @param {number} project
 */
function projectButton(page, project) {
  const title = short(projectTitle(page.data, project), 120);
  return element(
    "button",
    { type: "button", class: "link", onclick: () => page.selectFurther({ type: "project", at: project }) },
    dataText(title),
  );
}

/**
 * @param {Page} page
 * @param {{ at: number }} target
 */
function projectDetails(page, { at }) {
  const { data } = page;
  const { projects } = data;
  const rows = rowsOfProject(data.ledger, at);
  /** @type {Fact[]} */
  const known = [
    [say("project"), dataText(projects.project[at])],
    [say("component"), joined(page, "component", rows)],
    [say("funders"), joined(page, "funder", rows)],
    [say("years"), yearsInWords(rows.map((row) => data.ledger.year[row]))],
    [say("sector"), projects.sector.at[at] < 0 ? "" : namesOf(data, "sector", [projects.sector.at[at]])],
    [
      say("status"),
      projects.status.at[at] < 0 ? "" : dataText(translated(projects.status.names[projects.status.at[at]])),
    ],
    ...projectLinks(data, at),
  ];
  const facts = known.filter(([, value]) => value !== "");
  return [
    isMadeUp(data, at) ? element("p", { class: "badge" }, say("illustrative")) : null,
    element("h2", {}, dataText(projectTitle(data, at))),
    factList(facts),
    kindsTable(page, rows),
    moneyTable(page, (row) => data.ledger.project[row] === at, false),
    otherMoney(
      page,
      rows.filter((row) => data.ledger.currency[row] !== page.view.currency),
    ),
    certaintyLine(page, rows),
    element("h3", {}, say("where_and_why")),
    placedList(page, rows),
  ];
}

/**
 * @param {Data} data
 * @param {number} project
 */
function isMadeUp(data, project) {
  const { locations, projects } = data;
  return (
    projects.illustrative.has(project) ||
    (locations.ofProject.get(project) ?? []).some((location) => locations.illustrative.has(location))
  );
}

/**
 * Return the names that rows have, or nothing where the plan states none at all.
 *
 * @param {Page} page
 * @param {"component" | "funder"} name
 * @param {number[]} rows
 */
function joined({ data }, name, rows) {
  const values = rows.map((row) => data.ledger[name][row]);
  return values.length && data.filters[name].names.length ? namesOf(data, name, values) : "";
}

/**
 * Name the single components, funders or sectors of values, each once.
 *
 * @param {Data} data
 * @param {Filter} name
 * @param {number[]} values
 */
function namesOf({ filters }, name, values) {
  const { names, of } = filters[name];
  const members = values.flatMap((value) => (of[value].length ? of[value] : [NOT_STATED]));
  const distinct = [...new Set(members)].sort((a, b) => a - b).map((at) => named(names[at]));
  return element(
    "span",
    {},
    distinct.flatMap((text, at) => [at ? ", " : null, dataText(text)]),
  );
}

/**
 * Set what was planned against what was paid: one row for each kind of money, in the chosen currency.
 *
 * @param {Pick<Page, "data" | "view">} page
 * @param {number[]} rows
 */
function kindsTable({ data, view }, rows) {
  const { ledger } = data;
  const sums = new Map();
  for (const row of rows) {
    if (ledger.currency[row] !== view.currency) continue;
    sums.set(ledger.kind[row], (sums.get(ledger.kind[row]) ?? ledger.zero) + ledger.amount[row]);
  }
  if (sums.size < 2) return null;
  const kinds = [...sums.keys()].sort((a, b) => a - b);
  const cells = kinds.map((kind) => [
    { text: term("kind", ledger.kinds[kind]), head: true },
    { text: formatMinor(sums.get(kind), data.digits[view.currency]), number: true },
  ]);
  return plainTable(say("planned_and_paid"), [say("kind"), data.codes[view.currency]], cells);
}

/**
 * Say how much of the project's money is in districts for certain, and how much is known more coarsely.
 *
 * @param {Pick<Page, "data" | "view">} page
 * @param {number[]} rows
 */
function certaintyLine({ data, view }, rows) {
  const { ledger } = data;
  const shown = rows.filter((row) => ledger.currency[row] === view.currency && ledger.kind[row] === view.kind);
  if (shown.length === 0) return null;
  const sum = (/** @type {number[]} */ some) => some.reduce((total, row) => total + ledger.amount[row], ledger.zero);
  const isCertain = (/** @type {number} */ row) =>
    ledger.place[row] < data.districts.code.length && !isApproximate(data, row);
  const inside = sum(shown.filter(isCertain));
  const all = sum(shown);
  const key = inside === all ? "all_certain" : "partly_certain";
  const amount = (/** @type {Minor} */ minor) =>
    formatMoney(data.codes[view.currency], minor, data.digits[view.currency]);
  return element("p", {}, say(key, { inside: amount(inside), rest: amount(all - inside) }));
}

/**
 * Name money in other currencies or kinds, so that none is overlooked; it is not added up.
 *
 * @param {Page} page
 * @param {number[]} rows
 */
function otherMoney(page, rows) {
  const { data } = page;
  const { ledger } = data;
  const sums = new Map();
  for (const row of rows) {
    const key = `${ledger.currency[row]} ${ledger.kind[row]}`;
    sums.set(key, (sums.get(key) ?? ledger.zero) + ledger.amount[row]);
  }
  if (sums.size === 0) return null;
  const texts = [...sums].map(([key, amount]) => {
    const [currency, kind] = key.split(" ").map(Number);
    return `${term("kind", ledger.kinds[kind])}: ${formatMoney(data.codes[currency], amount, data.digits[currency])}`;
  });
  return element("p", { class: "muted" }, say("also", { list: texts.join("; ") }));
}

/**
 * List where the project's money went, by which rule, in the chosen currency and kind.
 *
 * @param {Page} page
 * @param {number[]} rows
 */
function placedList(page, rows) {
  const { data, view } = page;
  const { ledger, locations } = data;
  const parts = new Map();
  for (const row of rows) {
    if (ledger.currency[row] !== view.currency || ledger.kind[row] !== view.kind) continue;
    const key = [ledger.location[row], ledger.place[row], ledger.rule[row]].join(" ");
    const part = parts.get(key) ?? { amount: ledger.zero, rows: [] };
    part.amount += ledger.amount[row];
    part.rows.push(row);
    parts.set(key, part);
  }
  const items = [...parts].slice(0, 60).map(([key, part]) => {
    const inputs = inputsInWords(data, part.rows);
    const [location, place, rule] = key.split(" ").map(Number);
    const where = location < 0 ? null : locations.name[location];
    return element(
      "li",
      {},
      where ? dataText(`${translated(where)} → `) : null,
      element("strong", {}, dataText(placeName(data, place))),
      `: ${formatMinor(part.amount, data.digits[view.currency])}`,
      element(
        "span",
        { class: "muted" },
        ` (${ruleInWords(ledger, rule)}${locations.illustrative.has(location) ? `; ${say("illustrative")}` : ""})`,
        inputs ? [" ", dataText(inputs)] : null,
      ),
    );
  });
  if (parts.size > items.length) items.push(element("li", {}, say("and_more", { count: parts.size - items.length })));
  return items.length
    ? element("ul", { class: "placed" }, items)
    : element("p", { class: "muted" }, noMoneyInWords(data));
}

/**
 * @param {Page} page
 * @param {{ projects: number[] }} target
 */
function placeDetails(page, { projects }) {
  const { stands, ofProject } = page.data.locations;
  const places = stands
    ? projects.flatMap((at) => ofProject.get(at) ?? []).reduce((sum, at) => sum + stands[at], 0)
    : 0;
  const caption = stands
    ? say("n_places", { count: places, number: formatNumber(places) })
    : say("projects_here", { count: projects.length });
  return [element("h2", {}, say("several_here")), projectList(page, projects, caption)];
}
