// The second side of a comparison: another measure, kind, span of years or plan.

/** @import { Comparison, Data, Page } from "../types.js" */

import { measuresOffered } from "../data/measures.js";
import { FILTERS, keptIn } from "../data/members.js";
import { inOther } from "../data/selected.js";
import { buildDistricts } from "../drawing/districts.js";
import { buildLocations } from "../drawing/locations.js";
import { extentOfSteps, makeProjection } from "../drawing/paths.js";

/**
 * Return what the second map shows when comparing begins: the other plan, else another measure of the same money.
 *
 * @param {Pick<Page, "data" | "view">} page
 * @returns {Comparison}
 */
export function firstComparison(page) {
  const { view, data } = page;
  const offered = measuresOffered(page).filter((name) => name !== view.measure);
  const preferred = ["per_poor_person", "per_person", "poverty_class"].find((name) => offered.includes(name));
  const measure = data.other ? view.measure : (preferred ?? offered[0] ?? view.measure);
  return { measure, kind: data.ledger.kinds[view.kind] ?? "", from: null, to: null, other: Boolean(data.other) };
}

/**
 * Return the page's second side: it shares everything with the first but what it shows.
 *
 * @param {Page} page
 */
export function secondSide(page) {
  const { data } = page;
  const { compare } = page.view;
  page.second ??= Object.assign(Object.create(page), { map: null, canvas: null });
  const side = page.second;
  side.isSecond = true;
  side.select = (target, move) => page.select(target && { ...target, second: true }, move);
  side.selectFurther = (target) => page.selectFurther({ ...target, second: true });
  const source = compare?.other && data.other ? otherSide(page, data.other) : page;
  const { projection, drawnDistricts, drawnLocations, drawnLayers } = source;
  Object.assign(side, { data: source.data, projection, drawnDistricts, drawnLocations, drawnLayers });
  side.view = secondView(page, side.data);
  return side;
}

/**
 * Build what is drawn of the other plan, once.
 *
 * @param {Page} page
 * @param {Data} data
 */
function otherSide(page, data) {
  if (page.otherSide) return page.otherSide;
  const extent = extentOfSteps(data.districts.arcs).map((cell) => (Number.isFinite(cell) ? cell : 0));
  const projection = makeProjection(data.grid, [(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2]);
  page.otherSide = {
    data,
    projection,
    drawnDistricts: buildDistricts(data.districts, projection),
    drawnLocations: buildLocations(data.locations, projection),
    drawnLayers: data.layers.map((layer) => buildLocations(layer, projection)),
  };
  return page.otherSide;
}

/**
 * Return the view of the second map: the first one's filters, by name where the data is another plan's.
 *
 * @param {Page} page
 * @param {Data} data
 */
function secondView(page, data) {
  const { view, data: own } = page;
  const compare = view.compare ?? firstComparison(page);
  /** @type {(names: string[], others: string[], at: number) => number} */
  const same = (names, others, at) => (at < 0 ? at : others.indexOf(names[at]));
  const translated = {
    ...Object.fromEntries(FILTERS.map((name) => [name, keptIn(view[name], own.filters[name], data.filters[name])])),
    currency: same(own.codes, data.codes, view.currency),
    kind: data.ledger.kinds.indexOf(compare.kind),
    spread: data.spreads.includes(view.spread) ? view.spread : "even",
    layers: data === own ? view.layers : data.layers.map((layer) => layer.visible),
  };
  const selected = view.selected?.second ? view.selected : inOther(own, data, view.selected);
  const [from, to] = [compare.from ?? view.from, compare.to ?? view.to];
  const measure = compare.difference ? view.measure : compare.measure;
  const { component = keptIn(view.component, own.filters.component, data.filters.component) } = compare;
  return {
    ...view,
    ...(data === own ? { kind: translated.kind } : translated),
    component: measure === "component_share" ? (component ?? [0]) : component,
    ...(compare.funder === undefined ? {} : { funder: compare.funder }),
    measure,
    from,
    to,
    selected,
  };
}
