// Spots: several projects at exactly one place have one mark over the others, and their number beside it.

/** @import { Canvas, Frame, Page, Spot } from "../types.js" */

import { FONT, INK } from "./colours.js";

/**
 * Return the places at which points of several projects are, with the number of these projects.
 *
 * @param {Page} page
 * @returns {Spot[]}
 */
function spotsOf(page) {
  if (page.spots?.styles === page.styles) return page.spots.spots;
  const { location, xs, ys } = page.drawnLocations.points;
  const { project } = page.data.locations;
  /** @type {Map<string, { x: number, y: number, projects: Set<number> }>} */
  const places = new Map();
  for (let at = 0; at < xs.length; at += 1) {
    if (page.styles[location[at]] < 0) continue;
    const key = `${xs[at]} ${ys[at]}`;
    const place = places.get(key) ?? { x: xs[at], y: ys[at], projects: new Set() };
    places.set(key, place);
    place.projects.add(project[location[at]]);
  }
  const several = [...places.values()].filter(({ projects }) => projects.size > 1);
  const spots = several.map(({ x, y, projects }) => ({ x, y, count: projects.size }));
  page.spots = { styles: page.styles, spots };
  return spots;
}

const LETTERS = 10;

/**
 * Write the number of projects beside each mark that stands for several.
 *
 * @param {Page} page
 * @param {Canvas} pen
 * @param {Frame} frame
 */
export function paintSpots(page, pen, frame) {
  pen.save();
  pen.font = `600 ${LETTERS}px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (const { x, y, count } of spotsOf(page)) {
    const [left, top] = [
      x * frame.scale + frame.left + frame.radius + 4,
      y * frame.scale + frame.top - frame.radius - 2,
    ];
    if (left < 0 || top < 0 || left > frame.width || top > frame.height) continue;
    const width = Math.max(LETTERS + 5, pen.measureText(String(count)).width + 8);
    pen.beginPath();
    pen.roundRect(left - width / 2, top - LETTERS / 2 - 2.5, width, LETTERS + 5, LETTERS);
    pen.fillStyle = "#ffffff";
    pen.fill();
    pen.strokeStyle = INK;
    pen.lineWidth = 0.9;
    pen.stroke();
    pen.fillStyle = INK;
    pen.fillText(String(count), left, top + 0.5);
  }
  pen.restore();
}
