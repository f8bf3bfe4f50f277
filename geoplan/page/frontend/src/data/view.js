// The view that the page opens with.

/** @import { Data, Tab, View } from "../types.js" */

import { MOST_CLASSES, usualMethod } from "./classes.js";
import { markingsOffered } from "./marks.js";

/**
 * The tabs beside the map.
 *
 * @type {Tab[]}
 */
export const TABS = ["districts", "projects", "elsewhere", "about"];

/**
 * Return the view the page opens with: one currency, one kind, everything else open.
 *
 * @param {Data} data
 * @returns {View}
 */
export function firstView(data) {
  const { ledger } = data;
  const kinds = Math.max(ledger.kinds.length, 1);
  const count = new Int32Array(data.codes.length * kinds);
  for (let row = 0; row < ledger.rows; row += 1) count[ledger.currency[row] * kinds + ledger.kind[row]] += 1;
  const most = Math.max(0, count.indexOf(count.reduce((a, b) => Math.max(a, b), 0)));
  return {
    tab: "districts",
    measure: data.measure,
    currency: Math.floor(most / kinds),
    kind: most % kinds,
    component: null,
    funder: null,
    sector: null,
    status: null,
    poverty: null,
    spread: data.spreads.includes("population") ? "population" : "even",
    method: usualMethod(data.districts.code.length),
    classes: MOST_CLASSES,
    fitted: false,
    cell: -1,
    from: ledger.years[0] ?? 0,
    to: ledger.years.at(-1) ?? 0,
    hatching: true,
    sized: false,
    marks: markingsOffered(data)[0] ?? "component",
    clusters: true,
    marked: false,
    points: true,
    lines: true,
    areas: true,
    labels: true,
    graticule: false,
    basemap: true,
    layers: data.layers.map((layer) => layer.visible),
    selected: null,
    compare: null,
    place: null,
    sort: { by: "amount", falling: true },
  };
}
