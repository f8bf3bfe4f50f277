// The difference between both sides of a comparison: second minus first, by district.

/** @import { ExtraMeasure, Page, Sums } from "../types.js" */

import { toUnits } from "../text/amounts.js";
import { kindInWords } from "../text/choice.js";
import { language } from "../text/language.js";
import { measureName } from "../text/measure_names.js";
import { say } from "../text/messages.js";
import { hasOwnClasses, measureDistricts } from "./measures.js";

/** The measure of the second map that shows the difference. */
export const DIFFERENCE = "difference";

/** @type {Record<string, keyof Pick<Sums, "amount" | "certain" | "expected" | "atMost">>} */
const MONEY = { amount: "amount", certain: "certain", expected: "expected", at_most: "atMost" };

/**
 * Tell whether the same measure of both sides can be subtracted: a number, in one currency, that filters change.
 *
 * @param {Page} page
 * @param {Page} side
 */
export function isComparable({ data, view }, side) {
  const isNumber = hasOwnClasses(view) || view.measure === "targeting_ratio";
  return isNumber && !data.extra.has(view.measure) && data.codes[view.currency] === side.data.codes[side.view.currency];
}

/**
 * Return for each district of the second side its value minus that of the first; NaN where one of them has none. Money
 * is subtracted in minor units.
 *
 * @param {Page} page
 * @param {Page} side
 */
export function differenceBySide(page, side) {
  const { measure, currency } = page.view;
  const own = measureDistricts(page.data, page.view, page.sums);
  const values = measureDistricts(side.data, { ...side.view, measure }, side.sums);
  const position = new Map(page.data.districts.code.map((code, at) => [code, at]));
  const digits = page.data.digits[currency] ?? 0;
  return side.data.districts.code.map((code, at) => {
    const first = position.get(code);
    if (first === undefined) return NaN;
    const name = MONEY[measure];
    return name ? toUnits(side.sums[name][at] - page.sums[name][first], digits) : values[at] - own[first];
  });
}

/**
 * Return the difference as a measure that can colour the map.
 *
 * @param {Page} page
 * @param {number[]} differences
 * @returns {ExtraMeasure}
 */
export function differenceMeasure(page, differences) {
  const { data, view } = page;
  const isRatio = ["share", "component_share", "targeting_ratio"].includes(view.measure);
  const unit = view.measure === "targeting_ratio" ? "" : isRatio ? say("percentage_points") : kindInWords(page);
  return {
    key: DIFFERENCE,
    label: { [language]: say("difference_of", { measure: measureName(data, view.measure) }) },
    unit: { [language]: [unit, say("second_minus_first")].filter(Boolean).join(", ") },
    scale: "diverging",
    currency: isRatio ? null : (data.codes[view.currency] ?? null),
    values: differences.map((value) => (Number.isNaN(value) ? null : value)),
  };
}
