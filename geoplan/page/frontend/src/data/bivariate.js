// Money × poverty: districts by what they get per person and by how poor they are, in two or three steps each.

/** @import { ClassRow, Classes, Data, Districts, Sums, View } from "../types.js" */

import { BIVARIATE, NO_DATA_COLOUR, UNCHOSEN_COLOUR } from "../drawing/colours.js";
import { classBreaks, classOf } from "./classes.js";
import { CROSSED, isChosen, measureDistricts, scaleValues } from "./measures.js";

// With fewer districts than this, two steps each way: nine cells would be nearly as many as districts.
const FEW_DISTRICTS = 15;

/**
 * Return how poor each district is: its poverty rate, or else the place of its class where these are ordered.
 *
 * @param {Districts} districts
 * @returns {{ values: number[], isRate: boolean }}
 */
export function povertyOf({ population, poor, poverty_class: classes, classes_ordered: ordered }) {
  const rates = poor.map((persons, at) =>
    persons !== null && (population[at] ?? 0) > 0 ? persons / Number(population[at]) : NaN,
  );
  if (rates.some((rate) => rate > 0) || !ordered) return { values: rates, isRate: true };
  return { values: classes.map((at) => (at < 0 ? NaN : at + 1)), isRate: false };
}

/**
 * Cross districts by money per person, or per poor person, and by poverty. Each way is cut into so many groups of equal numbers of
 * districts as there are steps; a value on a bound is above it. `cell` is the cell that alone is shown, or -1.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 * @returns {Classes}
 */
export function crossDistricts(data, view, sums) {
  const perPerson = { ...view, measure: CROSSED[view.measure] };
  const money = measureDistricts(data, perPerson, sums);
  const poverty = povertyOf(data.districts).values;
  const known = money.map((value, at) => !Number.isNaN(value) && !Number.isNaN(poverty[at]));
  const steps = stepsOf(view, known.filter(Boolean).length);
  const moneyBreaks = classBreaks(scaleValues(data, perPerson, sums), steps, "quantiles");
  const povertyBreaks = classBreaks(
    poverty.filter((_, at) => known[at]),
    steps,
    "quantiles",
  );
  // Fewer breaks than steps leave out the middle, not an end.
  const step = (/** @type {number} */ value, /** @type {number[]} */ breaks) =>
    breaks.length === steps - 1 ? classOf(value, breaks) : classOf(value, breaks) && steps - 1;
  /** @type {ClassRow[]} */
  const rows = [];
  for (let poor = 0; poor < steps; poor += 1)
    for (let paid = 0; paid < steps; paid += 1)
      rows.push({ type: "cell", steps, paid, poor, colour: cellColour(paid, poor, steps), count: 0 });
  const missing = rows.length;
  rows.push({ type: "missing", colour: NO_DATA_COLOUR, count: 0 });
  rows.push({ type: "unchosen", colour: UNCHOSEN_COLOUR, count: 0 });
  const cells = money.map((value, at) =>
    known[at] ? steps * step(poverty[at], povertyBreaks) + step(value, moneyBreaks) : missing,
  );
  cells.forEach((row, at) => {
    if (isChosen(data, view, at)) rows[row].count += 1;
  });
  const isShown = (/** @type {number} */ row, /** @type {number} */ at) =>
    isChosen(data, view, at) && (view.cell < 0 || view.cell >= missing || row === view.cell);
  const of = cells.map((row, at) => (isShown(row, at) ? row : missing + 1));
  rows[missing + 1].count = of.filter((row) => row === missing + 1).length;
  return {
    rows,
    of,
    values: of.map(() => NaN),
    breaks: [],
    ends: [],
    cuts: { money: moneyBreaks, poverty: povertyBreaks },
    crossed: { money, poverty },
  };
}

/**
 * Return how many steps there are each way: those that the reader has chosen, else by the number of districts.
 *
 * @param {Pick<View, "classes">} view
 * @param {number} districts
 */
function stepsOf({ classes }, districts) {
  if (classes === 2 || classes === 3) return classes;
  return districts < FEW_DISTRICTS ? 2 : 3;
}

/**
 * @param {number} paid
 * @param {number} poor
 * @param {number} steps
 */
function cellColour(paid, poor, steps) {
  return steps === 3 ? BIVARIATE[3 * poor + paid] : BIVARIATE[6 * poor + 2 * paid];
}
