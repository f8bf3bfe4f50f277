// Reading the data block: JSON whose long columns stand behind it as bytes.

/** @typedef {[number, number, number, number, number, number]} Packed */

/**
 * Read JSON whose long columns stand behind it as bytes; geoplan/page/block.py says how.
 *
 * @param {Uint8Array} bytes
 */
export function unpack(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const columns = bytes.subarray(4 + length);
  /** @type {(value: any) => any} */
  const restore = (value) => {
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at += 1) if (typeof value[at] === "object") value[at] = restore(value[at]);
      return value;
    }
    if (value === null || typeof value !== "object") return value;
    if (value["ints~"]) return unpackNumbers(columns, .../** @type {Packed} */ (value["ints~"]));
    if (value["paths~"]) return cutPaths(restore(value["paths~"][0]), restore(value["paths~"][1]));
    if (value["texts~"]) return joinTexts(restore(value["texts~"][0]), value["texts~"][1]);
    for (const key of Object.keys(value)) value[key] = restore(value[key]);
    return value;
  };
  return restore(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))));
}

/**
 * Return a column of whole numbers: by planes of bytes (0), by steps in such planes (1), in varying length (2).
 *
 * @param {Uint8Array} columns
 * @param {number} layout
 * @param {number} start
 * @param {number} _length
 * @param {number} count
 * @param {number} width
 * @param {number} lowest
 */
function unpackNumbers(columns, layout, start, _length, count, width, lowest) {
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

/**
 * @param {number[]} lengths
 * @param {number[]} numbers
 */
function cutPaths(lengths, numbers) {
  let end = 0;
  return lengths.map((length) => numbers.slice(end, (end += length)));
}

/**
 * Return texts that were left without what each shares with the one before it.
 *
 * @param {number[]} shared
 * @param {(string | null)[]} rest
 */
function joinTexts(shared, rest) {
  let before = "";
  return rest.map((end, at) => {
    const text = end === null ? null : before.slice(0, shared[at]) + end;
    before = text ?? "";
    return text;
  });
}
