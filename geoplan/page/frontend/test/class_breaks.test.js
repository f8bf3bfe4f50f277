// Class breaks against the table of cases that the library passes as well.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { CLASS_COUNTS, METHODS, classBreaks, classOf } from "../src/data/classes.js";

/** @type {{ cases: { name: string, method: string, most: number, values: (number | null)[], breaks: number[] }[] }} */
const { cases } = JSON.parse(
  readFileSync(new URL("../../../../tests/shared/class_breaks.json", import.meta.url), "utf-8"),
);

for (const { name, method, most, values, breaks } of cases)
  test(`${method}: ${name}`, () => {
    const given = values.map((value) => value ?? NaN);
    assert.deepEqual(classBreaks(given, most, method), breaks);
  });

test("the table has cases of every method", () => {
  assert.deepEqual([...new Set(cases.map(({ method }) => method))].sort(), [...METHODS].sort());
});

test("breaks rise, and every class between them has a value", () => {
  const values = Array.from({ length: 40 }, (_, at) => (at * 37) % 101).concat([0, -3, NaN, Infinity]);
  for (const method of ["quantiles", "fisher"])
    for (const most of CLASS_COUNTS) {
      const breaks = classBreaks(values, most, method);
      assert.deepEqual(
        breaks,
        [...new Set(breaks)].sort((a, b) => a - b),
      );
      const positive = values.filter((value) => value > 0 && Number.isFinite(value));
      assert.equal(new Set(positive.map((value) => classOf(value, breaks))).size, breaks.length + 1);
    }
});

test("a value on a break is in the class above it", () => {
  assert.deepEqual(
    [1, 10, 19, 20, 99].map((value) => classOf(value, [10, 20])),
    [0, 1, 1, 2, 2],
  );
});

test("values that are given are not put in order", () => {
  const values = [3, 1, 2];
  classBreaks(values);
  assert.deepEqual(values, [3, 1, 2]);
});
