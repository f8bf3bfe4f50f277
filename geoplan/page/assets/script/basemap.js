// The basemap: tiles from a server, under everything else, while there is a line. Without one the page lacks nothing.

// Over tiles, districts let some of them through.
const OVER_TILES = 0.8;

// So many tiles that fail one after another mean that the line is gone; a single one may just not exist.
const MOST_FAILURES = 8;

/** Bring the basemap in line with the view: ask for it, draw it on every map, or take it away. */
function matchBasemap(page) {
  if (!page.data.basemap) return;
  if (!page.view.basemap) turnBasemap(page, "off");
  else if (page.ground === "off") askForBasemap(page);
  else if (page.ground === "shown") drawTiles(page);
}

/** Ask for one tile first: where there is no line, one request fails and not one for each tile. */
function askForBasemap(page) {
  const answer = (state) => page.ground === "asked" && turnBasemap(page, page.view.basemap ? state : "off");
  turnBasemap(page, "asked");
  const url = middleTile(page);
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

/** Tell whether a server could be reached: a browser knows when it has no line, which a server beside it needs none. */
function mayHaveLine(url) {
  return navigator.onLine || ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

/** Return the address of the tile in the middle of the map; null where the basemap has none. */
function middleTile({ map, data }) {
  const { url, subdomains, options } = data.basemap;
  const { minNativeZoom = 0, maxNativeZoom = 18, tileSize = 256, zoomOffset = 0 } = options;
  const middle = map.getCenter().wrap();
  if (options.bounds && !L.latLngBounds(options.bounds).contains(middle)) return null;
  const zoom = Math.min(Math.max(Math.round(map.getZoom()), minNativeZoom), maxNativeZoom);
  const { x, y } = map.project(middle, zoom).divideBy(tileSize).floor();
  const rows = (256 * 2 ** zoom) / tileSize;
  const retina = L.Browser.retina ? "@2x" : "";
  return L.Util.template(url, { s: subdomains[0] ?? "", r: retina, z: zoom + zoomOffset, x, y: options.tms ? rows - 1 - y : y });
}

/** Put the basemap into a state: off, asked, shown or unreached; and show what follows from it. */
function turnBasemap(page, state) {
  if (page.ground === state) return;
  page.ground = state;
  document.documentElement.dataset.basemap = state;
  drawTiles(page);
  showBasemapNote(page);
  if (state === "unreached") announce(say("basemap_not_reached"));
  showLegend(page);
  showSecondResults(page);
  paintMaps(page);
}

/** Draw the tiles on every map there is, or take them away. */
function drawTiles(page) {
  for (const map of [page.map, page.second?.map]) {
    if (!map) continue;
    if (page.ground === "shown") {
      map.tiles ??= makeTiles(page);
      map.tiles.addTo(map);
    } else map.tiles?.remove();
  }
}

function makeTiles(page) {
  const { url, subdomains, options } = page.data.basemap;
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

/** Return how opaque districts are: over tiles they let some of them through, on plain ground and paper none. */
function districtAlpha(page) {
  return page.ground === "shown" && !page.onPaper ? OVER_TILES : 1;
}

/** Say at the edge of the map whose the basemap is, or that it was not reached. */
function basemapNote({ data, ground }) {
  if (ground === "unreached") return say("basemap_not_reached");
  return ground === "shown" ? say("basemap_by", { attribution: fenced(short(data.basemap.attribution, 160)) }) : "";
}

function showBasemapNote(page) {
  const place = document.getElementById("basemap-note");
  if (!place) return;
  place.textContent = basemapNote(page);
  place.hidden = place.textContent === "";
}

/** Return the control that holds the note; it is made anew with the language. */
function basemapControl(page) {
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    const text = basemapNote(page);
    return element("div", { class: "basemap-note", id: "basemap-note", hidden: text === "" }, text);
  };
  return control;
}
