// The choice of money that is shown, in words.

/** @import { Data, Filter, Kept, Page } from "../types.js" */

import { fenced, named, say, short, term } from "./messages.js";

/**
 * Say why there is no money to show: the plan has none, or the filters leave none.
 *
 * @param {{ codes: string[] }} data
 */
export function noMoneyInWords(data) {
  return say(data.codes.length ? "no_money_in_choice" : "no_spending");
}

/** @param {number[]} years */
export function yearsInWords(years) {
  if (years.length === 0) return "";
  const [first, last] = [Math.min(...years), Math.max(...years)];
  return first === last ? String(first) : `${first}–${last}`;
}

/** @param {Pick<Page, "data" | "view">} page */
export function kindInWords({ data, view }) {
  const kind = data.ledger.kinds[view.kind];
  return kind ? term("kind", kind) : "";
}

/**
 * Say in words which money is shown: kind, years, and what each filter keeps.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
export function choiceInWords({ data, view }) {
  const { ledger } = data;
  const years = view.from === view.to ? String(view.from) : `${view.from}–${view.to}`;
  return [
    term("kind", ledger.kinds[view.kind] ?? ""),
    ledger.years.length ? years : "",
    view.component === null ? allOf(ledger.components, "all_components") : namesKept(data, "component", view.component),
    view.funder === null ? allOf(data.filters.funder.names, "all_funders") : namesKept(data, "funder", view.funder),
    ...PLAIN_FILTERS.map((name) => namesKept(data, name, view[name])),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @type {Filter[]} */
const PLAIN_FILTERS = ["sector", "status", "poverty"];

// More names than this are counted.
const MOST_NAMED = 2;

/**
 * Name what a filter keeps; many names are counted. Nothing where it keeps all.
 *
 * @param {Pick<Data, "filters">} data
 * @param {Filter} name
 * @param {Kept} kept
 */
export function namesKept({ filters }, name, kept) {
  if (kept === null) return "";
  if (kept.length === 0) return say("none_of", { filter: filterName(name) });
  if (kept.length > MOST_NAMED)
    return say("some_of", { filter: filterName(name), kept: kept.length, all: filters[name].names.length });
  return kept.map((at) => fenced(short(named(filters[name].names[at])))).join(", ");
}

/** @param {Filter} name */
export function filterName(name) {
  return say(name === "poverty" ? "measure.poverty_class" : name);
}

/**
 * Say "all", or name the only one there is.
 *
 * @param {string[]} names
 * @param {string} all
 */
function allOf(names, all) {
  if (names.length > 1) return say(all);
  return names.length && names[0] ? fenced(short(named(names[0]))) : "";
}
