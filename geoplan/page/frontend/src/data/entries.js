// Rows of the ledger under the filters.

/** @import { Data, Districts, Filter, Filters, Ledger, Members, Minor, Projects, Rows } from "../types.js" */

import { FILTERS, valuesKept } from "./members.js";

/**
 * @param {Ledger} ledger
 * @param {number} project
 */
export function rowsOfProject(ledger, project) {
  const rows = [];
  const first = ledger.firstRow.get(project) ?? ledger.rows;
  for (let row = first; row < ledger.rows && ledger.project[row] === project; row += 1) rows.push(row);
  return rows;
}

/**
 * Tell whether the filters leave part of the ledger out (currency and kind are choices, not filters).
 *
 * @param {Data} data
 * @param {Filters} view
 */
export function isFiltered(data, view) {
  const years = data.ledger.years;
  return FILTERS.some((name) => view[name] !== null) || view.from > (years[0] ?? 0) || view.to < (years.at(-1) ?? 0);
}

/**
 * Visit the ledger rows under the chosen currency and kind that pass the filters; with `others`, the rows of the other
 * currencies and kinds. A filter of districts leaves out other districts: money without a district could be in one of
 * those that it keeps.
 *
 * @param {{ ledger: Rows, projects: Projects, districts: Districts, filters: Record<Filter, Members> }} data
 * @param {Filters} view
 * @param {(row: number) => void} visit
 * @param {boolean} [others]
 */
export function eachEntry({ ledger, projects, districts, filters }, view, visit, others = false) {
  const { currency, kind, component, funder, year, project, place } = ledger;
  const [sector, status, poverty] = [projects.sector.at, projects.status.at, districts.poverty_class];
  const kept = (/** @type {Filter} */ name) => valuesKept(filters[name], view[name]);
  const [components, funders, sectors, statuses, classes] = FILTERS.map(kept);
  for (let row = 0; row < ledger.rows; row += 1) {
    if ((currency[row] !== view.currency || kind[row] !== view.kind) !== others) continue;
    if (components && !components[component[row] + 1]) continue;
    if (funders && !funders[funder[row] + 1]) continue;
    if (year[row] < view.from || year[row] > view.to) continue;
    if (sectors && !sectors[sector[project[row]] + 1]) continue;
    if (statuses && !statuses[status[project[row]] + 1]) continue;
    if (classes && place[row] < poverty.length && !classes[poverty[place[row]] + 1]) continue;
    visit(row);
  }
}

/**
 * @param {Minor[]} amounts
 * @param {Minor} zero
 */
export function addUp(amounts, zero) {
  return amounts.reduce((sum, amount) => sum + amount, zero);
}
