// Graticule: lines of longitude and latitude with their degrees, and the coordinates of a place.

/** @import { Canvas, Frame, Page, Pen } from "../types.js" */

import { formatNumber } from "../text/amounts.js";
import { FONT } from "./colours.js";

// Steps between lines in degrees: whole parts of a degree that are whole minutes, or round numbers of degrees.
const GRATICULE_STEPS = [30, 20, 10, 5, 2, 1, 0.5, 0.25, 1 / 6, 1 / 12, 1 / 30, 1 / 60];
const GRATICULE_APART = 110;

/**
 * Return the step that puts lines at least so many pixels apart.
 *
 * @param {number} pixelsPerDegree
 */
export function graticuleStep(pixelsPerDegree) {
  return [...GRATICULE_STEPS].reverse().find((step) => step * pixelsPerDegree >= GRATICULE_APART) ?? GRATICULE_STEPS[0];
}

/**
 * Write an angle in degrees and whole minutes: 18°30′N.
 *
 * @param {number} angle
 * @param {[string, string] | string[]} pair
 */
export function inDegrees(angle, [positive, negative]) {
  const minutes = Math.round(Math.abs(angle) * 60);
  const rest = minutes % 60;
  const side = minutes === 0 ? "" : angle > 0 ? positive : negative;
  return `${Math.floor(minutes / 60)}°${rest ? `${String(rest).padStart(2, "0")}′` : ""}${side}`;
}

const NORTH_SOUTH = ["N", "S"];
const EAST_WEST = ["E", "W"];

/**
 * @param {Page} page
 * @param {Canvas} pen
 * @param {Frame} frame
 */
export function paintGraticule(page, pen, frame) {
  const { map, canvas } = page;
  const toCanvas = (/** @type {number} */ latitude, /** @type {number} */ longitude) =>
    map.latLngToLayerPoint([latitude, longitude]).subtract(canvas._bounds.min);
  const corner = (/** @type {number} */ x, /** @type {number} */ y) =>
    map.layerPointToLatLng(canvas._bounds.min.add([x, y]));
  const [northWest, southEast] = [corner(0, 0), corner(frame.width, frame.height)];
  const step = graticuleStep(frame.width / Math.max(1e-9, southEast.lng - northWest.lng));
  const origin = map.containerPointToLayerPoint([0, 0]).subtract(canvas._bounds.min);
  pen.save();
  pen.strokeStyle = "rgba(70,74,82,.38)";
  pen.lineWidth = 0.8;
  pen.setLineDash([1, 3]);
  pen.font = `400 11px ${FONT}`;
  /** @type {(text: string, x: number, y: number, align: "left" | "center") => void} */
  const write = (text, x, y, align) => {
    pen.textAlign = align;
    pen.textBaseline = align === "left" ? "bottom" : "top";
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  };
  /** @type {Parameters<typeof write>[]} */
  const texts = [];
  for (let at = Math.ceil(northWest.lng / step); at * step < southEast.lng; at += 1) {
    const { x } = toCanvas(northWest.lat, at * step);
    strokeLine(pen, x, 0, x, frame.height);
    texts.push([inDegrees(wrapped(at * step), EAST_WEST), x, origin.y + 3, "center"]);
  }
  for (let at = Math.ceil(southEast.lat / step); at * step < northWest.lat; at += 1) {
    const { y } = toCanvas(at * step, northWest.lng);
    strokeLine(pen, 0, y, frame.width, y);
    texts.push([inDegrees(at * step, NORTH_SOUTH), origin.x + 4, y - 2, "left"]);
  }
  pen.setLineDash([]);
  pen.strokeStyle = "rgba(255,255,255,.85)";
  pen.lineWidth = 3;
  pen.fillStyle = "#464a52";
  for (const text of texts) write(...text);
  pen.restore();
}

/**
 * @param {Pen} pen
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function strokeLine(pen, x0, y0, x1, y1) {
  pen.beginPath();
  pen.moveTo(x0, y0);
  pen.lineTo(x1, y1);
  pen.stroke();
}

/**
 * Bring a longitude that counts on across the antimeridian back to -180 to 180.
 *
 * @param {number} longitude
 */
function wrapped(longitude) {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

/**
 * Write a place as decimal degrees, latitude first.
 *
 * @param {{ lat: number, lng: number }} latlng
 */
export function coordinatesInWords({ lat, lng }) {
  const longitude = wrapped(lng);
  return `${formatNumber(Math.abs(lat), 4)}° ${lat < 0 ? "S" : "N"}, ${formatNumber(Math.abs(longitude), 4)}° ${longitude < 0 ? "W" : "E"}`;
}
