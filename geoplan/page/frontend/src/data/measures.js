// Measures of districts: the ledger's sums under the filters, set against people and against each other.

/** @import { ClassRow, Classes, Data, Districts, Minor, Page, Sums, View } from "../types.js" */

import {
  CATEGORICAL,
  DIVERGING,
  DIVERGING_SIDES,
  NEGATIVE_COLOUR,
  NO_DATA_COLOUR,
  OTHER_MONEY_COLOUR,
  RATIO_BREAKS,
  SEQUENTIAL,
  UNCHOSEN_COLOUR,
  ZERO_COLOUR,
  hatchOf,
} from "../drawing/colours.js";
import { toUnits } from "../text/amounts.js";
import { classBreaks, classOf } from "./classes.js";
import { eachEntry } from "./entries.js";
import { FILTERS } from "./members.js";
import { sumByPlace } from "./sums.js";

/**
 * Tell whether money × poverty is shown.
 *
 * @param {Pick<View, "measure">} view
 */
export function isCrossed({ measure }) {
  return measure === "money_and_poverty" || measure === "money_per_person_and_poverty";
}

/**
 * Return the measure of the money of money × poverty: per poor person where each district with people states its poor.
 *
 * @param {Districts} districts
 * @param {string} measure
 */
export function moneyCrossed({ population, poor }, measure) {
  const isKnown =
    poor.some((persons) => (persons ?? 0) > 0) &&
    poor.every((persons, at) => persons !== null || population[at] === null);
  return isKnown && measure === "money_and_poverty" ? "per_poor_person" : "per_person";
}

/**
 * Return the measures that this plan has the figures for; the one now shown is always among them.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
export function measuresOffered({ data, view }) {
  const { districts, ledger } = data;
  const [anyPeople, anyPoor] = [districts.population, districts.poor].map((all) =>
    all.some((persons) => (persons ?? 0) > 0),
  );
  /** @type {Record<string, boolean>} */
  const has = {
    certain: data.anyApproximate,
    expected: data.anyCoarse,
    at_most: data.anyCoarse,
    per_person: anyPeople,
    per_poor_person: anyPoor,
    targeting_ratio: anyPoor,
    component_share: ledger.components.length > 1,
    poverty_class: districts.classes.length > 0,
    money_and_poverty: anyPeople && (anyPoor || (districts.classes_ordered && districts.classes.length > 1)),
    money_per_person_and_poverty: anyPeople && anyPoor,
  };
  return data.measures.filter((name) => has[name] !== false || name === view.measure);
}

/**
 * Return the measured value of every district; NaN where there is nothing to divide by.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 */
export function measureDistricts(data, view, sums) {
  const extra = data.extra.get(view.measure);
  if (extra) return extra.values.map((value) => value ?? NaN);
  const { population, poor, code } = data.districts;
  const digits = data.digits[view.currency] ?? 0;
  const units = (/** @type {Minor[]} */ amounts) => code.map((_, at) => toUnits(amounts[at], digits));
  const own = units(sums.amount);
  /** @type {(parts: number[], wholes: (number | null)[]) => number[]} */
  const per = (parts, wholes) => parts.map((part, at) => ((wholes[at] ?? 0) > 0 ? part / Number(wholes[at]) : NaN));
  /** @type {Record<string, () => number[]>} */
  const measures = {
    certain: () => units(sums.certain),
    expected: () => units(sums.expected),
    at_most: () => units(sums.atMost),
    per_person: () => per(own, population),
    per_poor_person: () => per(own, poor),
    share: () =>
      percents(
        per(
          own,
          code.map(() => own.reduce((sum, amount) => sum + amount, 0)),
        ),
      ),
    component_share: () => percents(per(own, units(sumByPlace(data, { ...view, component: null }).amount))),
    targeting_ratio: () => targetingRatios(own, poor),
  };
  return (measures[view.measure] ?? (() => own))();
}

/** @param {number[]} parts */
function percents(parts) {
  return parts.map((part) => 100 * part);
}

/**
 * Return the share of the money over the share of the poor, among districts whose poor are known.
 *
 * @param {number[]} amounts
 * @param {(number | null)[]} poor
 */
function targetingRatios(amounts, poor) {
  const persons = poor.map(Number);
  const known = amounts.map((_, at) => at).filter((at) => persons[at] > 0);
  const allPoor = known.reduce((sum, at) => sum + persons[at], 0);
  const all = known.reduce((sum, at) => sum + amounts[at], 0);
  return amounts.map((amount, at) => (persons[at] > 0 && all > 0 ? amount / all / (persons[at] / allPoor) : NaN));
}

/**
 * Put districts in classes: rows of the legend, and for each district the row it belongs to. `scale` holds the values
 * that the classes are made for, where they are more than those of the districts.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 * @param {number[]} [scale]
 * @returns {Classes}
 */
export function classifyDistricts(data, view, sums, scale = scaleValues(data, view, sums)) {
  if (view.measure === "poverty_class") return classifyByPoverty(data, view);
  const values = measureDistricts(data, view, sums);
  const diverges = data.extra.get(view.measure)?.scale === "diverging";
  const { breaks, colours } = chooseClasses(view, scale, diverges);
  /** @type {ClassRow[]} */
  const rows = colours.map((colour, at) => ({
    type: "range",
    from: breaks[at - 1] ?? (diverges ? -Infinity : 0),
    to: breaks[at] ?? Infinity,
    colour,
    above: diverges && breaks[at - 1] === 0,
    count: 0,
  }));
  rows.push({ type: data.extra.has(view.measure) ? "nought" : "zero", colour: ZERO_COLOUR, count: 0 });
  const negative = endsOf(scale.filter((value) => value < 0));
  rows.push({ type: "negative", colour: NEGATIVE_COLOUR, from: negative[0], to: negative[1], count: 0 });
  rows.push({ type: "missing", colour: NO_DATA_COLOUR, count: 0 });
  rows.push({ type: "elsewise", colour: OTHER_MONEY_COLOUR, count: 0 });
  rows.push({ type: "unchosen", colour: UNCHOSEN_COLOUR, count: 0 });
  const zero = colours.length;
  const elsewise = data.extra.has(view.measure) ? new Set() : placesOfOtherMoney(data, view);
  const of = values.map((value, at) => {
    if (!isChosen(data, view, at)) return zero + 4;
    if (elsewise.has(at) && Number(sums.amount[at]) === 0 && !(value > 0)) return zero + 3;
    if (Number.isNaN(value)) return zero + 2;
    if (value === 0) return zero;
    return value < 0 && !diverges ? zero + 1 : classOf(value, breaks);
  });
  for (const row of of) rows[row].count += 1;
  const ends = endsOf(scale.filter((value) => value > 0));
  return { rows, of, values, breaks, ends, scale, unit: isMoney(data, view) ? unitOf(scale) : 1 };
}

/**
 * Tell whether a measure is an amount of money.
 *
 * @param {Pick<Data, "extra">} data
 * @param {Pick<View, "measure">} view
 */
function isMoney({ extra }, { measure }) {
  return ["amount", "certain", "expected", "at_most"].includes(measure) || Boolean(extra.get(measure)?.currency);
}

/**
 * Return by how much large amounts are divided to stay readable: not by so much that more than a tenth of them would be
 * below 0.001.
 *
 * @param {number[]} amounts
 */
export function unitOf(amounts) {
  const sizes = amounts.map(Math.abs).filter((size) => size > 0);
  const [, largest = 0] = endsOf(sizes);
  const bears = (/** @type {number} */ unit) =>
    largest >= 10 * unit && sizes.filter((size) => size < unit / 1000).length <= sizes.length / 10;
  return [1e9, 1e6].find(bears) ?? 1;
}

/**
 * Return the least and the greatest value; empty for none.
 *
 * @param {number[]} values
 */
export function endsOf(values) {
  if (values.length === 0) return [];
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/**
 * Tell whether the filters keep a district.
 *
 * @param {Pick<Data, "districts">} data
 * @param {Pick<View, "poverty">} view
 * @param {number} at
 */
export function isChosen({ districts }, { poverty }, at) {
  return poverty?.includes(districts.poverty_class[at]) ?? true;
}

/**
 * Return the places that have money of another currency or kind, under the same filters.
 *
 * @param {Data} data
 * @param {View} view
 */
function placesOfOtherMoney(data, view) {
  const places = new Set();
  eachEntry(data, view, (row) => places.add(data.ledger.place[row]), true);
  return places;
}

/**
 * Return class breaks and the colours of the classes between them.
 *
 * @param {View} view
 * @param {number[]} values
 * @param {boolean} diverges
 * @returns {{ breaks: number[], colours: string[] }}
 */
function chooseClasses(view, values, diverges) {
  if (diverges) return divergingClasses(values, view);
  const anyPositive = values.some((value) => value > 0);
  if (view.measure === "targeting_ratio") return { breaks: RATIO_BREAKS, colours: anyPositive ? DIVERGING : [] };
  const breaks = classBreaks(values, view.classes, view.method);
  return { breaks, colours: anyPositive ? SEQUENTIAL[breaks.length + 1] : [] };
}

/**
 * Class what is above and below zero alike, so that equal distances from zero have equal strength.
 *
 * @param {number[]} values
 * @param {View} view
 */
function divergingClasses(values, { classes, method }) {
  const sizes = values.map(Math.abs).filter((size) => size > 0);
  if (sizes.length === 0) return { breaks: [], colours: [] };
  const above = classBreaks(sizes, Math.min(3, Math.ceil(classes / 2)), method).slice(0, 2);
  const breaks = [...above.map((size) => -size).reverse(), 0, ...above];
  return { breaks, colours: DIVERGING_SIDES[above.length] };
}

/**
 * Colour districts by poverty class. There are as many colours as classes, or the last ones share one and say so.
 *
 * @param {Data} data
 * @param {View} view
 * @returns {Classes}
 */
function classifyByPoverty(data, view) {
  const { classes, classes_ordered: ordered, poverty_class: classOfDistrict } = data.districts;
  const most = CATEGORICAL.length;
  const own = classes.length > most ? most - 1 : classes.length;
  /** @type {ClassRow[]} */
  const rows = classes.slice(0, own).map((name, at) => ({
    type: "class",
    name,
    colour: CATEGORICAL[at],
    hatch: hatchOf(at, classes.length, ordered),
    count: 0,
  }));
  if (own < classes.length)
    rows.push({ type: "merged", names: classes.slice(own), colour: CATEGORICAL[own], count: 0 });
  const missing = rows.length;
  rows.push({ type: "missing", colour: NO_DATA_COLOUR, count: 0 });
  rows.push({ type: "unchosen", colour: UNCHOSEN_COLOUR, count: 0 });
  const of = classOfDistrict.map((at, district) => {
    if (!isChosen(data, view, district)) return missing + 1;
    return at < 0 ? missing : Math.min(at, own);
  });
  for (const row of of) rows[row].count += 1;
  return { rows, of, values: of.map(() => NaN), breaks: [], ends: [], scale: [], unit: 1 };
}

/**
 * Tell whether the classes are those of all single years, so that a colour means the same in each of them.
 *
 * @param {Pick<Data, "ledger" | "extra">} data
 * @param {Pick<View, "from" | "to" | "fitted" | "measure">} view
 */
export function isScaledOverYears({ ledger, extra }, { from, to, fitted, measure }) {
  return from === to && ledger.years.length > 1 && !fitted && hasOwnClasses({ measure }) && !extra.has(measure);
}

/** @type {WeakMap<Data, Map<string, number[]>>} */
const KNOWN_SCALES = new WeakMap();
const MOST_KNOWN = 12;

/**
 * Return the values that classes are made for: of a single year those of all years, else those now shown.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 */
export function scaleValues(data, view, sums) {
  if (!isScaledOverYears(data, view)) return chosenValues(data, view, sums);
  const known = KNOWN_SCALES.get(data) ?? new Map();
  KNOWN_SCALES.set(data, known);
  const key = JSON.stringify([
    view.measure,
    view.currency,
    view.kind,
    view.spread,
    ...FILTERS.map((name) => view[name]),
  ]);
  if (!known.has(key)) {
    if (known.size >= MOST_KNOWN) known.clear();
    const ofYear = (/** @type {number} */ year) => ({ ...view, from: year, to: year });
    known.set(
      key,
      data.ledger.years.flatMap((year) => chosenValues(data, ofYear(year), sumByPlace(data, ofYear(year)))),
    );
  }
  return /** @type {number[]} */ (known.get(key));
}

/**
 * Return the values of the districts that the filters keep.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 */
function chosenValues(data, view, sums) {
  return measureDistricts(data, view, sums).filter((_, at) => isChosen(data, view, at));
}

/**
 * Tell whether the reader may choose how classes are made.
 *
 * @param {Pick<View, "measure">} view
 */
export function hasOwnClasses({ measure }) {
  return !["poverty_class", "targeting_ratio"].includes(measure) && !isCrossed({ measure });
}

/**
 * Leave out columns that no district has anything for.
 *
 * @param {Districts} districts
 * @param {string} by
 */
export function isFilled(districts, by) {
  if (by === "class") return districts.classes.length > 0;
  if (by === "per_person") return districts.population.some((persons) => (persons ?? 0) > 0);
  if (by === "per_poor_person") return districts.poor.some((persons) => (persons ?? 0) > 0);
  return true;
}
