// The start: makes the Leaflet map, reads the data block and opens the page.

import { unpack } from "./data/unpack.js";
import { byId } from "./elements.js";
import { makeMap } from "./map/leaflet_map.js";

/**
 * Open the page when its data is read. Where Leaflet is there already, the map is made at once, so that layers can
 * be added to it; else Leaflet comes with the page's own script.
 *
 * @param {string} id
 */
function startPage(id) {
  const made = window.L ? makeMap(id).setView([0, 0], 2) : null;
  Promise.all([readData(), runScript(), loadFonts()])
    .then(([data]) => window.geoplan.openPage(made ?? makeMap(id), window.geoplan.openData(data)))
    .catch(showFailure);
  return made;
}

/** @param {unknown} error */
function showFailure(error) {
  byId("page-failed").hidden = false;
  byId("page").hidden = true;
  console.warn(error);
}

/**
 * Give Leaflet's marker its images, which are inside the page.
 *
 * @param {L.IconOptions} images
 */
function useMarkerImages(images) {
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions(images);
}

async function readData() {
  const block = byId("plan-data");
  return block.dataset.encoding === "plain" ? JSON.parse(block.textContent) : unpack(await inflate(block));
}

/** Have the page's letters before anything is measured or drawn with them; without them those of the system do. */
function loadFonts() {
  const wanted = ['400 14px "Page Sans"', '600 14px "Page Sans"', '600 14px "Page Serif"'];
  return Promise.all(wanted.map((font) => document.fonts?.load(font))).catch(() => null);
}

/** Run the page's own script, where it travels compressed; the policy of the page knows its hash. */
async function runScript() {
  const block = document.getElementById("page-script");
  if (!block) return;
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await inflate(block));
  document.head.append(script);
}

/**
 * Use the page's style, which travels compressed with its script.
 *
 * @param {string} rules
 */
function useStyle(rules) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [sheet];
}

/** @param {HTMLElement} block */
async function inflate(block) {
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  writer.write(bytesOf(block.textContent ?? "")).catch(() => null); // what is wrong shows in reading, too
  writer.close().catch(() => null);
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

/**
 * @param {string} base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

window.geoplan = { startPage, makeMap, useMarkerImages, useStyle, unpack };
