// The canvas that lies in the Leaflet map, and what it answers about a place on it.

const FONT =
  '"Page Sans", "Page Lao", "Segoe UI", "Helvetica Neue", Roboto, "Noto Sans", "Noto Sans Lao", "Lao UI", Arial, sans-serif';

const PlanCanvas = L.Renderer.extend({
  options: { padding: 0.15, pane: "plan" },

  initialize(page, options) {
    L.Renderer.prototype.initialize.call(this, options);
    this._page = page;
    this._ratio = null;
  },

  _initContainer() {
    this._container = document.createElement("canvas");
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
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._ratioNow = this._ratio ?? Math.min(Math.max(window.devicePixelRatio || 1, 1), 3);
    this._container.width = Math.round(size.x * this._ratioNow);
    this._container.height = Math.round(size.y * this._ratioNow);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this.paint();
  },

  /** Where the view is the one that was painted, stay on whole pixels: half ones blur the drawing. */
  _updateTransform(center, zoom) {
    if (zoom === this._zoom && center.equals(this._center)) L.DomUtil.setPosition(this._container, this._bounds.min);
    else L.Renderer.prototype._updateTransform.call(this, center, zoom);
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
    const pen = this._container.getContext("2d");
    const frame = this.frame();
    const { ratio, scale, left, top } = frame;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this._container.width, this._container.height);
    fitDistricts(this._page.drawnDistricts, ratio * scale);
    pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
    paintLand(this._page, pen, scale);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    paintMarks(this._page, pen, frame);
  },

  /** Paint finer than the screen, for paper; null goes back. */
  paintAt(ratio) {
    this._ratio = ratio;
    this._update();
  },
});

/** Return the local coordinates of a place on the map. */
function localPlace(page, latlng) {
  const point = page.map.project(latlng, 0);
  return [point.x - page.projection.origin[0], point.y - page.projection.origin[1]];
}

/** Return what is at a place: {cluster}, {locations}, {features} of layers near and around, and {district} (-1 for none). */
function whatIsAt(page, latlng, reach = 9) {
  const [x, y] = localPlace(page, latlng);
  const scale = 2 ** page.map.getZoom();
  const cluster = page.clustered ? clusterAt(page, x, y, scale) : undefined;
  const shown = { ...page.view, points: page.view.points && !page.clustered };
  const locations =
    cluster?.count === 1
      ? [page.drawnLocations.points.location[cluster.points[0]]]
      : locationsAt(page.drawnLocations, page.styles, shown, x, y, scale, reach);
  const features = featuresAt(page, x, y, scale, reach);
  return { cluster: cluster?.count > 1 ? cluster : null, locations, features, district: districtAt(page.drawnDistricts, x, y) };
}

/** Return the corners of the districts, or of the locations where there is no district. */
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
  const corner = (x, y) => [grid.south + grid.step * y, grid.west + grid.step * x];
  return L.latLngBounds([corner(extent[0], extent[1]), corner(extent[2], extent[3])]);
}

const SCALE_ROOM = 22;

/** Show the whole area as large as it goes without lying under the legend. */
function showEverything(page) {
  const bounds = dataBounds(page);
  const legend = document.getElementById("legend");
  const over = getComputedStyle(legend).position === "absolute";
  const room = page.map.getSize();
  const [width, height] = over ? [legend.offsetWidth + 10, Math.min(legend.offsetHeight + 10, room.y / 2)] : [0, 0];
  const parts = over ? [0, 0.25, 0.5, 0.75, 1] : [];
  const margins = parts.flatMap((part) => [
    [part * width, 0],
    [0, part * height],
    [part * width, 0.5 * part * height],
  ]);
  const views = margins.map((margin) => viewBeside(page.map, bounds, margin));
  const clear = views.filter(({ zoom, corner }) => !over || isClearOf(page, legend, zoom, corner));
  // Where the legend stands below the map, only the scale needs room.
  const best = clear.sort((a, b) => b.zoom - a.zoom)[0] ?? viewBeside(page.map, bounds, [width, over ? 0 : SCALE_ROOM]);
  const middle = page.map.unproject(best.corner.add(room.divideBy(2)), best.zoom);
  page.wholePlace = [Number(middle.lat.toFixed(4)), Number(middle.lng.toFixed(4)), Number(best.zoom.toFixed(2))];
  // Without `reset`, Leaflet would only move by whole pixels, and the view not be the whole area to the digit.
  page.map.setView(middle, best.zoom, { animate: false, reset: true });
}

/** Put the legend below the map, across it, where the districts get much larger so than beside it. */
function chooseLegendPlace(page) {
  const column = document.getElementById("map-column").classList;
  const showIn = (below) => {
    column.toggle("legend-below", below);
    page.map.invalidateSize({ animate: false, pan: false });
    showEverything(page);
    return page.wholePlace[2];
  };
  const beside = showIn(false);
  if (getComputedStyle(document.getElementById("legend")).position !== "absolute") return;
  // Laying out the page once more takes its time: not where even the lowest legend would leave too little room.
  const { zoom } = viewBeside(page.map, dataBounds(page), [0, LOWEST_LEGEND + SCALE_ROOM]);
  if (zoom - beside < WORTH_MOVING) return;
  if (showIn(true) - beside < WORTH_MOVING) showIn(false);
}

// Zoom levels that the districts must gain for the legend to go below the map; pixels a folded legend takes there.
const WORTH_MOVING = 0.25;
const LOWEST_LEGEND = 30;

/** Return the zoom, and the pixel at the map's corner, that show bounds with a margin left free at left and below. */
function viewBeside(map, bounds, [left, bottom]) {
  const edge = 22;
  const zoom = map.getBoundsZoom(bounds, false, L.point(2 * edge + left, 2 * edge + bottom));
  const middle = map.project(bounds.getNorthWest(), zoom).add(map.project(bounds.getSouthEast(), zoom)).divideBy(2);
  return { zoom, corner: middle.subtract(map.getSize().divideBy(2)).subtract([left / 2, -bottom / 2]) };
}

/** Tell whether no corner of a district would lie under an element over the map. */
function isClearOf(page, cover, zoom, corner) {
  const box = cover.getBoundingClientRect();
  const frame = page.map.getContainer().getBoundingClientRect();
  const [x, y] = page.projection.origin;
  const scale = 2 ** zoom;
  const toLocal = (left, top) => [(left - frame.left + corner.x) / scale - x, (top - frame.top + corner.y) / scale - y];
  const [west, north] = toLocal(box.left, box.top);
  const [east, south] = toLocal(box.right, box.bottom);
  const under = (outline) => {
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

/** Paint fills, hatches and borders of districts, then areas and lines of projects. */
function paintLand(page, pen, scale) {
  const { rows, of } = page.classes;
  paintLayers(page, pen, scale, true);
  fadeGround(page, pen, scale);
  const hatched = page.view.hatching || page.view.measure === "poverty_class";
  paintDistricts(
    pen,
    page.drawnDistricts,
    {
      fill: (district) => rows[of[district]].colour,
      hatch: (district) => hatchOfDistrict(page, district, hatched),
      alpha: districtAlpha(page),
      selected: selectedOn(page)?.type === "district" ? selectedOn(page).at : -1,
    },
    scale,
  );
  paintLayers(page, pen, scale, false);
  if (selectedOn(page)?.type === "project") edgeProject(page, pen, scale);
  if (page.view.areas) paintAreas(pen, page.drawnLocations, page.styles, scale);
  if (page.view.lines) paintRoutes(pen, page.drawnLocations, page.styles, scale);
}

function hatchOfDistrict(page, district, hatched) {
  const at = page.data.districts.poverty_class[district];
  return hatched && at >= 0 ? hatchOf(at, page.data.districts.classes_ordered) : "none";
}

/** Paint points, the ring around a chosen project, and the names of districts. */
function paintMarks(page, pen, frame) {
  if (page.view.graticule) paintGraticule(page, pen, frame);
  paintLayerPoints(page, pen, frame);
  page.clustered = page.view.points && isClustered(page, frame);
  matchClusterNote(page);
  if (page.clustered) paintClusters(page, pen, frame);
  else if (page.view.points)
    paintPoints(pen, page.drawnLocations, page.styles, frame, page.view.sized ? page.sizes : null);
  if (selectedOn(page)?.type === "project") ringProject(page, pen, frame);
  const many = page.data.districts.code.length > MANY_DISTRICTS;
  const letters = { font: FONT, size: page.onPaper ? 10.5 : isNarrow(page.map) ? 11 : many ? 11.5 : 13 };
  const marks = page.clustered ? [] : markBoxes(page, frame);
  const covered = [...controlBoxes(page), ...edgeBoxes(page, frame), ...(page.clustered ? clusterBoxes(page, frame) : [])];
  const taken = page.view.labels ? paintLabels(pen, labelPlaces(page, frame), covered, marks, letters) : covered;
  paintFeatureLabels(pen, featureLabels(page, frame), [...taken, ...marks], letters);
}

// With more districts than this, names are set smaller.
const MANY_DISTRICTS = 30;

/** Tell whether a map is a phone's: names and marks are smaller there. */
function isNarrow(map) {
  return map.getSize().x < 480;
}

/** Return boxes around the visible part of the map, so that its edge cuts no name off. */
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

/** Return the boxes of what lies over the map (legend, buttons, scale), as seen from the canvas. */
function controlBoxes(page) {
  const frame = page.map.getContainer().getBoundingClientRect();
  const corner = page.map.containerPointToLayerPoint([0, 0]).subtract(page.canvas._bounds.min);
  const over = [...document.querySelectorAll("#legend, #details, .leaflet-control")];
  return over
    .map((control) => control.getBoundingClientRect())
    .filter((box) => box.width > 0 && box.left < frame.right && box.right > frame.left && box.top < frame.bottom && box.bottom > frame.top)
    .map((box) => [
      box.left - frame.left + corner.x - 3,
      box.top - frame.top + corner.y - 3,
      box.right - frame.left + corner.x + 3,
      box.bottom - frame.top + corner.y + 3,
    ]);
}

/** Edge the lines and areas of the chosen project, which are painted over it. */
function edgeProject(page, pen, scale) {
  const { lines, areas } = page.drawnLocations;
  const mine = new Set(page.data.locations.ofProject.get(selectedOn(page).at) ?? []);
  const chosen = [lines, areas].flatMap(({ drawn, location }) => drawn.filter((_, at) => mine.has(location[at])));
  for (const path of chosen) strokeBorder(pen, path, "#ffffff", 14 / scale);
  for (const path of chosen) strokeBorder(pen, path, INK, 10 / scale);
}

/** Return where one of some locations is: a point, or the middle of a line or an area; null if none of them is drawn. */
function placeAmong({ points, lines, areas }, isOne) {
  const point = points.location.findIndex(isOne);
  if (point >= 0) return [points.xs[point], points.ys[point]];
  const line = lines.location.findIndex(isOne);
  const outlines = line >= 0 ? [lines.paths[line]] : areas.outlines[areas.location.findIndex(isOne)];
  if (!outlines) return null;
  const box = boxOf(outlines);
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
}

// Lines and areas of a chosen project that are smaller than this on the screen are ringed, as points are.
const RINGED_BELOW = 24;

/** Ring the points of the chosen project, and what of it is as small as a point. */
function ringProject(page, pen, frame) {
  const { points, lines, areas } = page.drawnLocations;
  const mine = new Set(page.data.locations.ofProject.get(selectedOn(page).at) ?? []);
  const own = (location, values) => values.filter((_, at) => mine.has(location[at]));
  const boxes = [...own(lines.location, lines.paths).map((path) => boxOf([path])), ...own(areas.location, areas.outlines).map(boxOf)];
  const small = boxes.filter(([west, north, east, south]) => Math.max(east - west, south - north) * frame.scale < RINGED_BELOW);
  const spots = small.map(([west, north, east, south]) => [(west + east) / 2, (north + south) / 2]);
  points.location.forEach((location, at) => mine.has(location) && spots.push([points.xs[at], points.ys[at]]));
  for (const [x, y] of spots) {
    for (const [colour, width] of [
      ["#ffffff", 5],
      [INK, 2.5],
    ]) {
      pen.beginPath();
      pen.arc(x * frame.scale + frame.left, y * frame.scale + frame.top, 12, 0, 2 * Math.PI);
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }
  }
}

/** Return where names go: districts wide enough on the screen, the widest first. */
function labelPlaces(page, frame) {
  const places = [];
  page.drawnDistricts.labels.forEach((place, district) => {
    if (!place) return;
    const [x, y] = [place[0] * frame.scale + frame.left, place[1] * frame.scale + frame.top];
    if (x < 0 || y < 0 || x > frame.width || y > frame.height) return;
    const { box } = page.drawnDistricts.shapes[district];
    const width = (box[2] - box[0]) * frame.scale;
    if (width < 28) return;
    const isOver = (left, top) =>
      isInShape(page.drawnDistricts.shapes[district], (left - frame.left) / frame.scale, (top - frame.top) / frame.scale);
    places.push({ x, y, width, isOver, mayMove: page.clustered, lines: labelLines(page, district, width) });
  });
  return places.sort((a, b) => b.width - a.width).slice(0, 300);
}

// Of more marks than this, labels can not keep clear.
const MOST_MARKS = 600;

/** Return the boxes of the points that are shown, for labels to keep clear of; of very many, none. */
function markBoxes(page, frame) {
  const { points } = page.drawnLocations;
  if (!page.view.points) return [];
  const reach = frame.radius + 2;
  const boxes = [];
  for (let at = 0; at < points.xs.length && boxes.length <= MOST_MARKS; at += 1) {
    if (page.styles[points.location[at]] < 0) continue;
    const [x, y] = [points.xs[at] * frame.scale + frame.left, points.ys[at] * frame.scale + frame.top];
    if (x > 0 && y > 0 && x < frame.width && y < frame.height) boxes.push([x - reach, y - reach, x + reach, y + reach]);
  }
  return boxes.length > MOST_MARKS ? [] : boxes;
}

function labelLines(page, district, width) {
  const lines = [fenced(short(districtName(page.data, district), 32))];
  const value = page.classes.values[district];
  if (!Number.isNaN(value) && width > 90) lines.push(formatValue(value / unitOfScale(page)[0]));
  return lines;
}
