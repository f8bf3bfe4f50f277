// The canvas that lies in the Leaflet map.

/** @import { Canvas, Frame, LabelPlace, Page, Pen, PlanCanvasClass } from "../types.js" */

import { isChosen, isCrossed } from "../data/measures.js";
import { districtName } from "../data/names.js";
import { chosenAt } from "../data/selected.js";
import { clusterBoxes, clusteredArea, isClustered, paintClusters } from "../drawing/clusters.js";
import { FONT, INK, districtAlpha, hatchOf } from "../drawing/colours.js";
import { districtAt, fitDistricts, isHatchable, paintDistricts } from "../drawing/districts.js";
import { paintGraticule } from "../drawing/graticule.js";
import { paintLabels, paintNumbers } from "../drawing/labels.js";
import { fadeGround, featureLabels, paintFeatureLabels, paintLayerPoints, paintLayers } from "../drawing/layers.js";
import { eachPointInView, paintAreas, paintPoints, paintRoutes, pointRadius } from "../drawing/locations.js";
import { boxOf, isInShape, strokeBorder } from "../drawing/paths.js";
import { provinceLabels } from "../drawing/provinces.js";
import { paintSpots } from "../drawing/spots.js";
import { matchNote } from "../parts/legend.js";
import { formatValue } from "../text/amounts.js";
import { unitOfScale } from "../text/measure_names.js";
import { fenced, short } from "../text/messages.js";
import { showNumbered } from "./numbered_names.js";

/**
 * Leaflet's renderer, with methods that its types do not have.
 *
 * @type {any}
 */
const base = L.Renderer.prototype;

/** @type {any} */
const methods = {
  options: { padding: 0.15, pane: "plan" },

  /**
   * @param {Page} page
   * @param {L.RendererOptions} [options]
   */
  initialize(page, options) {
    base.initialize.call(this, options);
    this._page = page;
    this._ratio = null;
    this._painted = "";
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._painted = ""; // a canvas that is added again is a new one
    this._container.setAttribute("aria-hidden", "true");
  },

  _destroyContainer() {
    this._container.remove();
    delete this._container;
  },

  _updatePaths() {},

  /** Lay the canvas over the visible part of the map, and paint it. */
  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    base._update.call(this);
    const size = this._bounds.getSize();
    this._ratioNow = this._ratio ?? Math.min(Math.max(window.devicePixelRatio || 1, 1), 3);
    // Leaflet asks twice after a zoom: once for the zoom, once for the move.
    const place = [this._zoom, this._map.getPixelOrigin(), this._bounds.min, size, this._ratioNow].join();
    if (place === this._painted) return;
    this._painted = place;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = Math.round(size.x * this._ratioNow);
    this._container.height = Math.round(size.y * this._ratioNow);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this.paint();
  },

  /**
   * Where the view is the one that was painted, stay on whole pixels: half ones blur the drawing.
   *
   * @param {L.LatLng} center
   * @param {number} zoom
   */
  _updateTransform(center, zoom) {
    if (zoom === this._zoom && center.equals(this._center)) L.DomUtil.setPosition(this._container, this._bounds.min);
    else base._updateTransform.call(this, center, zoom);
  },

  /** Return where local units lie on the canvas, in CSS pixels. */
  frame() {
    const scale = 2 ** this._zoom;
    const corner = this._map.getPixelOrigin().add(this._bounds.min);
    const [x, y] = this._page.projection.origin;
    const size = this._bounds.getSize();
    const small = this._page.onPaper || isNarrow(this._map);
    const radius = pointRadius(this._page.data.locations.points.x.length) * (small ? 0.8 : 1);
    return {
      scale,
      left: x * scale - corner.x,
      top: y * scale - corner.y,
      width: size.x,
      height: size.y,
      ratio: this._ratioNow,
      radius,
    };
  },

  paint() {
    if (!this._container || !this._bounds) return;
    this.paintWith(this._container.getContext("2d"));
  },

  /**
   * Paint with a pen: that of the canvas, or one that draws in SVG.
   *
   * @param {Canvas} pen
   */
  paintWith(pen) {
    const frame = this.frame();
    const { ratio, scale, left, top } = frame;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this._container.width, this._container.height);
    fitDistricts(this._page.drawnDistricts, ratio * scale);
    pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
    paintLand(this._page, pen, frame);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintMarks(this._page, pen, frame);
  },

  /**
   * Paint finer than the screen, for paper; null goes back.
   *
   * @param {number | null} ratio
   */
  paintAt(ratio) {
    this._ratio = ratio;
    this._painted = "";
    this._update();
  },
};

/** @type {PlanCanvasClass} */
export const PlanCanvas = /** @type {any} */ (L.Renderer.extend(methods));

/**
 * Paint fills, hatches and borders of districts, then areas and lines of projects.
 *
 * @param {Page} page
 * @param {Canvas} pen
 * @param {Frame} frame
 */
function paintLand(page, pen, { scale, left, top, width, height }) {
  const { rows, of } = page.classes;
  paintLayers(page, pen, scale, true);
  fadeGround(page, pen, scale);
  const crossed = isCrossed(page.view);
  const wanted = (page.view.hatching && !crossed) || page.view.measure === "poverty_class";
  const hatched = wanted && isHatchable(page.drawnDistricts, scale);
  matchNote(page, "hatch-note", wanted && !hatched);
  paintDistricts(
    pen,
    page.drawnDistricts,
    {
      fill: (district) => rows[of[district]].colour,
      hatch: (district) => hatchOfDistrict(page, district, hatched),
      alpha: districtAlpha(page),
      selected: chosenAt(page, "district"),
    },
    scale,
    [-left / scale, -top / scale, (width - left) / scale, (height - top) / scale],
  );
  paintLayers(page, pen, scale, false);
  const project = chosenAt(page, "project");
  if (project >= 0) edgeProject(page, project, pen, scale);
  if (page.view.areas) paintAreas(pen, page.drawnLocations, page.styles, scale);
  if (page.view.lines) paintRoutes(pen, page.drawnLocations, page.styles, scale);
}

/**
 * @param {Page} page
 * @param {number} district
 * @param {boolean} hatched
 */
function hatchOfDistrict(page, district, hatched) {
  const at = page.data.districts.poverty_class[district];
  const { classes, classes_ordered: ordered } = page.data.districts;
  return hatched && at >= 0 && isChosen(page.data, page.view, district) ? hatchOf(at, classes.length, ordered) : "none";
}

/**
 * Paint points, the ring around a chosen project, and the names of districts.
 *
 * @param {Page} page
 * @param {Canvas} pen
 * @param {Frame} frame
 */
function paintMarks(page, pen, frame) {
  if (page.view.graticule) paintGraticule(page, pen, frame);
  paintLayerPoints(page, pen, frame);
  page.clustered = page.view.points && isClustered(page, frame);
  page.marks = howMarksAreDrawn(page, frame);
  if (page.marks !== "full") page.clustered = false;
  matchNote(page, "cluster-note", Boolean(page.clustered));
  matchNote(page, "marks-note", page.view.points && page.marks === "later");
  if (page.clustered) paintClusters(page, pen, frame);
  else if (page.view.points && page.marks !== "later") {
    const sizes = page.view.sized ? page.sizes : null;
    const looked = page.marks === "dots" ? { ...frame, radius: DOT } : frame;
    paintPoints(pen, page.drawnLocations, page.styles, looked, sizes);
    if (page.marks === "full" && !page.data.crowds) paintSpots(page, pen, frame);
  }
  const project = chosenAt(page, "project");
  if (project >= 0) ringProject(page, project, pen, frame);
  const many = page.data.districts.code.length > MANY_DISTRICTS;
  const letters = { font: FONT, size: page.onPaper ? 10.5 : isNarrow(page.map) ? 11 : many ? 11.5 : 13 };
  const marks = page.clustered ? [] : markBoxes(page, frame);
  const covered = [
    ...controlBoxes(page),
    ...edgeBoxes(page, frame),
    ...(page.clustered ? clusterBoxes(page, frame) : []),
  ];
  const isLand = (/** @type {number} */ x, /** @type {number} */ y) =>
    districtAt(page.drawnDistricts, (x - frame.left) / frame.scale, (y - frame.top) / frame.scale) >= 0;
  const places = page.view.labels ? labelPlaces(page, frame) : [];
  const wide = places.filter(({ width }) => width >= NAMED_FROM).slice(0, MOST_NAMES);
  const { taken, named } = paintLabels(pen, wide, covered, marks, letters, isLand);
  const others = [...provinceLabels(page, frame), ...featureLabels(page, frame)];
  const left = mayNumber(page) ? places.filter(({ at }) => !named.has(at)) : [];
  if (!page.isSecond) {
    page.numbered =
      left.length > (page.onPaper ? MOST_ON_PAPER : MOST_NUMBERED)
        ? []
        : paintNumbers(pen, left, taken, marks, letters);
    showNumbered(page);
  }
  paintFeatureLabels(pen, others, [...taken, ...marks], letters);
}

// Of the districts' area on the screen, marks cover no more than this part.
const MOST_COVERED = 0.1;
const DOT = 1.8;

/**
 * Return how points are drawn: in full, as dots where full marks would cover the districts, or not before the reader
 * comes nearer.
 *
 * @param {Page} page
 * @param {Frame} frame
 * @returns {"full" | "dots" | "later"}
 */
function howMarksAreDrawn(page, frame) {
  const { area } = page.drawnDistricts;
  const shown = Math.min(area * frame.scale * frame.scale, frame.width * frame.height);
  if (page.view.marked || !(area > 0)) return "full";
  if (page.clustered && clusteredArea(page, frame) <= MOST_COVERED * shown) return "full";
  let count = 0;
  eachPointInView(page.drawnLocations.points, page.styles, frame, () => {
    count += 1;
  });
  const covered = (/** @type {number} */ radius) => count * Math.PI * radius * radius;
  if (!page.clustered && covered(frame.radius + 1.5) <= MOST_COVERED * shown) return "full";
  return covered(DOT + 0.4) <= MOST_COVERED * shown ? "dots" : "later";
}

// With more districts than this, names are set smaller.
const MANY_DISTRICTS = 30;

/**
 * Tell whether a map is a phone's: names and marks are smaller there.
 *
 * @param {L.Map} map
 */
function isNarrow(map) {
  return map.getSize().x < 480;
}

/**
 * Return boxes around the visible part of the map, so that its edge cuts no name off.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
function edgeBoxes(page, { width, height }) {
  const { x: left, y: top } = page.map.containerPointToLayerPoint([0, 0]).subtract(page.canvas._bounds.min);
  const { x: across, y: down } = page.map.getSize();
  return [
    [-1e4, -1e4, left + 2, height + 1e4],
    [left + across - 2, -1e4, width + 1e4, height + 1e4],
    [-1e4, -1e4, width + 1e4, top + 2],
    [-1e4, top + down - 2, width + 1e4, height + 1e4],
  ];
}

/**
 * Return the boxes of what lies over the map (legend, buttons, scale), as seen from the canvas; a list that is unfolded
 * is no reason to take the numbers below it away.
 *
 * @param {Page} page
 */
function controlBoxes(page) {
  const frame = page.map.getContainer().getBoundingClientRect();
  const corner = page.map.containerPointToLayerPoint([0, 0]).subtract(page.canvas._bounds.min);
  const over = [...document.querySelectorAll("#legend, .leaflet-control:not(#numbered[open])")];
  return over
    .map((control) => control.getBoundingClientRect())
    .filter(
      (box) =>
        box.width > 0 &&
        box.left < frame.right &&
        box.right > frame.left &&
        box.top < frame.bottom &&
        box.bottom > frame.top,
    )
    .map((box) => [
      box.left - frame.left + corner.x - 3,
      box.top - frame.top + corner.y - 3,
      box.right - frame.left + corner.x + 3,
      box.bottom - frame.top + corner.y + 3,
    ]);
}

/**
 * Edge the lines and areas of the chosen project, which are painted over it.
 *
 * @param {Page} page
 * @param {number} project
 * @param {Pen} pen
 * @param {number} scale
 */
function edgeProject(page, project, pen, scale) {
  const { lines, areas } = page.drawnLocations;
  const mine = new Set(page.data.locations.ofProject.get(project) ?? []);
  const chosen = [lines, areas].flatMap(({ drawn, location }) => drawn.filter((_, at) => mine.has(location[at])));
  for (const path of chosen) strokeBorder(pen, path, "#ffffff", 14 / scale);
  for (const path of chosen) strokeBorder(pen, path, INK, 10 / scale);
}

// Lines and areas of a chosen project that are smaller than this on the screen are ringed, as points are.
const RINGED_BELOW = 24;

/**
 * Ring the points of the chosen project, and what of it is as small as a point.
 *
 * @param {Page} page
 * @param {number} project
 * @param {Canvas} pen
 * @param {Frame} frame
 */
function ringProject(page, project, pen, frame) {
  const { points, lines, areas } = page.drawnLocations;
  const mine = new Set(page.data.locations.ofProject.get(project) ?? []);
  /** @type {<T>(location: number[], values: T[]) => T[]} */
  const own = (location, values) => values.filter((_, at) => mine.has(location[at]));
  const boxes = [
    ...own(lines.location, lines.paths).map((path) => boxOf([path])),
    ...own(areas.location, areas.outlines).map(boxOf),
  ];
  const small = boxes.filter(
    ([west, north, east, south]) => Math.max(east - west, south - north) * frame.scale < RINGED_BELOW,
  );
  const spots = small.map(([west, north, east, south]) => [(west + east) / 2, (north + south) / 2]);
  points.location.forEach((location, at) => mine.has(location) && spots.push([points.xs[at], points.ys[at]]));
  for (const [x, y] of spots) {
    for (const { colour, width } of [
      { colour: "#ffffff", width: 5 },
      { colour: INK, width: 2.5 },
    ]) {
      pen.beginPath();
      pen.arc(x * frame.scale + frame.left, y * frame.scale + frame.top, 12, 0, 2 * Math.PI);
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  }
}

// Districts narrower than this have no name, in pixels; those narrower than a number are left to the table.
const NAMED_FROM = 28;
const NUMBERED_FROM = 9;
const MOST_NAMES = 300;

// More numbers than this would cover the districts on a screen; on paper nobody can zoom in.
const MOST_NUMBERED = 40;
const MOST_ON_PAPER = 120;

/**
 * Tell whether districts without room for their name may have a number: the legends of two maps have no room for the
 * list, nor has the sheet of a few districts with their table; rings have numbers of their own.
 *
 * @param {Page} page
 */
function mayNumber({ onPaper, view, clustered }) {
  return !view.compare && !clustered && (!onPaper || document.documentElement.classList.contains("many"));
}

/**
 * Return where names and numbers go, the widest districts first.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
function labelPlaces(page, frame) {
  /** @type {LabelPlace[]} */
  const places = [];
  page.drawnDistricts.labels.forEach((place, district) => {
    if (!place) return;
    const [x, y] = [place[0] * frame.scale + frame.left, place[1] * frame.scale + frame.top];
    if (x < 0 || y < 0 || x > frame.width || y > frame.height) return;
    const { box } = page.drawnDistricts.shapes[district];
    const width = (box[2] - box[0]) * frame.scale;
    if (width < NUMBERED_FROM) return;
    const isOver = (/** @type {number} */ left, /** @type {number} */ top) =>
      isInShape(
        page.drawnDistricts.shapes[district],
        (left - frame.left) / frame.scale,
        (top - frame.top) / frame.scale,
      );
    places.push({
      at: district,
      x,
      y,
      width,
      isOver,
      mayMove: Boolean(page.clustered),
      lines: labelLines(page, district),
    });
  });
  const chosen = chosenAt(page, "district");
  return places.sort((a, b) => Number(b.at === chosen) - Number(a.at === chosen) || b.width - a.width);
}

// Of more marks than this, labels cannot keep clear.
const MOST_MARKS = 600;

/**
 * Return the boxes of the points that are shown, for labels to keep clear of; of very many, none.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
function markBoxes(page, frame) {
  const { points } = page.drawnLocations;
  if (!page.view.points || page.marks === "later") return [];
  const reach = frame.radius + 2;
  const boxes = [];
  for (let at = 0; at < points.xs.length && boxes.length <= MOST_MARKS; at += 1) {
    if (page.styles[points.location[at]] < 0) continue;
    const [x, y] = [points.xs[at] * frame.scale + frame.left, points.ys[at] * frame.scale + frame.top];
    if (x > 0 && y > 0 && x < frame.width && y < frame.height) boxes.push([x - reach, y - reach, x + reach, y + reach]);
  }
  return boxes.length > MOST_MARKS ? [] : boxes;
}

/**
 * @param {Page} page
 * @param {number} district
 */
function labelLines(page, district) {
  const lines = [fenced(short(districtName(page.data, district), 32))];
  const value = page.classes.values[district];
  const { type } = page.classes.rows[page.classes.of[district]];
  if (!Number.isNaN(value) && type !== "unchosen" && type !== "elsewise")
    lines.push(formatValue(value / unitOfScale(page)[0]));
  return lines;
}

/**
 * Paint the map, and the second one while comparing.
 *
 * @param {Page} page
 */
export function paintMaps(page) {
  page.canvas.paint();
  if (page.view.compare) page.second?.canvas?.paint();
}
