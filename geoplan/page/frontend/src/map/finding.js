// Finding what is at a place of the map.

/** @import { Found, Page } from "../types.js" */

import { clusterAt } from "../drawing/clusters.js";
import { districtAt } from "../drawing/districts.js";
import { featuresAt } from "../drawing/layers.js";
import { locationsAt } from "../drawing/locations.js";

/**
 * Return the local coordinates of a place on the map.
 *
 * @param {Page} page
 * @param {L.LatLng} latlng
 */
function localPlace(page, latlng) {
  const point = page.map.project(latlng, 0);
  return [point.x - page.projection.origin[0], point.y - page.projection.origin[1]];
}

/**
 * Return what is at a place: {cluster}, {locations}, {features} of layers near and around, and {district} (-1 for none).
 *
 * @param {Page} page
 * @param {L.LatLng} latlng
 * @param {number} [reach]
 * @returns {Found}
 */
export function whatIsAt(page, latlng, reach = 9) {
  const [x, y] = localPlace(page, latlng);
  const scale = 2 ** page.map.getZoom();
  const cluster = page.clustered ? clusterAt(page, x, y, scale) : undefined;
  const shown = { ...page.view, points: page.view.points && !page.clustered && page.marks !== "later" };
  const locations =
    cluster?.count === 1
      ? [page.drawnLocations.points.location[cluster.points[0]]]
      : locationsAt(page.drawnLocations, page.styles, shown, x, y, scale, reach);
  const features = featuresAt(page, x, y, scale, reach);
  return {
    cluster: cluster && cluster.count > 1 ? cluster : null,
    locations,
    features,
    district: districtAt(page.drawnDistricts, x, y),
  };
}
