// Money × poverty: districts by what they get per person and by how poor they are, in two or three steps each.

/** @import { ClassRow, Classes, Data, Districts, Sums, View } from "../types.js" */

import { BIVARIATE, NO_DATA_COLOUR, UNCHOSEN_COLOUR } from "../drawing/colours.js";
import { classOf } from "./classes.js";
import { isChosen, isScaledOverYears, measureDistricts, moneyCrossed } from "./measures.js";
import { sumByPlace } from "./sums.js";

// With fewer districts than this, two steps each way: nine cells would be nearly half as many as districts.
const FEW_DISTRICTS = 20;

/**
 * Return how poor each district is: the place of its class from 1 where these are ordered, else its poverty rate. The
 * second map of money × poverty has the rate where one is known.
 *
 * @param {Districts} districts
 * @param {string} measure
 * @returns {{ values: number[], rates: number[], isRate: boolean }}
 */
export function povertyOf(
  { population, poor, poverty_class: classes, classes_ordered: ordered, classes: names },
  measure,
) {
  const rates = poor.map((persons, at) =>
    persons !== null && (population[at] ?? 0) > 0 ? persons / Number(population[at]) : NaN,
  );
  const hasRates = rates.some((rate) => rate > 0);
  const hasClasses = ordered && names.length > 1 && classes.every((at, i) => at >= 0 || Number.isNaN(rates[i]));
  const isRate = hasRates ? !(hasClasses && measure === "money_and_poverty") : !ordered;
  return { values: isRate ? rates : classes.map((at) => (at < 0 ? NaN : at + 1)), rates, isRate };
}

/**
 * Cross districts by money per poor person, or per person, and by poverty, parted at the average of the plan or by class. A value on
 * a bound is above it; a bound of 0 parts no money from some. `cell` is the cell that alone is shown, or -1.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 * @returns {Classes}
 */
export function crossDistricts(data, view, sums) {
  const perPerson = { ...view, measure: moneyCrossed(data.districts, view.measure) };
  const money = measureDistricts(data, perPerson, sums);
  const { values: poverty, isRate } = povertyOf(data.districts, view.measure);
  const known = money.map((value, at) => !Number.isNaN(value) && !Number.isNaN(poverty[at]));
  const steps = stepsOf(view, known.filter(Boolean).length);
  const { population, poor: poorPersons } = data.districts;
  const persons = perPerson.measure === "per_person" ? population : poorPersons;
  const moneyBreaks = cutMoney(moneyOfScale(data, perPerson, money), persons, known, steps);
  const povertyBreaks = isRate ? cutPoverty(poverty, population, known, steps) : cutClasses(poverty, known, steps);
  // Fewer breaks than steps leave out the middle, not an end.
  const step = (/** @type {number} */ value, /** @type {number[]} */ breaks) => {
    const found = classOf(
      value,
      breaks.map((cut) => cut || Number.MIN_VALUE),
    );
    return breaks.length === steps - 1 ? found : found && steps - 1;
  };
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
    scale: [],
    unit: 1,
    cuts: { money: moneyBreaks, poverty: povertyBreaks },
    crossed: { money, poverty },
  };
}

/**
 * Return the money whose average is the cut: of all districts whatever class is chosen, and of a single year that of a
 * mean year, so that a colour means the same while the reader chooses and while years play.
 *
 * @param {Data} data
 * @param {View} view
 * @param {number[]} money
 */
function moneyOfScale(data, view, money) {
  const isOverYears = isScaledOverYears(data, view);
  if (!isOverYears && view.poverty === null) return money;
  const { years } = data.ledger;
  const span = isOverYears ? { from: years[0], to: years[years.length - 1] } : {};
  const whole = { ...view, ...span, poverty: null };
  return measureDistricts(data, whole, sumByPlace(data, whole)).map(
    (value) => value / (isOverYears ? years.length : 1),
  );
}

/**
 * Return the bounds of money: the average, and of three steps no money, or half of the average, below it.
 *
 * @param {number[]} values
 * @param {(number | null)[]} weights
 * @param {boolean[]} known
 * @param {number} steps
 */
export function cutMoney(values, weights, known, steps) {
  const average = averageCut(values, weights, known);
  if (steps === 2) return average;
  const isNone = values.some((value, at) => known[at] && value <= 0);
  return [...(isNone ? [0] : average.map((cut) => cut / 2)), ...average];
}

/**
 * Return the bounds of poverty: the average, and of three steps the average of what is above it.
 *
 * @param {number[]} values
 * @param {(number | null)[]} weights
 * @param {boolean[]} known
 * @param {number} steps
 */
export function cutPoverty(values, weights, known, steps) {
  const average = averageCut(values, weights, known);
  if (steps === 2 || average.length === 0) return average;
  const above = known.map((isKnown, at) => isKnown && values[at] >= average[0]);
  const [highest] = averageCut(values, weights, above);
  return highest > average[0] ? [average[0], highest] : average;
}

/**
 * Return the places of classes at which steps begin: each class, or the mean class where there are more than steps.
 *
 * @param {number[]} places
 * @param {boolean[]} known
 * @param {number} steps
 */
export function cutClasses(places, known, steps) {
  const present = [...new Set(places.filter((_, at) => known[at]))].sort((a, b) => a - b);
  if (present.length <= steps) return present.slice(1);
  const ones = places.map(() => 1);
  // A cut between two classes begins at the upper one, which has a name.
  return [...new Set(cutPoverty(places, ones, known, steps).map((cut) => present.find((at) => at >= cut) ?? cut))];
}

/**
 * Return the weighted average of the known values down to six digits, so that equal values are above; nothing if it is
 * not above 0.
 *
 * @param {number[]} values
 * @param {(number | null)[]} weights
 * @param {boolean[]} known
 */
export function averageCut(values, weights, known) {
  const [sum, whole] = values.reduce(
    ([total, people], value, at) => {
      const weight = known[at] ? (weights[at] ?? 0) : 0;
      return weight ? [total + value * weight, people + weight] : [total, people];
    },
    [0, 0],
  );
  const average = sum / whole;
  if (!(average > 0)) return [];
  const step = 10 ** (Math.floor(Math.log10(average)) - 5);
  return [Number((Math.floor(average / step + 1e-9) * step).toPrecision(6))];
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
