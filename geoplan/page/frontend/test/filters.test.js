// Filters: which rows of the ledger count.

import assert from "node:assert/strict";
import { test } from "node:test";

import { FILTERS, NOT_STATED, addUp, eachEntry, isFiltered, rowsOfProject } from "../src/data/entries.js";
import { projectCount, sumByPlace } from "../src/data/sums.js";
import { firstView } from "../src/data/view.js";
import { toyData } from "./toy_data.js";

/** @import { View } from "../src/types.js" */

const data = toyData();
const view = firstView(data);

/**
 * Return the rows that pass.
 *
 * @param {Partial<View>} [changes]
 */
function rows(changes = {}) {
  /** @type {number[]} */
  const found = [];
  eachEntry(data, { ...view, ...changes }, (row) => found.push(row));
  return found;
}

test("the view opens with the currency and kind of most rows, and everything else open", () => {
  assert.deepEqual([view.currency, view.kind, view.from, view.to], [0, 0, 2010, 2011]);
  assert.deepEqual(
    FILTERS.map((name) => view[name]),
    [-1, -1, -1, -1, -1],
  );
  assert.deepEqual(rows(), [0, 1, 2, 3, 4]);
  assert.ok(!isFiltered(data, view));
});

test("each filter keeps its rows", () => {
  assert.deepEqual(rows({ kind: 1 }), [5]);
  assert.deepEqual(rows({ component: 1 }), [1, 2]);
  assert.deepEqual(rows({ component: 0 }), [0, 3, 4]);
  assert.deepEqual(rows({ funder: 0 }), [0, 1]);
  assert.deepEqual(rows({ funder: 1 }), [2, 3, 4]);
  assert.deepEqual(rows({ sector: 0 }), [0, 1, 2]);
  assert.deepEqual(rows({ status: 0 }), [3, 4]);
  // The second project states no sector, the third district no poverty class.
  assert.deepEqual(rows({ sector: NOT_STATED }), [3, 4]);
  assert.deepEqual(rows({ poverty: NOT_STATED }), [2, 3, 4]);
  // Money without a district, of rows 2 and 4, could be in one of the districts that are kept.
  assert.deepEqual(rows({ poverty: 0 }), [0, 2, 4]);
  assert.deepEqual(rows({ poverty: 1 }), [1, 2, 4]);
  assert.deepEqual(rows({ from: 2011 }), [1, 2, 4]);
  assert.deepEqual(rows({ to: 2010 }), [0, 3]);
});

test("filters narrow each other", () => {
  assert.deepEqual(rows({ funder: 1, from: 2011, sector: 0 }), [2]);
  assert.deepEqual(rows({ component: 0, poverty: 1 }), [4]);
});

test("any filter, and any shorter span of years, is a filter", () => {
  for (const name of FILTERS) assert.ok(isFiltered(data, { ...view, [name]: 0 }), name);
  assert.ok(isFiltered(data, { ...view, sector: NOT_STATED }));
  assert.ok(isFiltered(data, { ...view, from: 2011 }));
  assert.ok(isFiltered(data, { ...view, to: 2010 }));
  assert.ok(!isFiltered(data, { ...view, kind: 1 }));
});

test("sums and counts follow the filters", () => {
  const sums = sumByPlace(data, { ...view, funder: 1 });
  assert.deepEqual(sums.amount, [0, 0, 400, 1001, 3]);
  assert.equal(sums.total, 1404);
  assert.equal(addUp(sums.amount, 0), sums.total);
  assert.deepEqual([...sums.projects], [0, 0, 1, 1, 1]);
  assert.equal(sums.allProjects, 2);
  assert.equal(projectCount(sums, 2), "2");
  assert.equal(projectCount({ counted: false }, 2), "–");
});

test("rows of a project stand together", () => {
  assert.deepEqual(rowsOfProject(data.ledger, 1), [3, 4, 5]);
  assert.deepEqual(rowsOfProject(data.ledger, 7), []);
});
