// The start: makes the Leaflet map, reads the data block and opens the page.

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
 * Open the page when its data is read. Where Leaflet is there already, the map is made at once, so that layers can
 * be added to it; else Leaflet comes with the page's own script.
 */
function startPage(id) {
  const made = window.L ? makeMap(id).setView([0, 0], 2) : null;
  Promise.all([readData(), runScript(), loadFonts()])
    .then(([data]) => geoplan.openPage(made ?? makeMap(id), geoplan.openData(data)))
    .catch(showFailure);
  return made;
}

function makeMap(id) {
  const map = L.map(id, MAP_OPTIONS);
  map.createPane("plan").style.zIndex = 350;
  return map;
}

function showFailure(error) {
  document.getElementById("page-failed").hidden = false;
  document.getElementById("page").hidden = true;
  console.warn(error);
}

/** Give Leaflet's marker its images, which are inside the page. */
function useMarkerImages(images) {
  L.Icon.Default.imagePath = "";
  L.Icon.Default.mergeOptions(images);
}

async function readData() {
  const block = document.getElementById("plan-data");
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

async function inflate(block) {
  const { readable, writable } = new DecompressionStream("deflate");
  const writer = writable.getWriter();
  writer.write(bytesOf(block.textContent)).catch(() => null); // what is wrong shows in reading, too
  writer.close().catch(() => null);
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

/** Read JSON whose long columns stand behind it as bytes; geoplan/page/block.py says how. */
function unpack(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const columns = bytes.subarray(4 + length);
  const restore = (value) => {
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at += 1) if (typeof value[at] === "object") value[at] = restore(value[at]);
      return value;
    }
    if (value === null || typeof value !== "object") return value;
    if (value["ints~"]) return unpackNumbers(columns, ...value["ints~"]);
    if (value["paths~"]) return cutPaths(...value["paths~"].map(restore));
    if (value["texts~"]) return joinTexts(restore(value["texts~"][0]), value["texts~"][1]);
    for (const key of Object.keys(value)) value[key] = restore(value[key]);
    return value;
  };
  return restore(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))));
}

/** Return a column of whole numbers: by planes of bytes (0), by steps in such planes (1), in varying length (2). */
function unpackNumbers(columns, layout, start, length, count, width, lowest) {
  const numbers = new Array(count).fill(lowest);
  if (layout === 2) {
    for (let row = 0, at = start; row < count; row += 1) {
      let [value, unit] = [0, 1];
      for (; columns[at] >= 128; at += 1, unit *= 128) value += (columns[at] - 128) * unit;
      value += columns[at] * unit;
      at += 1;
      numbers[row] = value % 2 ? -(value + 1) / 2 : value / 2;
    }
    return numbers;
  }
  for (let plane = 0, unit = 1; plane < width; plane += 1, unit *= 256) {
    const from = start + plane * count;
    for (let row = 0; row < count; row += 1) numbers[row] += columns[from + row] * unit;
  }
  for (let row = 1; layout === 1 && row < count; row += 1) numbers[row] += numbers[row - 1];
  return numbers;
}

function cutPaths(lengths, numbers) {
  let end = 0;
  return lengths.map((length) => numbers.slice(end, (end += length)));
}

/** Return texts that were left without what each shares with the one before it. */
function joinTexts(shared, rest) {
  let before = "";
  return rest.map((end, at) => {
    const text = end === null ? null : before.slice(0, shared[at]) + end;
    before = text ?? "";
    return text;
  });
}

const geoplan = { startPage, makeMap, useMarkerImages, unpack };
window.geoplan = geoplan;
