// Certain, expected, at most.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isUnsure, spreadsOffered } from "../src/data/readings.js";
import { sumByPlace } from "../src/data/sums.js";
import { firstView } from "../src/data/view.js";
import { toyData } from "./toy_data.js";

test("province-wide money could be in any district of its province, other coarse money anywhere", () => {
  const data = toyData();
  const sums = sumByPlace(data, firstView(data));
  assert.deepEqual(sums.amount, [100, 250, 400, 1001, 3]);
  assert.deepEqual(sums.atMost, [100 + 1001 + 3, 250 + 1001 + 3, 400 + 3]);
  assert.ok(isUnsure({ sums }));
});

test("expected money is split to the cent", () => {
  const data = toyData();
  const view = { ...firstView(data), spread: "population" };
  const { expected } = sumByPlace(data, view);
  // 1001 cents over 1000 and 3000 people: 250 and 751 (250.25 and 750.75). 3 cents over 1000, 3000 and 500: 1, 2 and 0.
  assert.deepEqual(expected, [100 + 250 + 1, 250 + 751 + 2, 400]);
});

test("an even split gives a cent that is left to the first of equals", () => {
  const data = toyData();
  const { expected } = sumByPlace(data, { ...firstView(data), spread: "even" });
  assert.deepEqual(expected, [100 + 501 + 1, 250 + 500 + 1, 400 + 1]);
});

test("amounts that need it are bigints, with the same result", () => {
  const [small, big] = [toyData(), toyData({ big: true })];
  const [exact, other] = [small, big].map((data) => sumByPlace(data, firstView(data)));
  assert.equal(typeof other.total, "bigint");
  assert.deepEqual(other.expected.map(Number), exact.expected);
  assert.deepEqual(other.atMost.map(Number), exact.atMost);
});

test("refunds could be elsewhere, so they take nothing away from at most", () => {
  const data = toyData({
    rows: [
      [0, 0, 0, 2010, 0, 0, -1, 100],
      [0, 0, 0, 2010, 0, 3, 0, -40],
    ],
  });
  const { atMost, expected } = sumByPlace(data, { ...firstView(data), spread: "even" });
  assert.deepEqual(atMost, [100, 0, 0]);
  assert.deepEqual(expected, [80, -20, 0]);
});

test("money can be spread by what is known of every district", () => {
  assert.deepEqual(spreadsOffered(toyData()), ["even", "population"]);
});
