// Rows of the ledger under the filters.

/** @import { Data, Districts, Filter, Filters, Ledger, Minor, Projects, Rows } from "../types.js" */

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

// Chosen in a filter: what the data does not state. -1 is all.
export const NOT_STATED = -2;

/**
 * Tell whether a value passes a filter.
 *
 * @param {number} wanted
 * @param {number} value
 */
function passes(wanted, value) {
  return wanted === -1 || value === (wanted === NOT_STATED ? -1 : wanted);
}

/** @type {Filter[]} */
export const FILTERS = ["component", "funder", "sector", "status", "poverty"];

/**
 * Tell whether the filters leave part of the ledger out (currency and kind are choices, not filters).
 *
 * @param {Data} data
 * @param {Filters} view
 */
export function isFiltered(data, view) {
  const years = data.ledger.years;
  return FILTERS.some((name) => view[name] !== -1) || view.from > (years[0] ?? 0) || view.to < (years.at(-1) ?? 0);
}

/**
 * Visit the ledger rows under the chosen currency and kind that pass the filters; with `others`, the rows of the other
 * currencies and kinds. A filter of districts leaves out other districts: money without a district could be in one of
 * those that it keeps.
 *
 * @param {{ ledger: Rows, projects: Projects, districts: Districts }} data
 * @param {Filters} view
 * @param {(row: number) => void} visit
 * @param {boolean} [others]
 */
export function eachEntry({ ledger, projects, districts }, view, visit, others = false) {
  const { currency, kind, component, funder, year, project, place } = ledger;
  const [sector, status, poverty] = [projects.sector.at, projects.status.at, districts.poverty_class];
  for (let row = 0; row < ledger.rows; row += 1) {
    if ((currency[row] !== view.currency || kind[row] !== view.kind) !== others) continue;
    if (view.component >= 0 && component[row] !== view.component) continue;
    if (view.funder >= 0 && funder[row] !== view.funder) continue;
    if (year[row] < view.from || year[row] > view.to) continue;
    if (!passes(view.sector, sector[project[row]]) || !passes(view.status, status[project[row]])) continue;
    if (place[row] < poverty.length && !passes(view.poverty, poverty[place[row]])) continue;
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
