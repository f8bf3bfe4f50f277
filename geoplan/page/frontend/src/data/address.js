// The view lives in the address after "#", so that it can be shared. What is read from there is only ever
// compared with what the data has.

/** @import { Choice, Comparison, Kept, Members, Page, Switch } from "../types.js" */

import { language, FIRST_LANGUAGE } from "../text/language.js";
import { CLASS_COUNTS, METHODS } from "./classes.js";
import { markingsOffered } from "./marks.js";
import { FILTERS, NOT_STATED } from "./members.js";
import { TABS } from "./view.js";

/** @type {Switch[]} */
const SWITCHES = ["hatching", "points", "lines", "areas", "labels", "clusters", "basemap"];
const SORTS = [
  "name",
  "class",
  "amount",
  "expected",
  "at_most",
  "per_person",
  "per_poor_person",
  "extra",
  "second",
  "difference",
  "projects",
];
/** @type {("component" | "funder")[]} */
const SECOND_FILTERS = ["component", "funder"];
/** @type {Switch[]} */
const ADDED = ["sized", "graticule", "fitted", "marked"];

/**
 * Write what a filter keeps: each name, an empty one for what is not stated; or that it keeps nothing.
 *
 * @param {URLSearchParams} parts
 * @param {string} name
 * @param {Members} members
 * @param {Kept} kept
 */
function writeFilter(parts, name, { names }, kept) {
  if (kept?.length === 0) parts.append("none", name);
  for (const at of kept ?? []) parts.append(name, at === NOT_STATED ? "" : names[at]);
}

/**
 * Read what a filter keeps; names that the data does not have are left out.
 *
 * @param {URLSearchParams} parts
 * @param {string} name
 * @param {Members} members
 * @returns {Kept}
 */
function readFilter(parts, name, { names }) {
  if (parts.getAll("none").includes(name)) return [];
  const said = parts.getAll(name).map((text) => (text === "" ? NOT_STATED : names.indexOf(text)));
  const known = said.filter((at, order) => at !== -1 || parts.getAll(name)[order] === "");
  return known.length ? [...new Set(known)].sort((a, b) => a - b) : null;
}

/** @param {Pick<Page, "data" | "view" | "home">} page */
export function viewAsHash({ data, view, home }) {
  const { ledger } = data;
  const parts = new URLSearchParams();
  if (language !== FIRST_LANGUAGE) parts.set("lang", language);
  if (view.tab !== home.tab) parts.set("tab", view.tab);
  if (view.measure !== home.measure) parts.set("measure", view.measure);
  if (view.currency !== home.currency) parts.set("currency", data.codes[view.currency]);
  if (view.kind !== home.kind) parts.set("kind", ledger.kinds[view.kind]);
  for (const name of FILTERS) writeFilter(parts, name, data.filters[name], view[name]);
  for (const name of /** @type {Choice[]} */ (["spread", "method", "classes", "marks"]))
    if (view[name] !== home[name]) parts.set(name, String(view[name]));
  for (const name of ADDED) if (view[name]) parts.set(name, "yes");
  if (view.cell >= 0) parts.set("cell", String(view.cell));
  if (view.from !== home.from || view.to !== home.to) parts.set("years", `${view.from}-${view.to}`);
  for (const name of SWITCHES) if (!view[name]) parts.append("hide", name);
  view.layers.forEach((shown, at) => {
    if (shown !== home.layers[at]) parts.append(shown ? "show" : "hide", `layer ${at + 1}`);
  });
  if (view.sort.by !== home.sort.by || view.sort.falling !== home.sort.falling)
    parts.set("sort", `${view.sort.by}-${view.sort.falling ? "falling" : "rising"}`);
  if (view.place) parts.set("place", view.place.join(","));
  writeComparison({ data, home }, view.compare, parts);
  const selected = view.selected?.second ? null : view.selected;
  if (selected?.type === "district") parts.set("district", data.districts.code[selected.at]);
  if (selected?.type === "project") parts.set("project", data.projects.project[selected.at]);
  return parts.toString();
}

/**
 * @param {Pick<Page, "data" | "home">} page
 * @param {string} hash
 */
export function viewFromHash({ data, home }, hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const { ledger } = data;
  const said = (/** @type {string} */ key) => parts.get(key) ?? "";
  /** @type {(names: string[], key: string, otherwise: number) => number} */
  const at = (names, key, otherwise) =>
    parts.has(key) && names.includes(said(key)) ? names.indexOf(said(key)) : otherwise;
  const view = { ...home };
  view.tab = TABS.find((name) => name === said("tab")) ?? home.tab;
  if (data.measures.includes(said("measure"))) view.measure = said("measure");
  view.currency = at(data.codes, "currency", home.currency);
  view.kind = at(ledger.kinds, "kind", home.kind);
  for (const name of FILTERS) view[name] = readFilter(parts, name, data.filters[name]);
  if (data.spreads.includes(said("spread"))) view.spread = said("spread");
  if (markingsOffered(data).includes(said("marks"))) view.marks = said("marks");
  if (METHODS.includes(said("method"))) view.method = said("method");
  if (CLASS_COUNTS.includes(Number(parts.get("classes")))) view.classes = Number(parts.get("classes"));
  for (const name of ADDED) view[name] = parts.get(name) === "yes";
  const [, from, to] = /^(\d{1,4})-(\d{1,4})$/.exec(parts.get("years") ?? "") ?? [];
  if (ledger.years.includes(Number(from)) && ledger.years.includes(Number(to)) && Number(from) <= Number(to)) {
    [view.from, view.to] = [Number(from), Number(to)];
  }
  view.cell = /^[0-8]$/.test(said("cell")) ? Number(said("cell")) : -1;
  const hidden = parts.getAll("hide");
  for (const name of SWITCHES) if (hidden.includes(name)) view[name] = false;
  const turned = (/** @type {number} */ layer) =>
    parts.getAll(home.layers[layer] ? "hide" : "show").includes(`layer ${layer + 1}`);
  view.layers = home.layers.map((shown, layer) => (turned(layer) ? !shown : shown));
  const [, by, order] = /^(\w{1,20})-(falling|rising)$/.exec(parts.get("sort") ?? "") ?? [];
  if (SORTS.includes(by)) view.sort = { by, falling: order === "falling" };
  view.place = placeFrom(parts.get("place"));
  view.compare = comparisonFrom({ data, home }, parts);
  const district = at(data.districts.code, "district", -1);
  const project = at(data.projects.project, "project", -1);
  view.selected =
    district >= 0 ? { type: "district", at: district } : project >= 0 ? { type: "project", at: project } : null;
  return { view, language: parts.get("lang") };
}

/**
 * Return latitude, longitude and zoom of an address, or null when they are no place on a map.
 *
 * @param {string | null} text
 */
function placeFrom(text) {
  const numbers = /^(-?\d{1,3}(\.\d{1,6})?,){2}\d{1,2}(\.\d{1,6})?$/.test(text ?? "")
    ? String(text).split(",").map(Number)
    : [];
  const [latitude, longitude, zoom] = numbers;
  const holds =
    numbers.length === 3 && Math.abs(latitude) <= 85 && Math.abs(longitude) <= 540 && zoom >= 0 && zoom <= 20;
  return holds ? numbers : null;
}

/**
 * Remember where the reader has moved the map to; the whole area needs no telling, nor does a map half fitted to its frame.
 *
 * @param {Page} page
 */
export function rememberPlace(page) {
  if (page.fitting) return;
  const { lat, lng } = page.map.getCenter();
  const here = [Number(lat.toFixed(4)), Number(lng.toFixed(4)), Number(page.map.getZoom().toFixed(2))];
  const place = String(here) === String(page.wholePlace) || page.onPaper ? null : here;
  if (String(place) === String(page.view.place)) return;
  page.view.place = place;
  writeAddress(page);
}

/**
 * Write the view into the address, where there is one (a notebook's frame has none).
 *
 * @param {Page} page
 */
export function writeAddress(page) {
  const hash = viewAsHash(page);
  if (hash === location.hash.replace(/^#/, "") || location.protocol === "about:") return;
  page.writtenHash = hash;
  try {
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  } catch {
    location.replace(`#${hash}`);
  }
}

/**
 * Return the comparison that an address asks for, or null.
 *
 * @param {Pick<Page, "data" | "home">} page
 * @param {URLSearchParams} parts
 */
function comparisonFrom({ data, home }, parts) {
  if (parts.get("compare") === "no") return null;
  if (!parts.has("compare")) return home.compare;
  const said = (/** @type {string} */ key) => parts.get(key) ?? "";
  const measure = data.measures.includes(said("compare")) ? said("compare") : home.measure;
  const other = Boolean(data.other) && parts.get("with") !== "own";
  const { kinds, years } = ((other && data.other) || data).ledger;
  const kind = kinds.includes(said("second-kind")) ? said("second-kind") : (data.ledger.kinds[home.kind] ?? "");
  const [, from, to] = (/^(\d{1,4})-(\d{1,4})$/.exec(parts.get("second-years") ?? "") ?? []).map(Number);
  const known = years.includes(from) && years.includes(to) && from <= to;
  /** @type {Comparison} */
  const compare = { measure, kind, other, from: known ? from : null, to: known ? to : null };
  for (const name of SECOND_FILTERS) {
    const kept = readFilter(parts, `second-${name}`, ((other && data.other) || data).filters[name]);
    if (kept || parts.getAll("all").includes(`second-${name}`)) compare[name] = kept;
  }
  if (parts.get("difference") === "yes") compare.difference = true;
  return compare;
}

/**
 * @param {Pick<Page, "data" | "home">} page
 * @param {Comparison | null} compare
 * @param {URLSearchParams} parts
 */
function writeComparison({ data, home }, compare, parts) {
  if (JSON.stringify(compare) === JSON.stringify(home.compare)) return;
  if (!compare) {
    parts.set("compare", "no");
    return;
  }
  parts.set("compare", compare.measure);
  if (compare.kind !== data.ledger.kinds[home.kind]) parts.set("second-kind", compare.kind);
  if (compare.from !== null) parts.set("second-years", `${compare.from}-${compare.to}`);
  if (data.other && !compare.other) parts.set("with", "own");
  for (const name of SECOND_FILTERS) {
    const kept = compare[name];
    if (kept === null) parts.append("all", `second-${name}`);
    else if (kept) writeFilter(parts, `second-${name}`, ((compare.other && data.other) || data).filters[name], kept);
  }
  if (compare.difference) parts.set("difference", "yes");
}
