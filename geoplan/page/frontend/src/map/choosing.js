// Choosing what was clicked on the map.

/** @import { Cluster, Page, Selected } from "../types.js" */

import { projectsAt } from "../drawing/locations.js";
import { whatIsAt } from "./finding.js";
import { moveFromUnderSheet, zoomToDistrict } from "./moving.js";

/**
 * Show what a cluster stands for: nearer, or as a list where its points are at one place.
 *
 * @param {Page} page
 * @param {Cluster} cluster
 */
function openCluster(page, cluster) {
  const { points, location } = { points: cluster.points, location: page.drawnLocations.points.location };
  const { xs, ys } = page.drawnLocations.points;
  const [x0, y0] = page.projection.origin;
  const corners = points.map((at) => page.map.unproject([xs[at] + x0, ys[at] + y0], 0));
  const bounds = L.latLngBounds(corners);
  const zoom = Math.min(page.map.getMaxZoom(), 17);
  const target = Math.min(page.map.getBoundsZoom(bounds.pad(0.15)), page.map.getZoom() + 2.5);
  const isOnePlace = points.every((at) => xs[at] === xs[points[0]] && ys[at] === ys[points[0]]);
  if (!isOnePlace && page.map.getZoom() < zoom - 0.5 && target > page.map.getZoom()) {
    page.map.setView(bounds.getCenter(), target, { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
    return;
  }
  page.select({
    type: "place",
    projects: projectsAt(
      page,
      points.map((at) => location[at]),
    ),
  });
}

// Pixels: a district that is smaller on the map is zoomed to when it is chosen there.
const SMALL = 60;

/**
 * Choose a district on the map, and zoom to it if it is too small to be looked at.
 *
 * @param {Page} page
 * @param {Page} side
 * @param {Selected & { at: number }} target
 */
function chooseDistrict(page, side, target) {
  const [west, north, east, south] = side.drawnDistricts.shapes[target.at].box;
  side.select(target);
  if (Math.max(east - west, south - north) * 2 ** page.map.getZoom() < SMALL) zoomToDistrict(page, side, target.at);
}

/**
 * Choose what is at a place of one of the maps.
 *
 * @param {Page} page
 * @param {Page} side
 * @param {L.LatLng} latlng
 */
export function chooseAt(page, side, latlng) {
  const reach = matchMedia("(pointer: coarse)").matches ? 16 : 9;
  const { cluster, locations, features, district } = whatIsAt(side, latlng, reach);
  const projects = projectsAt(side, locations);
  if (cluster) openCluster(side, cluster);
  else if (projects.length === 1) side.select({ type: "project", at: projects[0] });
  else if (projects.length > 1) side.select({ type: "place", projects });
  else if (features.near.length) side.select({ type: "feature", features: [...features.near, ...features.around] });
  else if (district >= 0) chooseDistrict(page, side, { type: "district", at: district, features: features.around });
  else side.select(features.around.length ? { type: "feature", features: features.around } : null);
  if (side === page) moveFromUnderSheet(page, latlng);
}
