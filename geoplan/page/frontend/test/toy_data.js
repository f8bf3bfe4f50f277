// A toy plan, opened: three districts in two provinces, two projects, money of two years and two kinds.

import { openData } from "../src/data/opening.js";

/** @import { Data } from "../src/types.js" */

/**
 * One row of the ledger: project, component, funder, year, kind, place, province of coarse money, amount in cents, and
 * optionally the rule: 0 a point, 1 an approximate name.
 *
 * Places 0 to 2 are the districts A, B (in the west) and C (in the east); 3 is "province-wide", 4 "unlocated".
 */
const ROWS = [
  [0, 0, 0, 2010, 0, 0, -1, 100],
  [0, 1, 0, 2011, 0, 1, -1, 250],
  [0, 1, 1, 2011, 0, 3, 0, 1001],
  [1, 0, 1, 2010, 0, 2, -1, 400],
  [1, 0, 1, 2011, 0, 4, -1, 3],
  [1, 0, 1, 2011, 1, 2, -1, 77],
];

/**
 * Return the toy plan as the page opens it.
 *
 * @param {{ big?: boolean, rows?: number[][], funders?: string[], members?: number[][] }} [options]
 * @returns {Data}
 */
export function toyData({ big = false, rows = ROWS, funders = ["Norway", "Japan"], members } = {}) {
  const column = (/** @type {number} */ at) => rows.map((row) => row[at]);
  const nothing = {
    points: { x: [], y: [], location: [] },
    lines: { path: [], location: [] },
    areas: { rings: [], location: [] },
  };
  return openData({
    title: "Toy",
    measure: "amount",
    measures: ["amount", "certain", "expected", "at_most", "per_person"],
    extra_measures: [],
    buckets: ["province_wide", "unlocated"],
    coarse: ["province_wide", "unlocated"],
    currencies: { EUR: 2 },
    districts: {
      code: ["A", "B", "C"],
      name: ["Ay", "Bee", "Cee"],
      name_lo: [null, null, null],
      province: ["West", "West", "East"],
      province_at: [0, 0, 1],
      population: [1000, 3000, 500],
      poor: [100, 100, null],
      poverty_class: [0, 1, -1],
      classes: ["poor", "very poor"],
      classes_ordered: true,
      arcs: [],
      rings: [],
      label: [],
    },
    projects: {
      project: ["P", "Q"],
      title: ["Pea", null],
      sector: { names: ["roads"], at: [0, -1] },
      status: { names: ["done", "open"], at: [1, 0] },
      illustrative: [],
    },
    locations: { project: [], rows: 0, name: [], illustrative: [], coarse: 0, stands_for: null, ...nothing },
    layers: [],
    ledger: {
      rows: rows.length,
      big,
      project: column(0),
      location: -1,
      component: column(1),
      funder: column(2),
      year: column(3),
      kind: column(4),
      currency: 0,
      place: column(5),
      rule: rows.map((row) => row[8] ?? 0),
      province: column(6),
      amount: big ? column(7).map(String) : column(7),
      components: ["schools", "roads"],
      funders,
      funder_members: members ? { names: ["Japan", "Norway"], of: members } : null,
      kinds: ["disbursement", "budget"],
      rules: [["point"], ["similar_name"]],
      approximate: [false, true],
      ranking: [0, 1],
    },
    crowds: null,
    other: null,
    words: {},
    messages: { en: {} },
  });
}
