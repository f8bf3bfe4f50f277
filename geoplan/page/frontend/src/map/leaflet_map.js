// The Leaflet map.

/** @import { PlanMap } from "../types.js" */

const MAP_OPTIONS = {
  zoomControl: false,
  attributionControl: false,
  zoomSnap: 0.05,
  zoomDelta: 0.5,
  wheelPxPerZoomLevel: 90,
  worldCopyJump: false,
  preferCanvas: true,
};

/**
 * Make a map in the element of an id, with a pane for the plan.
 *
 * @param {string} id
 * @returns {PlanMap}
 */
export function makeMap(id) {
  const map = L.map(id, MAP_OPTIONS);
  map.createPane("plan").style.zIndex = "350";
  return map;
}
