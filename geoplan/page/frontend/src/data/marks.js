// Marks of projects: what distinguishes them, and their colour and shape.

/** @import { Data, Projects, View } from "../types.js" */

import { NO_MONEY, OTHER, OTHER_MONEY } from "../drawing/colours.js";
import { eachEntry, isFiltered } from "./entries.js";

export const MARKINGS = ["component", "sector"];

/**
 * Return the columns that distinguish projects: those with several values.
 *
 * @param {Pick<Data, "ledger" | "projects">} data
 */
export function markingsOffered({ ledger, projects }) {
  /** @type {Record<string, boolean>} */
  const several = { component: ledger.components.length > 1, sector: projects.sector.names.length > 1 };
  return MARKINGS.filter((name) => several[name]);
}

/**
 * Return the group of a ledger row, the groups' names, and the groups that have a style of their own, in order. By
 * sector, the group after all names is that of projects in several sectors.
 *
 * @param {Pick<Data, "ledger" | "projects" | "filters">} data
 * @param {Pick<View, "marks">} view
 */
export function markGroups({ ledger, projects, filters }, { marks }) {
  if (marks !== "sector") {
    const groupOf = (/** @type {number} */ row) => ledger.component[row];
    return { groupOf, names: ledger.components, styled: ledger.ranking.slice(0, OTHER).sort((a, b) => a - b) };
  }
  const { names, of } = filters.sector;
  const groups = of.map((members) => (members.length > 1 ? names.length : (members[0] ?? -1)));
  const groupOf = (/** @type {number} */ row) => groups[projects.sector.at[ledger.project[row]]] ?? -1;
  const ranking = rankSectors(projects, groups);
  return { groupOf, names, styled: ranking.slice(0, OTHER).sort((a, b) => a - b) };
}

/**
 * Return groups of sectors by how many projects they have, most first.
 *
 * @param {Projects} projects
 * @param {number[]} groups
 */
function rankSectors({ sector }, groups) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const at of sector.at) {
    const group = groups[at] ?? -1;
    if (group >= 0) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([group]) => group);
}

/**
 * Return for each location the style it is drawn in, or -1 when the filters hide it, and its amount for its size.
 *
 * @param {Data} data
 * @param {View} view
 */
export function styleLocations(data, view) {
  const { ledger, locations } = data;
  const { groupOf, styled } = markGroups(data, view);
  const rank = new Map(styled.map((group, at) => [group, at]));
  const styles = new Int8Array(locations.project.length).fill(isFiltered(data, view) ? -1 : NO_MONEY);
  const most = new Float64Array(locations.project.length).fill(-1);
  const amount = new Float64Array(locations.project.length);
  eachEntry(data, view, (row) => {
    const location = ledger.location[row];
    if (location < 0) return;
    const size = Math.abs(Number(ledger.amount[row]));
    amount[location] += size;
    if (size <= most[location]) return;
    most[location] = size;
    styles[location] = rank.get(groupOf(row)) ?? OTHER;
  });
  eachEntry(
    data,
    view,
    (row) => {
      const location = ledger.location[row];
      if (location >= 0 && (styles[location] < 0 || styles[location] === NO_MONEY)) styles[location] = OTHER_MONEY;
    },
    true,
  );
  let largest = 0;
  for (const location of locations.points.location) largest = Math.max(largest, amount[location]);
  return { styles, amount, largest };
}
