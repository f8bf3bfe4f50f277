// The basemap: tiles from a server, under everything else, while online. The page is complete without it.

/** @import { Basemap, Page } from "../types.js" */

import { announce, element } from "../elements.js";
import { fenced, say, short } from "../text/messages.js";

// So many tiles that fail one after another mean that the line is gone; a single one may just not exist.
const MOST_FAILURES = 8;

/**
 * Bring the basemap in line with the view: ask for it, draw it on every map, or take it away.
 *
 * @param {Page} page
 */
export function matchBasemap(page) {
  const { basemap } = page.data;
  if (!basemap) return;
  if (!page.view.basemap) turnBasemap(page, "off");
  else if (page.ground === "off") askForBasemap(page, basemap);
  else if (page.ground === "shown") drawTiles(page);
}

/**
 * Ask for one tile first: offline, one request fails and not one for each tile.
 *
 * @param {Page} page
 * @param {Basemap} basemap
 */
function askForBasemap(page, basemap) {
  const answer = (/** @type {Page["ground"]} */ state) =>
    page.ground === "asked" && turnBasemap(page, page.view.basemap ? state : "off");
  turnBasemap(page, "asked");
  const url = middleTile(page.map, basemap);
  if (!url || !mayHaveLine(url)) {
    answer("unreached");
    return;
  }
  const tile = new Image();
  tile.referrerPolicy = TILE_REFERRER;
  tile.onload = () => answer("shown");
  tile.onerror = () => answer("unreached");
  tile.src = url;
}

// Servers of tiles ask who shows them; a file on a stick tells nothing, a website its name.
const TILE_REFERRER = "strict-origin-when-cross-origin";

/**
 * Tell whether a server could be reached: a browser knows when it has no line, which a server beside it needs none.
 *
 * @param {string} url
 */
function mayHaveLine(url) {
  return navigator.onLine || ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

/**
 * Return the address of the tile in the middle of the map; null where the basemap has none.
 *
 * @param {L.Map} map
 * @param {Basemap} basemap
 */
function middleTile(map, { url, subdomains, options }) {
  const { minNativeZoom = 0, maxNativeZoom = 18, zoomOffset = 0 } = options;
  const tileSize = Number(options.tileSize ?? 256);
  const middle = map.getCenter().wrap();
  if (options.bounds && !L.latLngBounds(options.bounds).contains(middle)) return null;
  const zoom = Math.min(Math.max(Math.round(map.getZoom()), minNativeZoom), maxNativeZoom);
  const { x, y } = map.project(middle, zoom).divideBy(tileSize).floor();
  const rows = (256 * 2 ** zoom) / tileSize;
  const retina = L.Browser.retina ? "@2x" : "";
  return L.Util.template(url, {
    s: subdomains[0] ?? "",
    r: retina,
    z: zoom + zoomOffset,
    x,
    y: options.tms ? rows - 1 - y : y,
  });
}

/**
 * Put the basemap into a state: off, asked, shown or unreached; and show what follows from it.
 *
 * @param {Page} page
 * @param {Page["ground"]} state
 */
export function turnBasemap(page, state) {
  if (page.ground === state) return;
  page.ground = state;
  document.documentElement.dataset.basemap = state;
  drawTiles(page);
  showBasemapNote(page);
  if (state === "unreached") announce(say("basemap_not_reached"));
  page.groundTurned();
}

/**
 * Draw the tiles on every map there is, or take them away.
 *
 * @param {Page} page
 */
function drawTiles(page) {
  const { basemap } = page.data;
  for (const map of [page.map, page.second?.map]) {
    if (!map) continue;
    if (page.ground === "shown" && basemap) {
      map.tiles ??= makeTiles(page, basemap);
      map.tiles.addTo(map);
    } else map.tiles?.remove();
  }
}

/**
 * @param {Page} page
 * @param {Basemap} basemap
 */
function makeTiles(page, { url, subdomains, options }) {
  const bounds = options.bounds && L.latLngBounds(options.bounds);
  const tiles = L.tileLayer(url, { ...options, bounds, subdomains, maxZoom: 30, referrerPolicy: TILE_REFERRER });
  let failures = 0;
  tiles.on("tileload", () => {
    failures = 0;
  });
  tiles.on("tileerror", () => {
    failures += 1;
    if (failures === MOST_FAILURES) turnBasemap(page, "unreached");
  });
  return tiles;
}

/**
 * Say at the edge of the map whose the basemap is, or that it was not reached.
 *
 * @param {Pick<Page, "data" | "ground">} page
 */
function basemapNote({ data, ground }) {
  if (ground === "unreached") return say("basemap_not_reached");
  if (ground !== "shown" || !data.basemap) return "";
  return say("basemap_by", { attribution: fenced(short(data.basemap.attribution, 160)) });
}

/** @param {Page} page */
function showBasemapNote(page) {
  const place = document.getElementById("basemap-note");
  if (!place) return;
  place.textContent = basemapNote(page);
  place.hidden = place.textContent === "";
}

/**
 * Return the control that holds the note; it is made again when the language changes.
 *
 * @param {Page} page
 */
export function basemapControl(page) {
  const control = new L.Control({ position: "bottomright" });
  control.onAdd = () => {
    const text = basemapNote(page);
    return element("div", { class: "basemap-note", id: "basemap-note", hidden: text === "" }, text);
  };
  return control;
}
