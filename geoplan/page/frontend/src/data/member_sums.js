// Sums by single funders and sectors: what each has alone, and what it has together with others.

/** @import { Data, Filter, Minor, View } from "../types.js" */

import { eachEntry } from "./entries.js";
import { NOT_STATED, valuesKept } from "./members.js";

/**
 * What a name has alone, and up to how much with others: the part of each in joint money is unknown.
 *
 * @typedef {{ alone: Minor, jointly: Minor, isJoint: boolean, projects: number }} MemberSum
 */

/**
 * Return the value of a filter's column in a row of the ledger.
 *
 * @param {Data} data
 * @param {Filter} name
 * @returns {(row: number) => number}
 */
export function columnOf({ ledger, projects, districts }, name) {
  if (name === "component" || name === "funder") return (row) => ledger[name][row];
  if (name === "poverty") return (row) => districts.poverty_class[ledger.place[row]] ?? -1;
  return (row) => projects[name].at[ledger.project[row]];
}

/**
 * Sum money by the names of a filter, under the filters: the figures of `geoplan.describe_funders`, to the cent.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Filter} name
 * @param {(row: number) => boolean} [test]
 */
export function sumByMember(data, view, name, test = () => true) {
  const { ledger, filters } = data;
  const { of } = filters[name];
  const column = columnOf(data, name);
  /** @type {Map<number, MemberSum>} */
  const sums = new Map();
  const last = new Map();
  eachEntry(data, view, (row) => {
    if (!test(row)) return;
    const names = of[column(row)] ?? [];
    const isJoint = names.length > 1;
    for (const at of names.length ? names : [NOT_STATED]) {
      let sum = sums.get(at);
      if (!sum) sums.set(at, (sum = { alone: ledger.zero, jointly: ledger.zero, isJoint: false, projects: 0 }));
      if (isJoint) sum.jointly += ledger.amount[row];
      else sum.alone += ledger.amount[row];
      sum.isJoint ||= isJoint;
      // Rows are sorted by project.
      if (last.get(at) !== ledger.project[row]) sum.projects += 1;
      last.set(at, ledger.project[row]);
    }
  });
  return sums;
}

/**
 * Return how much money a filter leaves out of what the other filters keep, and in how many projects.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Filter} name
 */
export function moneyLeftOut(data, view, name) {
  const { ledger, filters } = data;
  const column = columnOf(data, name);
  const kept = valuesKept(filters[name], view[name]);
  const districts = data.districts.code.length;
  let [amount, projects, last] = [ledger.zero, 0, -1];
  eachEntry(data, { ...view, [name]: null }, (row) => {
    // Money without a district could be in one of those that a filter of districts keeps.
    if (!kept || kept[column(row) + 1] || (name === "poverty" && ledger.place[row] >= districts)) return;
    amount += ledger.amount[row];
    if (last !== ledger.project[row]) projects += 1;
    last = ledger.project[row];
  });
  return { amount, projects };
}
