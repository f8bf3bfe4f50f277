// Opening the data: its columns become arrays.

/** @import { Column, Data, ExtraMeasure, Members, PackedColumn } from "../types.js" */

import { filtersOf } from "./members.js";
import { isApproximate, spreadsOffered } from "./readings.js";

/**
 * Return a column of whole numbers; it is packed as numbers, as steps, or as the one number of every row.
 *
 * @param {PackedColumn} values
 * @param {number} rows
 */
function column(values, rows) {
  if (typeof values === "object" && "steps" in values) {
    const sums = new Int32Array(values.steps);
    for (let row = 1; row < sums.length; row += 1) sums[row] += sums[row - 1];
    return sums;
  }
  return Array.isArray(values) ? new Int32Array(values) : new Int32Array(rows).fill(values);
}

/**
 * Give an object a part that is made when it is first asked for.
 *
 * @template {object} T
 * @param {T} owner
 * @param {string} name
 * @param {() => unknown} make
 */
function whenAsked(owner, name, make) {
  const get = () => {
    const value = make();
    Object.defineProperty(owner, name, { value });
    return value;
  };
  return Object.defineProperty(owner, name, { get, configurable: true });
}

/** @param {any} packed */
function openLedger(packed) {
  const names = [
    "project",
    "location",
    "component",
    "funder",
    "year",
    "kind",
    "currency",
    "place",
    "rule",
    "province",
    "input",
  ];
  const ledger = { ...packed };
  for (const name of names) ledger[name] = column(packed[name], packed.rows);
  ledger.amount = packed.big ? BigInt64Array.from(packed.amount, BigInt) : new Float64Array(packed.amount);
  ledger.zero = packed.big ? 0n : 0;
  ledger.years = yearSpan(ledger.year);
  return whenAsked(ledger, "firstRow", () => firstRows(ledger.project));
}

/**
 * Return every year from the first to the last, those without money too.
 *
 * @param {Column} years
 */
function yearSpan(years) {
  if (years.length === 0) return [];
  let [first, last] = [years[0], years[0]];
  for (const year of years) {
    if (year < first) first = year;
    if (year > last) last = year;
  }
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/**
 * Return where the rows of each project begin; the ledger is sorted by project.
 *
 * @param {Column} project
 */
function firstRows(project) {
  const first = new Map();
  for (let row = 0; row < project.length; row += 1) if (!first.has(project[row])) first.set(project[row], row);
  return first;
}

/**
 * Return crowds of projects as a ledger without amounts: each stands for a number of projects.
 *
 * @param {any} packed
 */
function openCrowds(packed) {
  if (!packed) return null;
  const names = ["project", "component", "funder", "year", "kind", "currency", "place"];
  const crowds = { ...packed, projects: column(packed.projects, packed.count) };
  for (const name of names) crowds[name] = column(packed[name], packed.rows);
  return crowds;
}

/** @param {any} packed */
function openProjects(packed) {
  const rows = packed.project.length;
  const coded = (/** @type {{ names: string[], at: PackedColumn, members?: Members | null }} */ field) => ({
    names: field.names,
    at: column(field.at, rows),
    members: field.members,
  });
  return {
    ...packed,
    rows,
    sector: coded(packed.sector),
    status: coded(packed.status),
    illustrative: new Set(packed.illustrative),
  };
}

/** @param {any} packed */
function openLocations(packed) {
  const owner = column(packed.project, packed.rows);
  const points = { ...packed.points, location: column(packed.points.location, packed.points.x.length) };
  const stands = packed.stands_for === null ? null : column(packed.stands_for, packed.rows);
  const locations = { ...packed, project: owner, points, stands, illustrative: new Set(packed.illustrative) };
  return whenAsked(locations, "ofProject", () => placesOfProjects(owner));
}

/**
 * Return the locations of each project.
 *
 * @param {Column} owner
 */
function placesOfProjects(owner) {
  const places = new Map();
  owner.forEach((project, location) => {
    if (places.has(project)) places.get(project).push(location);
    else places.set(project, [location]);
  });
  return places;
}

/** @param {any} packed */
function openLayer(packed) {
  return { ...packed, points: { ...packed.points, location: column(packed.points.location, packed.points.x.length) } };
}

/**
 * Open the data of a page.
 *
 * @param {any} packed
 * @returns {Data}
 */
export function openData(packed) {
  const coarse = packed.coarse.map(
    (/** @type {string} */ name) => packed.districts.code.length + packed.buckets.indexOf(name),
  );
  const ledger = openLedger(packed.ledger);
  const projects = openProjects(packed.projects);
  return {
    ...packed,
    spreads: spreadsOffered(packed),
    anyCoarse: ledger.place.some((/** @type {number} */ place) => coarse.includes(place)),
    anyApproximate: ledger.rule.some((/** @type {number} */ _, /** @type {number} */ row) =>
      isApproximate({ ...packed, ledger }, row),
    ),
    codes: Object.keys(packed.currencies),
    digits: Object.values(packed.currencies),
    ledger,
    crowds: openCrowds(packed.crowds),
    projects,
    filters: filtersOf({ ledger, projects, districts: packed.districts }),
    extra: new Map(packed.extra_measures.map((/** @type {ExtraMeasure} */ measure) => [measure.key, measure])),
    layers: packed.layers.map(openLayer),
    other: packed.other ? openData(packed.other) : null,
    locations: openLocations(packed.locations),
  };
}
