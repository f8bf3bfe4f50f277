// Amounts and numbers as they are written.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import {
  formatAlike,
  formatDay,
  formatDecimal,
  formatMinor,
  formatMoney,
  formatNumber,
  formatPercent,
  formatRound,
  formatValue,
  holdAmounts,
  plainAmount,
  toUnits,
} from "../src/text/amounts.js";
import { setLanguage } from "../src/text/language.js";

/** Write a thin space as "_" and a minus sign as "-", so that tests can be read. */
function plain(/** @type {string} */ text) {
  return text.replaceAll("\u202f", "_").replaceAll("\u2212", "-");
}

afterEach(() => setLanguage("en"));

test("minor units become currency units with all decimals", () => {
  assert.equal(plain(formatMinor(820000000, 2)), "8_200_000.00");
  assert.equal(plain(formatMinor(5, 2)), "0.05");
  assert.equal(plain(formatMinor(-100001, 2)), "-1_000.01");
  assert.equal(plain(formatMinor(1234, 0)), "1_234");
  assert.equal(plain(formatMinor(1234567, 3)), "1_234.567");
});

test("an amount and its currency stay on one line, in the order of the language", () => {
  assert.equal(plain(formatMoney("EUR", 820000000, 2)), "EUR\u00a08_200_000");
  setLanguage("fr");
  assert.equal(plain(formatMoney("EUR", 820000000, 2)), "8_200_000\u00a0EUR");
  const sentences = "it depends on where EUR 1\u202f000 and LAK \u22125 went; 3 EUR, 7 districts";
  const held = "it depends on where EUR\u00a01\u202f000 and LAK\u00a0\u22125 went; 3\u00a0EUR, 7 districts";
  assert.equal(holdAmounts(sentences), held);
});

test("amounts beyond the whole numbers that a number holds are exact", () => {
  const amount = /** @type {any} */ (12345678901234567890n);
  assert.equal(plain(formatMinor(amount, 2)), "123_456_789_012_345_678.90");
  assert.equal(plainAmount(amount, 2), "123456789012345678.90");
});

test("French and Lao have a comma", () => {
  for (const code of ["fr", "lo"]) {
    setLanguage(code);
    assert.equal(plain(formatMinor(123456, 2)), "1_234,56");
    assert.equal(plain(formatNumber(0.25, 1)), "0,3");
  }
});

test("rounded amounts keep what is less than one unit", () => {
  assert.equal(plain(formatRound(123456, 2)), "1_235");
  assert.equal(plain(formatRound(45, 2)), "0.45");
  assert.equal(plain(formatRound(0, 2)), "0");
});

test("decimals that came as text stay as they are", () => {
  assert.equal(plain(formatDecimal("-1234567.890")), "-1_234_567.890");
  assert.equal(plain(formatDecimal("12")), "12");
});

test("nothing is written as less than nothing", () => {
  assert.equal(plain(formatNumber(-0.2)), "0");
  assert.equal(plain(formatNumber(-1.5, 1)), "-1.5");
});

test("values have as many decimals as their size makes readable", () => {
  assert.deepEqual([0, 1234.5, 45.67, 4.567, 0.0045678, 5].map(formatValue).map(plain), [
    "0",
    "1_235",
    "45.7",
    "4.57",
    "0.00457",
    "5",
  ]);
});

test("values that stand together have the same decimals, unless their sizes are far apart", () => {
  assert.deepEqual([1, 2.25, 10].map(formatAlike([1, 2.25, 10])), ["1.00", "2.25", "10.00"]);
  assert.deepEqual([0.5, 1000].map(formatAlike([0.5, 1000])).map(plain), ["0.5", "1_000"]);
  assert.equal(formatAlike([])(3), "3");
  assert.deepEqual([0.298, 120].map(formatAlike([0.298, 120], 2)), ["0.30", "120.00"]);
  assert.deepEqual([0.0298, 9].map(formatAlike([0.0298, 9], 2)), ["0.0298", "9.0000"]);
});

test("a share that is neither nothing nor all does not look like it", () => {
  const cases = [
    { part: 1, whole: 3, text: "33.3_%" },
    { part: 0, whole: 3, text: "0.0_%" },
    { part: 3, whole: 3, text: "100.0_%" },
    { part: 4, whole: 10000, text: "<_0.1_%" },
    { part: 5, whole: 10000, text: "0.1_%" },
    { part: 9994, whole: 10000, text: "99.9_%" },
    { part: 9996, whole: 10000, text: ">_99.9_%" },
    { part: 1, whole: 0, text: "" },
  ];
  for (const { part, whole, text } of cases) assert.equal(plain(formatPercent(part, whole)), text);
});

test("plain amounts are for spreadsheets", () => {
  assert.equal(plainAmount(-5, 2), "-0.05");
  assert.equal(plainAmount(1234, 0), "1234");
});

test("units are for colours and bars", () => {
  assert.equal(toUnits(/** @type {any} */ (150n), 2), 1.5);
});

test("days are written as the language writes them", () => {
  assert.equal(formatDay("2012-01-31"), "31 January 2012");
  assert.equal(formatDay("some day"), "some day");
  setLanguage("fr");
  assert.equal(formatDay("2012-02-01"), "1er février 2012");
  setLanguage("lo");
  assert.equal(formatDay("2012-01-31"), "31/1/2012");
});
