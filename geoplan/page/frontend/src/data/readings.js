// Certain, expected, at most: what a district has, and what it could have of the money that is placed coarser.

/** @import { Data, Districts, Filters, Minor, Page, View } from "../types.js" */

import { eachEntry } from "./entries.js";

const SPREADS = ["even", "area", "population", "poor"];
const SHARE_UNITS = 1e9;
const NO_POOL = -2;

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
 */
function coarsePools(data, view) {
  const { ledger, districts } = data;
  const coarse = new Set(data.coarse.map((name) => districts.code.length + data.buckets.indexOf(name)));
  return netByProject(data, view, (row) => (coarse.has(ledger.place[row]) ? ledger.province[row] : NO_POOL));
}

/**
 * Tell whether an entry is in a district by a name that is not exactly the district's, and that nobody has reviewed.
 *
 * @param {Pick<Data, "ledger" | "districts">} data
 * @param {number} row
 */
export function isApproximate({ ledger, districts }, row) {
  return ledger.place[row] < districts.code.length && ledger.approximate[ledger.rule[row]];
}

/**
 * Net money under the filters by project, within pools: `poolOf` gives the pool of a row.
 *
 * @param {Data} data
 * @param {Filters} view
 * @param {(row: number) => number} poolOf
 * @returns {Map<number, Map<number, Minor>>}
 */
function netByProject(data, view, poolOf) {
  const { ledger } = data;
  const pools = new Map();
  eachEntry(data, view, (row) => {
    const pool = poolOf(row);
    if (pool === NO_POOL) return;
    if (!pools.has(pool)) pools.set(pool, new Map());
    const nets = pools.get(pool);
    const project = ledger.project[row];
    nets.set(project, (nets.get(project) ?? ledger.zero) + ledger.amount[row]);
  });
  return pools;
}

/**
 * Sum the nets of projects: those above 0, and refunds.
 *
 * @param {Map<number, Minor>} nets
 * @param {Minor} zero
 */
function sumBySign(nets, zero) {
  const all = [...nets.values()];
  const sum = (/** @type {Minor[]} */ some) => sumOf(some, zero);
  return { paid: sum(all.filter((net) => net > 0)), refunded: sum(all.filter((net) => net < 0)) };
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
 * Return for each district what it has for certain, what it can expect, and what it has at most, in minor units: the
 * readings of `geoplan.bound_amounts`, to the cent.
 *
 * Money placed by an approximate name is expected, not certain. Province-wide money could be in any district of its
 * province, and is certain where that has only one; other coarse money could be in any district. At most is all of
 * it. A project whose net is a refund lowers what is certain, and takes nothing from the maximum of other projects.
 * Expected is all that is placed, and a part of the net of all projects by the chosen spread.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Minor[]} amount
 */
export function sumReadings(data, view, amount) {
  const { districts, ledger } = data;
  const { zero } = ledger;
  const certain = amount.slice(0, districts.code.length);
  const [expected, atMost] = [[...certain], [...certain]];
  const approximate = netByProject(data, view, (row) => (isApproximate(data, row) ? ledger.place[row] : NO_POOL));
  for (const [at, nets] of approximate) {
    const { paid, refunded } = sumBySign(nets, zero);
    certain[at] -= paid;
    atMost[at] -= refunded;
  }
  const weights = spreadWeights(districts, view.spread);
  for (const [province, nets] of coarsePools(data, view)) {
    const { paid, refunded } = sumBySign(nets, zero);
    const pool = sumOf([paid, refunded], zero);
    const members = districts.code
      .map((_, at) => at)
      .filter((at) => province < 0 || districts.province_at[at] === province);
    const parts = splitAmount(
      pool,
      members.map((at) => weights[at]),
    );
    const isKnown = province >= 0 && members.length === 1;
    members.forEach((at, order) => {
      certain[at] = sumOf([certain[at], isKnown ? pool : refunded], zero);
      atMost[at] = sumOf([atMost[at], isKnown ? pool : paid], zero);
      expected[at] += /** @type {Minor} */ (typeof zero === "bigint" ? parts[order] : Number(parts[order]));
    });
  }
  return { certain, expected, atMost };
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
 * Tell whether any district has less for certain than is placed in it.
 *
 * @param {Pick<Page, "sums">} page
 */
export function isDoubted({ sums }) {
  return sums.certain.some((amount, at) => amount !== sums.amount[at]);
}

/**
 * Tell whether any district could have more than is placed in it.
 *
 * @param {Pick<Page, "sums">} page
 */
export function isUnsure({ sums }) {
  return sums.atMost.some((amount, at) => amount !== sums.amount[at]);
}
