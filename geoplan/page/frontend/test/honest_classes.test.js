// Classes say no more than the values do.

import assert from "node:assert/strict";
import { test } from "node:test";

import { classifyDistricts, isScaledOverYears, scaleValues, unitOf } from "../src/data/measures.js";
import { sumByPlace } from "../src/data/sums.js";
import { firstView } from "../src/data/view.js";
import { hatchOf } from "../src/drawing/colours.js";
import { toyData } from "./toy_data.js";

/** @import { View } from "../src/types.js" */

const data = toyData();
const view = firstView(data);

/**
 * Return what each district is called in the legend, and the ends of the scale.
 *
 * @param {Partial<View>} changes
 */
function classed(changes, plan = data) {
  const now = { ...view, ...changes };
  const { rows, of, breaks, ends } = classifyDistricts(plan, now, sumByPlace(plan, now));
  return { types: of.map((row) => rows[row].type), breaks, ends, rows };
}

test("a single year has the scale of all years, unless the classes are fitted to it", () => {
  const year = { ...view, from: 2010, to: 2010 };
  // 2010: A 1.00 and C 4.00; 2011: B 2.50.
  assert.deepEqual(
    scaleValues(data, year, sumByPlace(data, year)).filter((value) => value > 0),
    [1, 4, 2.5],
  );
  assert.deepEqual(classed({ from: 2010, to: 2010 }).ends, [1, 4]);
  assert.deepEqual(classed({ from: 2011, to: 2011 }).ends, [1, 4]);
  assert.deepEqual(classed({ from: 2010, to: 2010 }).breaks, classed({ from: 2011, to: 2011 }).breaks);
  assert.deepEqual(classed({ from: 2011, to: 2011, fitted: true }).ends, [2.5, 2.5]);
  assert.ok(!isScaledOverYears(data, view));
});

test("a district that the filters leave out has no money class", () => {
  // The third district has no poverty class.
  assert.deepEqual(classed({ poverty: [0] }).types, ["range", "unchosen", "unchosen"]);
  assert.deepEqual(classed({ poverty: [0], measure: "poverty_class" }).types, ["class", "unchosen", "unchosen"]);
});

test("money of another kind is not no money", () => {
  // Of the budget there is something in C alone; the others have disbursements.
  assert.deepEqual(classed({ kind: 1 }).types, ["elsewise", "elsewise", "range"]);
  assert.deepEqual(classed({ kind: 1, component: [1] }).types, ["zero", "elsewise", "zero"]);
});

test("no colour and no hatch stands for two classes", () => {
  const names = Array.from({ length: 11 }, (_, at) => `class ${at + 1}`);
  const plan = toyData();
  plan.districts.classes = names;
  plan.districts.poverty_class = [0, 7, 10];
  const { rows, types } = classed({ measure: "poverty_class" }, plan);
  assert.deepEqual(types, ["class", "merged", "merged"]);
  assert.deepEqual(rows[7].names, names.slice(7));
  assert.equal(new Set(rows.map(({ colour }) => colour)).size, rows.length);
  for (const classes of [1, 5, 6]) {
    const hatches = names.slice(0, classes).map((_, at) => hatchOf(at, classes, true));
    assert.equal(new Set(hatches).size, classes);
  }
  assert.deepEqual(
    names.slice(0, 7).map((_, at) => hatchOf(at, 7, true)),
    Array(7).fill("none"),
  );
});

test("what is below zero has its least and its greatest value", () => {
  const plan = toyData();
  const negative = (/** @type {number[]} */ ...hours) => {
    plan.extra.set("hours", {
      key: "hours",
      label: { en: "Hours" },
      values: hours,
      currency: "",
      unit: { en: "h" },
      scale: "sequential",
    });
    const { rows, types } = classed({ measure: "hours" }, plan);
    return [types, rows.filter(({ type }) => type === "negative").map(({ from, to }) => [from, to])];
  };
  assert.deepEqual(negative(-4, -600, 7), [["negative", "negative", "range"], [[-600, -4]]]);
  assert.deepEqual(negative(-4, 0, 7)[1], [[-4, -4]]);
});

test("large amounts are in millions or billions where that leaves the small ones readable", () => {
  assert.equal(unitOf([9_999_999, 5000]), 1);
  assert.equal(unitOf([10_000_000, 1000]), 1e6);
  assert.equal(unitOf([-10_000_000, 0, NaN, 1000]), 1e6);
  assert.equal(unitOf([10_000_000, 999]), 1);
  assert.equal(unitOf([...Array(9).fill(10_000_000), 0.01]), 1e6); // one in ten may be small
  assert.equal(unitOf([1e12, 1e7]), 1e9);
  assert.equal(unitOf([1e12, 1e5]), 1e6);
  assert.equal(unitOf(Array.from({ length: 13 }, (_, at) => 10 ** at)), 1);
  assert.equal(unitOf([]), 1);
});
