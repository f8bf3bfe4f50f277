// Measures of districts: the ledger's sums under the filters, set against people and against each other.

/** @import { ClassRow, Data, Districts, Minor, Page, Sums, View } from "../types.js" */

import {
  CATEGORICAL,
  DIVERGING,
  DIVERGING_SIDES,
  NEGATIVE_COLOUR,
  NO_DATA_COLOUR,
  RATIO_BREAKS,
  SEQUENTIAL,
  ZERO_COLOUR,
  hatchOf,
} from "../drawing/colours.js";
import { toUnits } from "../text/amounts.js";
import { classBreaks, classOf } from "./classes.js";
import { sumByPlace } from "./sums.js";

/**
 * Return the measures that this plan has the figures for; the one now shown is always among them.
 *
 * @param {Pick<Page, "data" | "view">} page
 */
export function measuresOffered({ data, view }) {
  const { districts, ledger } = data;
  /** @type {Record<string, boolean>} */
  const has = {
    certain: data.anyApproximate,
    expected: data.anyCoarse,
    at_most: data.anyCoarse,
    per_person: districts.population.some((persons) => (persons ?? 0) > 0),
    per_poor_person: districts.poor.some((persons) => (persons ?? 0) > 0),
    targeting_ratio: districts.poor.some((persons) => (persons ?? 0) > 0),
    component_share: ledger.components.length > 1,
    poverty_class: districts.classes.length > 0,
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
    component_share: () => percents(per(own, units(sumByPlace(data, { ...view, component: -1 }).amount))),
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
 * Put districts in classes: rows of the legend, and for each district the row it belongs to.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 * @param {number[] | null} heldBreaks
 */
export function classifyDistricts(data, view, sums, heldBreaks) {
  if (view.measure === "poverty_class") return classifyByPoverty(data);
  const values = measureDistricts(data, view, sums);
  const diverges = data.extra.get(view.measure)?.scale === "diverging";
  const { breaks, colours } = chooseClasses(view, values, diverges, heldBreaks);
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
  rows.push({ type: "negative", colour: NEGATIVE_COLOUR, count: 0 });
  rows.push({ type: "missing", colour: NO_DATA_COLOUR, count: 0 });
  const zero = colours.length;
  const of = values.map((value) => {
    if (Number.isNaN(value)) return zero + 2;
    if (value === 0) return zero;
    return value < 0 && !diverges ? zero + 1 : classOf(value, breaks);
  });
  for (const row of of) rows[row].count += 1;
  return { rows, of, values, breaks };
}

/**
 * Return class breaks and the colours of the classes between them.
 *
 * @param {View} view
 * @param {number[]} values
 * @param {boolean} diverges
 * @param {number[] | null} heldBreaks
 * @returns {{ breaks: number[], colours: string[] }}
 */
function chooseClasses(view, values, diverges, heldBreaks) {
  if (diverges) return divergingClasses(values, view);
  if (view.measure === "targeting_ratio") {
    const any = heldBreaks !== null || values.some((value) => value > 0);
    return { breaks: RATIO_BREAKS, colours: any ? DIVERGING : [] };
  }
  const breaks = heldBreaks ?? classBreaks(values, view.classes, view.method);
  const anyPositive = heldBreaks !== null || values.some((value) => value > 0);
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

/** @param {Data} data */
function classifyByPoverty(data) {
  const { classes, poverty_class: classOfDistrict } = data.districts;
  /** @type {ClassRow[]} */
  const rows = classes.map((name, at) => ({
    type: "class",
    name,
    colour: CATEGORICAL[at % CATEGORICAL.length],
    hatch: hatchOf(at, data.districts.classes_ordered),
    count: 0,
  }));
  rows.push({ type: "missing", colour: NO_DATA_COLOUR, count: 0 });
  const of = classOfDistrict.map((at) => (at < 0 ? classes.length : at));
  for (const row of of) rows[row].count += 1;
  return { rows, of, values: of.map(() => NaN), breaks: [] };
}

/**
 * Return class breaks over the values of all single years, so that colours keep their meaning while years play.
 *
 * @param {Data} data
 * @param {View} view
 */
export function breaksOverYears(data, view) {
  const values = data.ledger.years.flatMap((year) => {
    const ofYear = { ...view, from: year, to: year };
    return measureDistricts(data, ofYear, sumByPlace(data, ofYear));
  });
  return classBreaks(values, view.classes, view.method);
}

/**
 * Tell whether the reader may choose how classes are made.
 *
 * @param {Pick<Page, "view">} page
 */
export function hasOwnClasses({ view }) {
  return view.measure !== "poverty_class" && view.measure !== "targeting_ratio";
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
