// Filters: the names that each can keep, and the values that have those names. A joint funder has several names.

/** @import { Districts, Filter, Kept, Ledger, Members, Projects } from "../types.js" */

/** @type {Filter[]} */
export const FILTERS = ["component", "funder", "sector", "status", "poverty"];

// In a filter: what the data does not state.
export const NOT_STATED = -1;

/**
 * Return the names of a column's values, each its own; an empty one states nothing.
 *
 * @param {string[]} values
 * @returns {Members}
 */
function single(values) {
  const names = values.filter(Boolean);
  return { names, of: values.map((value) => (value ? [names.indexOf(value)] : [])) };
}

/**
 * Return what each filter can keep.
 *
 * @param {{ ledger: Ledger, projects: Projects, districts: Districts }} data
 * @returns {Record<Filter, Members>}
 */
export function filtersOf({ ledger, projects, districts }) {
  return {
    component: single(ledger.components),
    funder: ledger.funder_members ?? single(ledger.funders),
    sector: projects.sector.members ?? single(projects.sector.names),
    status: single(projects.status.names),
    poverty: single(districts.classes),
  };
}

/**
 * Tell which values a filter keeps, by position + 1: first the missing one. Null where all are kept.
 *
 * @param {Members} members
 * @param {Kept} kept
 */
export function valuesKept({ of }, kept) {
  if (kept === null) return null;
  const chosen = new Set(kept);
  const isKept = (/** @type {number[]} */ names) =>
    names.length ? names.some((name) => chosen.has(name)) : chosen.has(NOT_STATED);
  return [[], ...of].map(isKept);
}

/**
 * Return the position of each name in other names; those that are missing there are left out.
 *
 * @param {Kept} kept
 * @param {Members} from
 * @param {Members} to
 * @returns {Kept}
 */
export function keptIn(kept, from, to) {
  if (kept === null || from === to) return kept;
  const positions = kept.map((at) => (at === NOT_STATED ? at : to.names.indexOf(from.names[at])));
  return positions.filter((at, order) => at !== -1 || kept[order] === NOT_STATED).sort((a, b) => a - b);
}
