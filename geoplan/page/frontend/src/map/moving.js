// Moving the map so that what is chosen can be seen.

/** @import { Feature, Page, Selected } from "../types.js" */

import { placeAmong } from "../drawing/locations.js";
import { byId } from "../elements.js";
import { isSheet } from "../parts/panel.js";

/**
 * Return a place of a feature: a point of it, or the middle of its box.
 *
 * @param {Pick<Page, "drawnLayers">} page
 * @param {Feature} feature
 */
function featurePlace({ drawnLayers }, [layer, feature]) {
  return placeAmong(drawnLayers[layer], (at) => at === feature);
}

// Pixels left free around a district that is zoomed to.
const MARGIN = 24;

// A district fills the room up to this zoom: a town district is then a few streets wide.
const NEAREST = 15;

/**
 * Zoom to a district, so that it fills the part of the map that neither the sheet nor the legend covers.
 *
 * @param {Page} page
 * @param {Page} side
 * @param {number} at
 */
export function zoomToDistrict(page, side, at) {
  const [west, north, east, south] = side.drawnDistricts.shapes[at].box;
  if (!(east > west && south > north)) return;
  const [x, y] = side.projection.origin;
  const corners = [
    [west, north],
    [east, south],
  ].map((corner) => page.map.unproject([corner[0] + x, corner[1] + y], 0));
  const bounds = L.latLngBounds(corners);
  const legend = byId("legend");
  const over = getComputedStyle(legend).position === "absolute";
  const under = coveredBelow(page);
  const [wide, high] = over ? [legend.offsetLeft + legend.offsetWidth, legend.offsetHeight] : [0, 0];
  // Beside the legend or above it, wherever the district gets larger.
  const [room] = [
    { left: wide + MARGIN, bottom: MARGIN },
    { left: MARGIN, bottom: high + MARGIN },
  ]
    .map((free) => ({ left: free.left, bottom: free.bottom + under }))
    .map((free) => ({ ...free, zoom: zoomIn(page, bounds, free.left + MARGIN, free.bottom + MARGIN) }))
    .sort((a, b) => b.zoom - a.zoom);
  moveAside(page, () =>
    page.map.fitBounds(bounds, {
      paddingTopLeft: [room.left, MARGIN],
      paddingBottomRight: [MARGIN, room.bottom],
      maxZoom: NEAREST,
      animate: false,
    }),
  );
}

/**
 * Return the zoom at which bounds fit the map without margins of so many pixels; -Infinity if these leave no room.
 *
 * @param {Page} page
 * @param {L.LatLngBounds} bounds
 * @param {number} width
 * @param {number} height
 */
function zoomIn(page, bounds, width, height) {
  const { x, y } = page.map.getSize();
  return width < x && height < y ? page.map.getBoundsZoom(bounds, false, L.point(width, height)) : -Infinity;
}

/**
 * Zoom to a district, or bring a project into view if it is not.
 *
 * @param {Page} page
 * @param {Selected} target
 */
export function bringIntoView(page, target) {
  const side = target.second ? page.second : page;
  if (target.type === "district") zoomToDistrict(page, side, target.at);
  const place = target.type === "district" ? null : placeOf(side, target);
  if (!place) return;
  const [x, y] = [place[0] + side.projection.origin[0], place[1] + side.projection.origin[1]];
  const latlng = page.map.unproject([x, y], 0);
  const spot = page.map.latLngToContainerPoint(latlng);
  const { x: width, y: height } = page.map.getSize();
  const left = coveredLeft(spot);
  if (!page.map.getBounds().contains(latlng)) moveAside(page, () => page.map.panTo(latlng, { animate: false }));
  else if (spot.x < left) moveAside(page, () => page.map.panBy([spot.x - (left + width) / 2, 0], { animate: false }));
  const below = page.map.latLngToContainerPoint(latlng).y - (height - coveredBelow(page));
  if (below > -MARGIN) raiseAbove(page, latlng);
}

/**
 * Move the map so that a place stands in the middle of what the sheet leaves free.
 *
 * @param {Page} page
 * @param {L.LatLng} latlng
 */
function raiseAbove(page, latlng) {
  const spot = page.map.latLngToContainerPoint(latlng);
  const middle = (page.map.getSize().y - coveredBelow(page)) / 2;
  moveAside(page, () => page.map.panBy([0, spot.y - middle], { animate: false }));
}

/**
 * Return where on the map the chosen thing is; null where it has no one place.
 *
 * @param {Page} side
 * @param {Selected} target
 */
function placeOf(side, target) {
  if (target.type === "project") return projectPlace(side, target.at);
  return target.type === "feature" ? featurePlace(side, target.features[0]) : null;
}

/**
 * Return how far the legend reaches into the map from the left, at the height of a spot.
 *
 * @param {L.Point} spot
 */
function coveredLeft(spot) {
  const legend = byId("legend");
  const over = getComputedStyle(legend).position === "absolute";
  const top = legend.offsetTop - byId("map-head").offsetHeight;
  return over && spot.y > top - 20 ? legend.offsetLeft + legend.offsetWidth + 12 : 0;
}

/**
 * Return how much of the map's height the sheet covers.
 *
 * @param {Page} page
 */
function coveredBelow(page) {
  if (!isSheet()) return 0;
  const { bottom } = page.map.getContainer().getBoundingClientRect();
  return Math.max(0, bottom - byId("panel").getBoundingClientRect().top);
}

/**
 * @param {Page} page
 * @param {number} project
 */
function projectPlace(page, project) {
  const mine = new Set(page.data.locations.ofProject.get(project) ?? []);
  return placeAmong(page.drawnLocations, (location) => mine.has(location));
}

/**
 * Move the map, where the sheet has risen over the place that was chosen on it.
 *
 * @param {Page} page
 * @param {L.LatLng} latlng
 */
export function moveFromUnderSheet(page, latlng) {
  const { y } = page.map.latLngToContainerPoint(latlng);
  if (page.view.selected && y > page.map.getSize().y - coveredBelow(page) - MARGIN) raiseAbove(page, latlng);
}

/**
 * Move the map, and remember where it was before anything was chosen.
 *
 * @param {Page} page
 * @param {() => void} move
 */
function moveAside(page, move) {
  const [center, zoom] = [page.map.getCenter(), page.map.getZoom()];
  const before = hasStayed(page) ? page.beforeChoice : null;
  const from = before ?? { from: page.view.place, center, zoom };
  move();
  page.beforeChoice = { ...from, to: page.map.getCenter(), toZoom: page.map.getZoom() };
}

/**
 * Tell whether the map is still where choosing has moved it.
 *
 * @param {Page} page
 */
function hasStayed({ map, beforeChoice }) {
  return beforeChoice && map.getZoom() === beforeChoice.toZoom && map.getCenter().distanceTo(beforeChoice.to) < 1;
}

/**
 * When nothing is chosen any more, show what was shown before, unless the reader has moved the map since.
 *
 * @param {Page} page
 */
export function moveBack(page) {
  const before = page.beforeChoice;
  if (before && hasStayed(page)) {
    page.map.setView(before.center, before.zoom, { animate: false });
    page.view.place = before.from;
  }
  page.beforeChoice = null;
}
