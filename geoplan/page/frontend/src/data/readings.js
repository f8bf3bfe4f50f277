// Certain, expected, at most: what a district has, and what it could have of the money that is placed coarser.

/** @import { Data, Districts, Filters, Minor, Page, View } from "../types.js" */

import { eachEntry } from "./entries.js";

const SPREADS = ["even", "area", "population", "poor"];
const SHARE_UNITS = 1e9;

/**
 * Return the bases over which coarse money can be spread: those that each district, and each province, has.
 *
 * @param {Pick<Data, "districts">} data
 */
export function spreadsOffered({ districts }) {
  return SPREADS.filter((spread) => {
    const weights = spreadWeights(districts, spread);
    if (weights.some((weight) => !Number.isFinite(weight))) return false;
    const byProvince = new Map();
    districts.province_at.forEach((province, at) => {
      byProvince.set(province, (byProvince.get(province) ?? 0) + weights[at]);
    });
    return [...byProvince.values()].every((sum) => sum > 0);
  });
}

/**
 * @param {Districts} districts
 * @param {string} spread
 */
function spreadWeights(districts, spread) {
  const figures = spread === "even" ? null : districts[/** @type {"area" | "population" | "poor"} */ (spread)];
  return districts.code.map((_, at) => (figures === null ? 1 : (figures?.[at] ?? NaN)));
}

/**
 * Net the coarse money under the filters by project, by the province it could be in; -1 for any.
 *
 * @param {Data} data
 * @param {Filters} view
 * @returns {Map<number, Map<number, Minor>>}
 */
function coarsePools(data, view) {
  const { ledger, districts } = data;
  const coarse = new Set(data.coarse.map((name) => districts.code.length + data.buckets.indexOf(name)));
  const pools = new Map();
  eachEntry(data, view, (row) => {
    if (!coarse.has(ledger.place[row])) return;
    const province = ledger.province[row];
    if (!pools.has(province)) pools.set(province, new Map());
    const nets = pools.get(province);
    const project = ledger.project[row];
    nets.set(project, (nets.get(project) ?? ledger.zero) + ledger.amount[row]);
  });
  return pools;
}

/**
 * Sum amounts of one type, numbers or BigInts.
 *
 * @param {Minor[]} amounts
 * @param {Minor} zero
 * @returns {Minor}
 */
function sumOf(amounts, zero) {
  return /** @type {Minor} */ (amounts.reduce((sum, amount) => /** @type {any} */ (sum) + amount, zero));
}

/**
 * Return for each district what it has at most and what it can expect, in minor units.
 *
 * Province-wide money could be in any district of its province, other coarse money in any district. At most is all
 * of it, but a project whose net is a refund takes nothing from the maximum of other projects. Expected is a part of
 * the net of all projects by the chosen spread, to the cent.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Minor[]} amount
 */
export function sumReadings(data, view, amount) {
  const { districts, ledger } = data;
  const atMost = amount.slice(0, districts.code.length);
  const expected = [...atMost];
  const weights = spreadWeights(districts, view.spread);
  for (const [province, nets] of coarsePools(data, view)) {
    const pool = sumOf([...nets.values()], ledger.zero);
    const payable = sumOf(
      [...nets.values()].filter((net) => net > 0),
      ledger.zero,
    );
    const members = districts.code
      .map((_, at) => at)
      .filter((at) => province < 0 || districts.province_at[at] === province);
    const parts = splitAmount(
      pool,
      members.map((at) => weights[at]),
    );
    members.forEach((at, order) => {
      atMost[at] = sumOf([atMost[at], payable], ledger.zero);
      expected[at] += /** @type {Minor} */ (typeof ledger.zero === "bigint" ? parts[order] : Number(parts[order]));
    });
  }
  return { atMost, expected };
}

/**
 * Split an amount in proportion to weights by largest remainder, as `geoplan.money.split` does.
 *
 * Weights become whole billionths; units left after rounding down go to the largest remainders, the first of equals.
 *
 * @param {Minor} amount
 * @param {number[]} weights
 */
function splitAmount(amount, weights) {
  const size = BigInt(amount < 0 ? -amount : amount);
  const units = shareUnits(weights).map(BigInt);
  const whole = BigInt(SHARE_UNITS);
  const parts = units.map((unit) => (size * unit) / whole);
  const remainders = units.map((unit) => (size * unit) % whole);
  const left = Number(size - parts.reduce((sum, part) => sum + part, 0n));
  const order = parts
    .map((_, at) => at)
    .sort((a, b) => (remainders[a] < remainders[b] ? 1 : remainders[a] > remainders[b] ? -1 : a - b));
  for (const at of order.slice(0, left)) parts[at] += 1n;
  return amount < 0 ? parts.map((part) => -part) : parts;
}

/** @param {number[]} weights */
function shareUnits(weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const units = weights.map((weight) => roundHalfEven((weight / total) * SHARE_UNITS));
  const largest = units.indexOf(units.reduce((most, unit) => Math.max(most, unit), 0));
  if (largest >= 0) units[largest] += SHARE_UNITS - units.reduce((sum, unit) => sum + unit, 0);
  return units;
}

/** @param {number} value */
function roundHalfEven(value) {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}

/**
 * Tell whether any district could have more than it has for certain.
 *
 * @param {Pick<Page, "sums">} page
 */
export function isUnsure({ sums }) {
  return sums.atMost.some((amount, at) => amount !== sums.amount[at]);
}
