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
 * Return the group of a ledger row, the groups' names, and the groups that have a style of their own, in order.
 *
 * @param {Pick<Data, "ledger" | "projects">} data
 * @param {Pick<View, "marks">} view
 */
export function markGroups({ ledger, projects }, { marks }) {
  const bySector = marks === "sector";
  const names = bySector ? projects.sector.names : ledger.components;
  const groupOf = (/** @type {number} */ row) =>
    bySector ? projects.sector.at[ledger.project[row]] : ledger.component[row];
  const ranking = bySector ? rankSectors(projects) : ledger.ranking;
  return { groupOf, names, styled: ranking.slice(0, OTHER).sort((a, b) => a - b) };
}

/**
 * Return sectors by how many projects they have, most first.
 *
 * @param {Projects} projects
 */
function rankSectors({ sector }) {
  const counts = new Int32Array(sector.names.length);
  for (const at of sector.at) if (at >= 0) counts[at] += 1;
  return [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
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
