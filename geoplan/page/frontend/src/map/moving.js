// Moving the map so that what is chosen can be seen.

/** @import { Feature, Page, Selected } from "../types.js" */

import { placeAmong } from "../drawing/locations.js";
import { byId } from "../elements.js";

/**
 * Return a place of a feature: a point of it, or the middle of its box.
 *
 * @param {Pick<Page, "drawnLayers">} page
 * @param {Feature} feature
 */
function featurePlace({ drawnLayers }, [layer, feature]) {
  return placeAmong(drawnLayers[layer], (at) => at === feature);
}

/**
 * Bring a district or project into view, if it is not; show the details where they stand below the map.
 *
 * @param {Page} page
 * @param {Selected} target
 */
export function bringIntoView(page, target) {
  const side = target.second ? page.second : page;
  const place = placeOf(side, target);
  if (place) {
    const [x, y] = [place[0] + side.projection.origin[0], place[1] + side.projection.origin[1]];
    const latlng = page.map.unproject([x, y], 0);
    const spot = page.map.latLngToContainerPoint(latlng);
    const clear = clearWidth(page);
    const left = coveredLeft(spot);
    if (!page.map.getBounds().contains(latlng)) page.map.panTo(latlng, { animate: false });
    else if (spot.x > clear - 20 || spot.x < left) page.map.panBy([spot.x - (left + clear) / 2, 0], { animate: false });
  }
  byId("details").scrollIntoView({ block: "nearest" });
}

/**
 * Return where on the map the chosen thing is; null where it has no one place.
 *
 * @param {Page} side
 * @param {Selected} target
 */
function placeOf(side, target) {
  if (target.type === "district") return side.drawnDistricts.labels[target.at];
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
 * Return how much of the map's width the details leave free, when they lie over it.
 *
 * @param {Page} page
 */
function clearWidth(page) {
  const details = byId("details");
  const beside = !details.hidden && getComputedStyle(details).position === "absolute";
  return beside ? details.offsetLeft : page.map.getSize().x;
}

/**
 * @param {Page} page
 * @param {number} project
 */
function projectPlace(page, project) {
  const mine = new Set(page.data.locations.ofProject.get(project) ?? []);
  return placeAmong(page.drawnLocations, (location) => mine.has(location));
}

// How far beside the details a place that was under them is brought, in pixels.
const BESIDE = 40;

/**
 * Move the map, where the details have opened over the place that was chosen on it.
 *
 * @param {Page} page
 * @param {L.LatLng} latlng
 */
export function moveFromUnderDetails(page, latlng) {
  const details = byId("details");
  const spot = page.map.latLngToContainerPoint(latlng);
  const frame = page.map.getContainer().getBoundingClientRect();
  const box = details.getBoundingClientRect();
  const under =
    spot.x + frame.left > box.left - BESIDE / 2 && spot.y + frame.top > box.top && spot.y + frame.top < box.bottom;
  if (details.hidden || !under || getComputedStyle(details).position !== "absolute") return;
  const aside = Math.max(clearWidth(page) - BESIDE, coveredLeft(spot) + BESIDE);
  page.map.panBy([spot.x - aside, 0], { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
}
