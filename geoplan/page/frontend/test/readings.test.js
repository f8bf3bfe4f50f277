// Certain, expected, at most.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isDoubted, isUnsure, spreadsOffered } from "../src/data/readings.js";
import { sumByPlace } from "../src/data/sums.js";
import { firstView } from "../src/data/view.js";
import { toyData } from "./toy_data.js";

test("province-wide money could be in any district of its province, other coarse money anywhere", () => {
  const data = toyData();
  const sums = sumByPlace(data, firstView(data));
  assert.deepEqual(sums.amount, [100, 250, 400, 1001, 3]);
  assert.deepEqual(sums.atMost, [100 + 1001 + 3, 250 + 1001 + 3, 400 + 3]);
  assert.deepEqual(sums.certain, [100, 250, 400]);
  assert.ok(isUnsure({ sums }));
  assert.ok(!isDoubted({ sums }));
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
  const { certain, atMost, expected } = sumByPlace(data, { ...firstView(data), spread: "even" });
  assert.deepEqual(certain, [100 - 40, -40, 0]);
  assert.deepEqual(atMost, [100, 0, 0]);
  assert.deepEqual(expected, [80, -20, 0]);
});

test("money placed by an approximate name is expected and not certain; a refund is the other way round", () => {
  for (const big of [false, true]) {
    const data = toyData({
      big,
      rows: [
        [0, 0, 0, 2010, 0, 0, -1, 100],
        [0, 0, 0, 2010, 0, 0, -1, 70, 1],
        [0, 0, 0, 2011, 0, 0, -1, -20, 1],
        [1, 0, 0, 2010, 0, 0, -1, -8, 1],
        [1, 0, 0, 2010, 0, 1, -1, 5, 1],
      ],
    });
    const sums = sumByPlace(data, firstView(data));
    // Project 0 has 50 by such a name, net of its refund; project 1 has a refund of 8, and 5 elsewhere.
    assert.deepEqual(sums.certain.map(Number), [100 - 8, 0, 0]);
    assert.deepEqual(sums.expected.map(Number), [142, 5, 0]);
    assert.deepEqual(sums.atMost.map(Number), [150, 5, 0]);
    assert.ok(isDoubted({ sums }));
    assert.ok(data.anyApproximate);
  }
  assert.ok(!toyData().anyApproximate);
});

test("province-wide money of a province with one district is certain there, net of refunds", () => {
  const data = toyData({
    rows: [
      [0, 0, 0, 2010, 0, 3, 1, 900],
      [1, 0, 0, 2010, 0, 3, 1, -30],
    ],
  });
  const sums = sumByPlace(data, firstView(data));
  for (const reading of [sums.certain, sums.expected, sums.atMost]) assert.deepEqual(reading, [0, 0, 870]);
});

test("money can be spread by what is known of every district", () => {
  assert.deepEqual(spreadsOffered(toyData()), ["even", "population"]);
});
