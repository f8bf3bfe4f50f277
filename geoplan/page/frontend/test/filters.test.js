// Filters: which rows of the ledger count.

import assert from "node:assert/strict";
import { test } from "node:test";

import { addUp, eachEntry, isFiltered, rowsOfProject } from "../src/data/entries.js";
import { moneyLeftOut, sumByMember } from "../src/data/member_sums.js";
import { FILTERS, NOT_STATED } from "../src/data/members.js";
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
    [null, null, null, null, null],
  );
  assert.deepEqual(rows(), [0, 1, 2, 3, 4]);
  assert.ok(!isFiltered(data, view));
});

test("each filter keeps its rows", () => {
  assert.deepEqual(rows({ kind: 1 }), [5]);
  assert.deepEqual(rows({ component: [1] }), [1, 2]);
  assert.deepEqual(rows({ component: [0] }), [0, 3, 4]);
  assert.deepEqual(rows({ funder: [0] }), [0, 1]);
  assert.deepEqual(rows({ funder: [1] }), [2, 3, 4]);
  assert.deepEqual(rows({ sector: [0] }), [0, 1, 2]);
  assert.deepEqual(rows({ status: [0] }), [3, 4]);
  // The second project states no sector, the third district no poverty class.
  assert.deepEqual(rows({ sector: [NOT_STATED] }), [3, 4]);
  assert.deepEqual(rows({ poverty: [NOT_STATED] }), [2, 3, 4]);
  // Money without a district, of rows 2 and 4, could be in one of the districts that are kept.
  assert.deepEqual(rows({ poverty: [0] }), [0, 2, 4]);
  assert.deepEqual(rows({ poverty: [1] }), [1, 2, 4]);
  assert.deepEqual(rows({ from: 2011 }), [1, 2, 4]);
  assert.deepEqual(rows({ to: 2010 }), [0, 3]);
});

test("a filter keeps several names, or none", () => {
  assert.deepEqual(rows({ funder: [0, 1] }), [0, 1, 2, 3, 4]);
  assert.deepEqual(rows({ sector: [NOT_STATED, 0] }), [0, 1, 2, 3, 4]);
  assert.deepEqual(rows({ status: [] }), []);
});

test("joint funders are found by each of their names, and their money is in none of them alone", () => {
  const joint = toyData({ funders: ["Japan", "Norway|Japan", "Unspecified"], members: [[0], [0, 1], []] });
  const open = firstView(joint);
  /** @type {(funder: number[]) => number[]} */
  const kept = (funder) => {
    /** @type {number[]} */
    const found = [];
    eachEntry(joint, { ...open, funder }, (row) => found.push(row));
    return found;
  };
  assert.deepEqual(kept([0]), [0, 1, 2, 3, 4]);
  assert.deepEqual(kept([1]), [2, 3, 4]);
  assert.deepEqual(kept([NOT_STATED]), []);
  const sums = sumByMember(joint, open, "funder");
  // Rows 0 and 1 are Japan's alone: 100 + 250; rows 2 to 4 are joint: 1001 + 400 + 3, of two projects.
  assert.deepEqual(sums.get(0), { alone: 350, jointly: 1404, isJoint: true, projects: 2 });
  assert.deepEqual(sums.get(1), { alone: 0, jointly: 1404, isJoint: true, projects: 2 });
  assert.equal(sums.size, 2);
  assert.deepEqual(moneyLeftOut(joint, { ...open, funder: [1] }, "funder"), { amount: 350, projects: 1 });
  assert.deepEqual(moneyLeftOut(joint, open, "funder"), { amount: 0, projects: 0 });
});

test("what a filter of districts leaves out is in other districts", () => {
  // Row 1 is in the very poor district, row 3 in the one without a class; rows 2 and 4 could be anywhere.
  assert.deepEqual(moneyLeftOut(data, { ...view, poverty: [0] }, "poverty"), { amount: 650, projects: 2 });
});

test("filters narrow each other", () => {
  assert.deepEqual(rows({ funder: [1], from: 2011, sector: [0] }), [2]);
  assert.deepEqual(rows({ component: [0], poverty: [1] }), [4]);
});

test("any filter, and any shorter span of years, is a filter", () => {
  for (const name of FILTERS) assert.ok(isFiltered(data, { ...view, [name]: [0] }), name);
  assert.ok(isFiltered(data, { ...view, sector: [NOT_STATED] }));
  assert.ok(isFiltered(data, { ...view, from: 2011 }));
  assert.ok(isFiltered(data, { ...view, to: 2010 }));
  assert.ok(!isFiltered(data, { ...view, kind: 1 }));
});

test("sums and counts follow the filters", () => {
  const sums = sumByPlace(data, { ...view, funder: [1] });
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
