// Marks of projects: which of them have a colour and shape of their own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { markGroups } from "../src/data/marks.js";

const sector = {
  names: ["Water", "Roads|Water", "Health", "Health|Roads|Water"],
  at: [0, 0, 1, 1, 3, 2, -1],
};
const data = /** @type {any} */ ({
  ledger: { project: [0, 2, 4, 5, 6], component: [1, 1, 0, 0, 0], components: ["A", "B"], ranking: [1, 0] },
  projects: { sector },
  filters: { sector: { names: ["Water", "Roads", "Health"], of: [[0], [1, 0], [2], [2, 1, 0]] } },
});

test("a project in several sectors is marked as such, not as a sector of its own", () => {
  const { groupOf, names, styled } = markGroups(data, { marks: "sector" });
  assert.deepEqual([0, 1, 2, 3, 4].map(groupOf), [0, 3, 3, 2, -1]);
  assert.deepEqual(styled, [0, 2, 3]);
  assert.equal(names.length, 3);
});

test("marks by component follow the ranking of the ledger", () => {
  const { groupOf, styled } = markGroups(data, { marks: "component" });
  assert.deepEqual([0, 2].map(groupOf), [1, 0]);
  assert.deepEqual(styled, [0, 1]);
});
