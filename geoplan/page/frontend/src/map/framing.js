// Framing: the whole area in view, clear of the legend.

/** @import { Page, Path, PlanMap } from "../types.js" */

import { rememberPlace } from "../data/address.js";
import { extentOfSteps } from "../drawing/paths.js";
import { byId } from "../elements.js";

/**
 * Return the corners of the districts, or of the locations where there is no district.
 *
 * @param {Page} page
 */
function dataBounds(page) {
  const { grid, districts, locations } = page.data;
  let extent = extentOfSteps(districts.arcs);
  if (!Number.isFinite(extent[0])) {
    const cells = locations.points.x.map((x, at) => [x, locations.points.y[at]]);
    extent = extentOfSteps([...cells, ...locations.lines.path]);
  }
  if (!Number.isFinite(extent[0]))
    return L.latLngBounds([
      [-60, -170],
      [75, 170],
    ]);
  /** @type {(x: number, y: number) => L.LatLngTuple} */
  const corner = (x, y) => [grid.south + grid.step * y, grid.west + grid.step * x];
  return L.latLngBounds([corner(extent[0], extent[1]), corner(extent[2], extent[3])]);
}

const SCALE_ROOM = 22;

/**
 * Show the whole area as large as it goes without lying under the legend.
 *
 * @param {Page} page
 */
export function showEverything(page) {
  const bounds = dataBounds(page);
  const legend = byId("legend");
  const over = getComputedStyle(legend).position === "absolute";
  const room = page.map.getSize();
  const [width, height] = over ? [legend.offsetWidth + 10, Math.min(legend.offsetHeight + 10, room.y / 2)] : [0, 0];
  const parts = over ? [0, 0.25, 0.5, 0.75, 1] : [];
  const margins = parts.flatMap((part) => [
    [part * width, 0],
    [0, part * height],
    [part * width, 0.5 * part * height],
  ]);
  const views = margins.map((margin) => viewBeside(page, bounds, margin));
  const clear = views.filter(({ zoom, corner }) => !over || isClearOf(page, legend, zoom, corner));
  // Where the legend stands below the map, only the scale needs room.
  const best = clear.sort((a, b) => b.zoom - a.zoom)[0] ?? viewBeside(page, bounds, [width, over ? 0 : SCALE_ROOM]);
  const middle = page.map.unproject(best.corner.add(room.divideBy(2)), best.zoom);
  page.wholePlace = [Number(middle.lat.toFixed(4)), Number(middle.lng.toFixed(4)), Number(best.zoom.toFixed(2))];
  // Without `reset`, Leaflet would only move by whole pixels, and the view not be the whole area to the digit.
  page.map.setView(middle, best.zoom, /** @type {L.ZoomPanOptions} */ ({ animate: false, reset: true }));
}

/**
 * Put the legend below the map, across it, where the districts get much larger so than beside it.
 *
 * @param {Page} page
 */
export function chooseLegendPlace(page) {
  const column = byId("map-column").classList;
  const showIn = (/** @type {boolean} */ below) => {
    column.toggle("legend-below", below);
    page.map.invalidateSize({ animate: false, pan: false });
    showEverything(page);
    return page.wholePlace[2];
  };
  const beside = showIn(false);
  if (getComputedStyle(byId("legend")).position !== "absolute") return;
  // Laying out the page once more takes its time: not where even the lowest legend would leave too little room.
  const { zoom } = viewBeside(page, dataBounds(page), [0, LOWEST_LEGEND + SCALE_ROOM]);
  if (zoom - beside < WORTH_MOVING) return;
  if (showIn(true) - beside < WORTH_MOVING) showIn(false);
}

// Zoom levels that the districts must gain for the legend to go below the map; pixels a folded legend takes there.
const WORTH_MOVING = 0.25;
const LOWEST_LEGEND = 30;

/**
 * Return the zoom, and the pixel at the map's corner, that show bounds with a margin left free at left and below.
 *
 * @param {Pick<Page, "map" | "onPaper">} page
 * @param {L.LatLngBounds} bounds
 * @param {number[]} margin
 */
function viewBeside({ map, onPaper }, bounds, [left, bottom]) {
  const edge = onPaper ? 6 : 22;
  const zoom = map.getBoundsZoom(bounds, false, L.point(2 * edge + left, 2 * edge + bottom));
  const middle = map.project(bounds.getNorthWest(), zoom).add(map.project(bounds.getSouthEast(), zoom)).divideBy(2);
  return { zoom, corner: middle.subtract(map.getSize().divideBy(2)).subtract([left / 2, -bottom / 2]) };
}

/**
 * Tell whether no corner of a district would lie under an element over the map.
 *
 * @param {Page} page
 * @param {HTMLElement} cover
 * @param {number} zoom
 * @param {L.Point} corner
 */
function isClearOf(page, cover, zoom, corner) {
  const box = cover.getBoundingClientRect();
  const frame = page.map.getContainer().getBoundingClientRect();
  const [x, y] = page.projection.origin;
  const scale = 2 ** zoom;
  /** @type {(left: number, top: number) => number[]} */
  const toLocal = (left, top) => [(left - frame.left + corner.x) / scale - x, (top - frame.top + corner.y) / scale - y];
  const [west, north] = toLocal(box.left, box.top);
  const [east, south] = toLocal(box.right, box.bottom);
  const under = (/** @type {Path} */ outline) => {
    for (let at = 0; at < outline.length; at += 2) {
      if (outline[at] > west && outline[at] < east && outline[at + 1] > north && outline[at + 1] < south) return true;
    }
    return false;
  };
  return !page.drawnDistricts.shapes.some(
    ({ box: own, outlines }) =>
      own[0] < east && own[2] > west && own[1] < south && own[3] > north && outlines.some(under),
  );
}

/**
 * On a narrow page, give the map the height that its area needs.
 *
 * @param {number[]} extent
 */
export function fitHeight([west, south, east, north]) {
  const shape = east > west ? (north - south) / (east - west) : 1;
  byId("map-column").style.setProperty("--shape", String(Math.min(2, Math.max(0.3, shape))));
}

/**
 * Fit the second map to its frame: it only follows the first one, and must not lead it anywhere by that.
 *
 * @param {PlanMap} map
 */
export function fitFollower(map) {
  map.isFollowing = true;
  map.invalidateSize({ animate: false, pan: false });
  map.isFollowing = false;
}

/**
 * Fit the map to its frame when that has changed: a legend that folds away leaves more room.
 *
 * @param {Page} page
 */
export function fitFrame(page) {
  const { clientWidth, clientHeight } = page.map.getContainer();
  const known = page.map.getSize();
  if (page.onPaper || (known.x === clientWidth && known.y === clientHeight)) return;
  page.fitting = true;
  page.map.invalidateSize({ animate: false, pan: false });
  if (page.view.compare) fitFollower(page.second.map);
  page.fitting = false;
  if (page.playing) return;
  if (page.view.place) rememberPlace(page);
  else showEverything(page);
}

/**
 * @param {Page} page
 * @param {number[]} place
 */
export function goTo(page, [latitude, longitude, zoom]) {
  page.view.place = [latitude, longitude, zoom];
  page.map.setView([latitude, longitude], zoom, /** @type {L.ZoomPanOptions} */ ({ animate: false, reset: true }));
}
