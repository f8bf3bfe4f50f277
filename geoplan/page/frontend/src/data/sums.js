// Sums of the ledger under the filters.

/** @import { Crowds, Data, Sums, View } from "../types.js" */

import { formatNumber } from "../text/amounts.js";
import { eachEntry, isFiltered } from "./entries.js";
import { sumReadings } from "./readings.js";

/**
 * Sum the ledger by place: districts, then buckets; count projects by place and in all.
 *
 * @param {Data} data
 * @param {View} view
 */
export function sumByPlace(data, view) {
  const { ledger } = data;
  const places = data.districts.code.length + data.buckets.length;
  const amount = new Array(places).fill(ledger.zero);
  const projects = new Int32Array(places);
  const last = new Int32Array(places).fill(-1);
  let total = ledger.zero;
  let lastProject = -1;
  let allProjects = 0;
  eachEntry(data, view, (row) => {
    const place = ledger.place[row];
    const project = ledger.project[row];
    amount[place] += ledger.amount[row];
    total += ledger.amount[row];
    // Rows are sorted by project, so a project is new to a place when it was not the last one there.
    if (last[place] !== project) projects[place] += 1;
    if (lastProject !== project) allProjects += 1;
    last[place] = lastProject = project;
  });
  const counted = data.crowds ? countCrowds(data, data.crowds, view) : { projects, allProjects, counted: true };
  return { amount, total, ...counted, ...sumReadings(data, view, amount) };
}

/**
 * Count projects that hexagons no longer name: each crowd has money under the same keys, so counts as a whole or not.
 * Where crowds are not told apart by what the filters ask for, any count would be wrong: then it is not shown.
 *
 * @param {Data} data
 * @param {Crowds} crowds
 * @param {View} view
 */
function countCrowds(data, crowds, view) {
  const projects = new Float64Array(data.districts.code.length + data.buckets.length);
  const last = new Int32Array(projects.length).fill(-1);
  let lastCrowd = -1;
  let allProjects = 0;
  eachEntry({ ...data, ledger: crowds }, crowds.fine ? view : withoutFilters(view), (row) => {
    const [place, crowd] = [crowds.place[row], crowds.project[row]];
    if (last[place] !== crowd) projects[place] += crowds.projects[crowd];
    if (lastCrowd !== crowd) allProjects += crowds.projects[crowd];
    last[place] = lastCrowd = crowd;
  });
  return { projects, allProjects, counted: crowds.rows > 0 && (crowds.fine || !isFiltered(data, view)) };
}

/** @param {View} view */
function withoutFilters(view) {
  return { ...view, component: null, funder: null, from: -Infinity, to: Infinity };
}

/**
 * Write a count of projects, or a dash where it is not known.
 *
 * @param {Pick<Sums, "counted">} sums
 * @param {number} count
 */
export function projectCount(sums, count) {
  return sums.counted ? formatNumber(count) : "–";
}
