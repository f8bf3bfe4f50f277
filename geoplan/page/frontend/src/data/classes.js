// Class breaks of a choropleth. Classes are of values above zero; zero, values below it and no data stand apart.

import { quantileSorted } from "d3-array";
import { ckmeans } from "simple-statistics";

export const METHODS = ["quantiles", "fisher", "equal", "pretty"];
export const MOST_CLASSES = 5;
export const CLASS_COUNTS = [2, 3, 4, 5, 6, 7];

// Classes are told apart by at least this part of the higher value.
const LEAST_GAP = 0.01;

// Fewer districts than this are classed by natural breaks: quantiles would part what is alike.
const FEW_DISTRICTS = 15;

/**
 * Return the method that a plan of so many districts opens with.
 *
 * @param {number} districts
 */
export function usualMethod(districts) {
  return districts < FEW_DISTRICTS ? "fisher" : "quantiles";
}

/**
 * Return the lower bounds of the classes above the lowest one, ascending; a value on a bound is above it.
 *
 * - quantiles: as many values in each class, by linear interpolation (Hyndman & Fan 1996, type 7);
 * - fisher: least sum of squares within classes (Fisher 1958, "Jenks natural breaks");
 * - equal: classes of equal width from the smallest to the largest value;
 * - pretty: bounds that are 1, 2 or 5 times a power of ten apart, so that the number of classes may differ.
 *
 * Few values that print differently make few classes; a class that no value falls in is joined to the next one, except
 * where bounds are meant to be evenly spaced. Values that print alike are never in different classes: a bound between
 * them moves to the nearest gap of 1 % or more; where values are so dense that there is none, to the widest gap. Each
 * bound is the roundest number in its gap.
 *
 * @param {number[]} values
 * @param {number} [most]
 * @param {string} [method]
 */
export function classBreaks(values, most = MOST_CLASSES, method = "quantiles") {
  // A typed array sorts numbers several times as fast.
  const sorted = [...Float64Array.from(values.filter((value) => Number.isFinite(value) && value > 0)).sort()];
  const distinct = [...new Set(sorted)];
  const classes = bearableClasses(new Set(distinct.map(threeDigits)).size, most);
  if (classes < 2) return [];
  if (method === "equal") return withAlikeAbove(distinct, equalBreaks(distinct, classes));
  if (method === "pretty") return withAlikeAbove(distinct, prettyBreaks(distinct, classes));
  const tops = method === "fisher" ? fisherTops(sorted, classes) : quantileTops(sorted, classes);
  return separators(distinct, tops, Math.max(1, Math.floor(distinct.length / (2 * classes))));
}

/**
 * Return a value as it prints with three digits.
 *
 * @param {number} value
 */
function threeDigits(value) {
  return value.toPrecision(3);
}

/**
 * Return how many classes so many different values bear: few values in many classes tell apart what is alike.
 *
 * @param {number} distinct
 * @param {number} most
 */
function bearableClasses(distinct, most) {
  return Math.min(most, distinct, Math.max(1, Math.round(1.5 * Math.sqrt(distinct))));
}

/**
 * Turn the highest values of classes into lower bounds of the next classes.
 *
 * @param {number[]} distinct
 * @param {number[]} tops
 * @param {number} reach how many gaps a bound may move to either side
 */
function separators(distinct, tops, reach) {
  const gaps = new Set();
  for (const top of tops) {
    const next = distinct.findIndex((value) => value > top);
    if (next > 0) gaps.add(clearGap(distinct, next, reach));
  }
  gaps.delete(0);
  return [...gaps].sort((a, b) => a - b).map((at) => roundestBetween(distinct[at - 1], distinct[at]));
}

/**
 * Return the position above the gap where a class can end: the wanted one or the nearest one of 1 % or more; of two as
 * near, the wider one. Where values are dense, the widest one between values that print differently. 0 for none.
 *
 * @param {number[]} distinct
 * @param {number} wanted
 * @param {number} reach
 */
function clearGap(distinct, wanted, reach) {
  const gap = (/** @type {number} */ at) => (distinct[at] - distinct[at - 1]) / distinct[at];
  const near = Array.from({ length: 2 * reach + 1 }, (_, at) => wanted - reach + at)
    .filter((at) => at > 0 && at < distinct.length)
    .sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted) || gap(b) - gap(a) || a - b);
  const clear = near.find((at) => gap(at) >= LEAST_GAP);
  if (clear !== undefined || reach < 2) return clear ?? 0;
  const visible = near.filter((at) => threeDigits(distinct[at]) !== threeDigits(distinct[at - 1]));
  return visible.sort((a, b) => gap(b) - gap(a) || a - b)[0] ?? 0;
}

/**
 * Lower bounds to the least value that prints like them, so that what prints alike is in the class above.
 *
 * @param {number[]} distinct
 * @param {number[]} breaks
 */
function withAlikeAbove(distinct, breaks) {
  const print = (/** @type {number} */ value) => (value < 100 ? Number(threeDigits(value)) : Math.round(value));
  const lowered = breaks.map((bound) =>
    Math.min(bound, distinct.find((value) => print(value) === print(bound)) ?? bound),
  );
  return [...new Set(lowered)].filter((bound) => bound > distinct[0]);
}

/**
 * Return the highest values of all classes but the last: the quantiles.
 *
 * @param {number[]} sorted
 * @param {number} classes
 */
function quantileTops(sorted, classes) {
  return Array.from({ length: classes - 1 }, (_, at) => Number(quantileSorted(sorted, (at + 1) / classes)));
}

/**
 * Return the highest values of all classes but the last under the least sum of squared deviations.
 *
 * @param {number[]} sorted
 * @param {number} classes
 */
function fisherTops(sorted, classes) {
  return ckmeans(sorted, classes)
    .slice(0, -1)
    .map((members) => members[members.length - 1]);
}

/**
 * @param {number[]} distinct
 * @param {number} classes
 */
function equalBreaks(distinct, classes) {
  const [low, high] = [distinct[0], distinct[distinct.length - 1]];
  return Array.from({ length: classes - 1 }, (_, at) => low + ((at + 1) * (high - low)) / classes);
}

/**
 * @param {number[]} distinct
 * @param {number} classes
 * @returns {number[]}
 */
function prettyBreaks(distinct, classes) {
  const [low, high] = [distinct[0], distinct[distinct.length - 1]];
  const step = niceNumber(niceNumber(high - low, false) / (classes - 1), true);
  const breaks = [];
  for (let at = Math.floor(low / step) + 1; at * step < high; at += 1) breaks.push(Number((at * step).toPrecision(12)));
  return breaks.length < CLASS_COUNTS[CLASS_COUNTS.length - 1] ? breaks : prettyBreaks(distinct, classes - 1);
}

/**
 * Return 1, 2, 5 or 10 times a power of ten: the nearest, or the next one up (Heckbert 1990, "Nice numbers").
 *
 * @param {number} value
 * @param {boolean} nearest
 */
function niceNumber(value, nearest) {
  const power = powerOfTen(Math.floor(Math.log10(value)));
  const lead = value / power;
  const limits = nearest ? [1.5, 3, 7] : [1, 2, 5];
  const within = (/** @type {number} */ limit) => (nearest ? lead < limit : lead <= limit);
  return [1, 2, 5, 10][limits.findIndex(within) < 0 ? 3 : limits.findIndex(within)] * power;
}

/**
 * Return a power of ten to the last digit, as the library computes it; `10 ** -4` is not 0.0001 in every browser.
 *
 * @param {number} exponent
 */
function powerOfTen(exponent) {
  return Number(`1e${exponent}`);
}

/**
 * Return the number with the fewest digits that is above `low` and at most `high`.
 *
 * @param {number} low
 * @param {number} high
 */
function roundestBetween(low, high) {
  for (let digits = 1; digits <= 12; digits += 1) {
    const step = powerOfTen(Math.floor(Math.log10(high)) - digits + 1);
    const rounded = Number((Math.floor(high / step) * step).toPrecision(digits));
    if (rounded > low && rounded <= high) return rounded;
  }
  return high;
}

/**
 * Return the class of a value: 0 for the lowest; only for values above zero.
 *
 * @param {number} value
 * @param {number[]} breaks
 */
export function classOf(value, breaks) {
  let at = 0;
  while (at < breaks.length && value >= breaks[at]) at += 1;
  return at;
}
