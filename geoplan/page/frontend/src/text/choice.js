// The choice of money that is shown, in words.

/** @import { Page } from "../types.js" */

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
 * Say in words which money is shown: kind, years, component, funder.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
export function choiceInWords({ data, view }) {
  const { ledger } = data;
  const years = view.from === view.to ? String(view.from) : `${view.from}–${view.to}`;
  return [
    term("kind", ledger.kinds[view.kind] ?? ""),
    ledger.years.length ? years : "",
    view.component < 0
      ? allOf(ledger.components, "all_components")
      : fenced(short(named(ledger.components[view.component]))),
    view.funder < 0 ? allOf(ledger.funders, "all_funders") : fenced(short(named(ledger.funders[view.funder]))),
    view.sector === -1 ? "" : fenced(short(named(data.projects.sector.names[view.sector]))),
    view.status === -1 ? "" : fenced(short(named(data.projects.status.names[view.status]))),
    view.poverty === -1 ? "" : fenced(short(named(data.districts.classes[view.poverty]))),
  ]
    .filter(Boolean)
    .join(" · ");
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
