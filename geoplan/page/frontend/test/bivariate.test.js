// Money × poverty: cells, and colours that stay apart for colour-blind readers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { averageCut, crossDistricts, cutClasses, cutMoney, cutPoverty, povertyOf } from "../src/data/bivariate.js";
import { moneyCrossed } from "../src/data/measures.js";
import { sumByPlace } from "../src/data/sums.js";
import { firstView } from "../src/data/view.js";
import { BIVARIATE } from "../src/drawing/colours.js";
import { toyData } from "./toy_data.js";

/** @import { View } from "../src/types.js" */

/**
 * Return the poverty and money steps of each district, null where it has none.
 *
 * @param {Partial<View>} [changes]
 */
function cells(changes = {}, data = toyData()) {
  const view = { ...firstView(data), measure: "money_per_person_and_poverty", ...changes };
  const { rows, of } = crossDistricts(data, view, sumByPlace(data, view));
  return of.map((at) => (rows[at].type === "cell" ? [rows[at].poor, rows[at].paid] : rows[at].type));
}

test("districts are crossed by money per person and poverty rate", () => {
  const data = toyData();
  data.districts.population = [1000, 3000, 500];
  data.districts.poor = [300, 300, 50];
  // Per person 0.001, 0.00083, 0.008; rates 0.3, 0.1, 0.1. A is poor and left out.
  assert.deepEqual(cells({}, data), [
    [1, 0],
    [0, 0],
    [0, 1],
  ]);
});

test("by default poor persons and the poverty class count where the profile has them", () => {
  const data = toyData();
  data.districts.population = [1000, 3000, 500];
  data.districts.poor = [300, 300, 10];
  Object.assign(data.districts, { poverty_class: [0, 1, 1], classes: ["not poor", "poor"], classes_ordered: true });
  const view = { ...firstView(data), measure: "money_and_poverty" };
  const { cuts, crossed } = crossDistricts(data, view, sumByPlace(data, view));
  // 1.00 and 2.50 for 300 poor persons each, 4.00 for 10: 7.50 for 610.
  assert.deepEqual(cuts, { money: [0.012295], poverty: [2] });
  assert.deepEqual(crossed?.poverty, [1, 2, 2]);
  assert.deepEqual(cells({ measure: "money_and_poverty" }, data), [
    [0, 0],
    [1, 0],
    [1, 1],
  ]);
  assert.ok(povertyOf(data.districts, "money_per_person_and_poverty").isRate);
  // A class that a district with a rate lacks is no measure of all; nor are poor persons of only a part of the people.
  data.districts.poverty_class = [0, 1, -1];
  assert.ok(povertyOf(data.districts, "money_and_poverty").isRate);
  data.districts.poor = [300, 300, null];
  assert.equal(moneyCrossed(data.districts, "money_and_poverty"), "per_person");
});

test("a district without figures has no cell, and a chosen cell stands alone", () => {
  // C has no number of poor persons.
  assert.deepEqual(cells(), [[1, 1], [0, 0], "missing"]);
  assert.deepEqual(cells({ cell: 3 }), [[1, 1], "unchosen", "unchosen"]);
  assert.deepEqual(cells({ poverty: [1] }), ["unchosen", [0, 0], "unchosen"]);
});

/**
 * @type {{
 *   cases: { name: string, values: (number | null)[], weights: (number | null)[], cuts: number[] }[],
 *   classes: { name: string, places: number[], steps: number, cuts: number[] }[],
 *   three_steps: { name: string, values: number[], weights: number[], money: number[], poverty: number[] }[],
 * }}
 */
const {
  cases: averages,
  classes,
  three_steps: threeSteps,
} = JSON.parse(readFileSync(new URL("../../../../tests/shared/average_cuts.json", import.meta.url), "utf-8"));

for (const { name, values, weights, cuts } of averages)
  test(`cut at the average: ${name}`, () => {
    const known = values.map((value) => value !== null);
    const given = values.map((value) => value ?? NaN);
    assert.deepEqual(averageCut(given, weights, known), cuts);
  });

for (const { name, places, steps, cuts } of classes)
  test(`steps of classes: ${name}`, () => {
    const known = places.map(() => true);
    assert.deepEqual(cutClasses(places, known, steps), cuts);
  });

for (const { name, values, weights, money, poverty } of threeSteps)
  test(`three steps: ${name}`, () => {
    const known = values.map(() => true);
    assert.deepEqual(cutMoney(values, weights, known, 3), money);
    assert.deepEqual(cutPoverty(values, weights, known, 3), poverty);
  });

test("of three steps the lowest has no money", () => {
  const data = toyData();
  data.districts.population = [10000, 3000, 500];
  data.districts.poor = [3000, 300, 50];
  // In 2010 A has 1.00 and C 4.00, 0.0001 and 0.008 per person; 5.00 for 13,500 people are 0.00037.
  const steps = cells({ classes: 3, from: 2010, to: 2010, fitted: true }, data);
  assert.deepEqual(
    steps.map((cell) => cell[1]),
    [1, 0, 2],
  );
});

test("a single year is parted at the average of a mean year", () => {
  const data = toyData();
  const crossed = (/** @type {Partial<View>} */ changes) => {
    const view = { ...firstView(data), measure: "money_per_person_and_poverty", ...changes };
    return crossDistricts(data, view, sumByPlace(data, view)).cuts?.money[0];
  };
  // A has 1.00 in 2010 and B 2.50 in 2011, together 4000 people.
  assert.equal(crossed({}), 0.000875);
  assert.equal(crossed({ from: 2010, to: 2010 }), 0.0004375);
  assert.equal(crossed({ from: 2010, to: 2010, fitted: true }), 0.00025);
});

// Machado, Oliveira & Fernandes (2009), full severity, on linear RGB.
const SIMULATIONS = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

/**
 * Return CIE L*a*b* of a colour as it is seen.
 *
 * @param {string} colour
 * @param {number[]} simulation
 */
function seen(colour, simulation) {
  const rgb = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const times = (/** @type {number[]} */ matrix, /** @type {number[]} */ vector) =>
    [0, 3, 6].map((row) => vector.reduce((sum, value, at) => sum + matrix[row + at] * value, 0));
  const shown = times(simulation, rgb).map((part) => Math.min(1, Math.max(0, part)));
  const xyz = times([0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505], shown);
  const [x, y, z] = [xyz[0] / 0.9505, xyz[1], xyz[2] / 1.089].map((part) =>
    part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116,
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

for (const [name, simulation] of Object.entries(SIMULATIONS))
  test(`nine colours are apart: ${name}`, () => {
    const labs = BIVARIATE.map((colour) => seen(colour, simulation));
    const distances = labs.flatMap((one, at) =>
      labs.slice(at + 1).map((other) => Math.hypot(...one.map((value, part) => value - other[part]))),
    );
    assert.equal(distances.length, 36);
    assert.ok(Math.min(...distances) > 15, `${Math.min(...distances)}`);
  });
