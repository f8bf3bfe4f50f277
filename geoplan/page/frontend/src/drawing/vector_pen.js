// A pen that is used as that of a canvas and draws in SVG, so that the map is drawn by one code on both.

import { penOf } from "./colours.js";
import { KeyPen, SheetPen, svgElement } from "./keys.js";
import { STAMPED, drawMark } from "./locations.js";
import { linesOf } from "./paths.js";

// Characters that XML cannot hold.
const UNWRITABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const KEPT = [
  "fillStyle",
  "strokeStyle",
  "lineWidth",
  "lineJoin",
  "lineCap",
  "globalAlpha",
  "dash",
  "font",
  "textAlign",
  "textBaseline",
  "sheet",
];

/** What a pattern or gradient is called in the picture. @typedef {{ id: string }} Paint */

export class VectorPen extends SheetPen {
  /** @type {string | Paint} */
  fillStyle = "#000000";
  /** @type {string | Paint} */
  strokeStyle = "#000000";
  lineWidth = 1;
  miterLimit = 10;
  lineJoin = "miter";
  lineCap = "butt";
  globalAlpha = 1;
  font = "400 12px sans-serif";
  textAlign = "start";
  textBaseline = "alphabetic";
  /** Decimals of coordinates in the units that now hold. */
  decimals = 2;
  #count = 0;
  /** @type {Record<string, unknown>[]} */
  #kept = [];
  #measure = penOf(document.createElement("canvas"));

  /** @param {SVGElement} sheet */
  constructor(sheet) {
    super(sheet);
    this.root = sheet;
  }

  save() {
    const own = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this));
    this.#kept.push(Object.fromEntries(KEPT.map((name) => [name, own[name]])));
  }

  restore() {
    Object.assign(this, this.#kept.pop());
  }

  clearRect() {}

  /** @param {number[]} numbers */
  setTransform(...numbers) {
    this.sheet = this.root;
    this.move(`matrix(${numbers.join(" ")})`);
    this.decimals = Math.max(2, Math.ceil(Math.log10(Math.max(1, numbers[0]))) + 2);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {number} radius
   */
  roundRect(x, y, width, height, radius) {
    const r = Math.min(radius, width / 2, height / 2);
    const [across, down] = [width - 2 * r, height - 2 * r];
    this.d += `M${x + r} ${y}h${across}a${r} ${r} 0 0 1 ${r} ${r}v${down}a${r} ${r} 0 0 1 ${-r} ${r}h${-across}a${r} ${r} 0 0 1 ${-r} ${-r}v${-down}a${r} ${r} 0 0 1 ${r} ${-r}Z`;
  }

  /**
   * Fill a path, or what was traced last.
   *
   * @param {Path2D | string} [path]
   */
  fill(path) {
    const isPath = path instanceof Path2D;
    const d = isPath ? this.#lines(path, true) : this.d;
    if (d)
      this.sheet.append(svgElement("path", { d, ...this.#fills(), ...(isPath ? { "fill-rule": "evenodd" } : {}) }));
  }

  /** @param {Path2D} [path] */
  stroke(path) {
    const d = path ? this.#lines(path, false) : this.d;
    if (d) this.sheet.append(svgElement("path", { d, fill: "none", ...this.#strokes() }));
  }

  /**
   * @param {Path2D} path
   * @param {boolean} closed
   */
  #lines(path, closed) {
    const number = (/** @type {number} */ value) => Number(value.toFixed(this.decimals));
    return linesOf(path)
      .map((points) => {
        const spots = [];
        for (let at = 0; at < points.length; at += 2) spots.push(`${number(points[at])} ${number(points[at + 1])}`);
        const isRing = points[0] === points.at(-2) && points[1] === points.at(-1);
        return `M${spots.join("L")}${closed || isRing ? "Z" : ""}`;
      })
      .join("");
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  fillRect(x, y, width, height) {
    this.sheet.append(svgElement("rect", { x, y, width, height, ...this.#fills() }));
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  strokeRect(x, y, width, height) {
    this.sheet.append(svgElement("rect", { x, y, width, height, fill: "none", ...this.#strokes() }));
  }

  /** @param {string} text */
  measureText(text) {
    this.#measure.font = this.font;
    return this.#measure.measureText(text);
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  fillText(text, x, y) {
    this.#write(text, { x, y, ...this.#fills() });
  }

  /**
   * @param {string} text
   * @param {number} x
   * @param {number} y
   */
  strokeText(text, x, y) {
    this.#write(text, { x, y, fill: "none", ...this.#strokes() });
  }

  /**
   * @param {string} text
   * @param {Record<string, string | number>} look
   */
  #write(text, look) {
    const [, slant = "", weight = "400", size = "12"] = /^(italic )?(?:(\d+) )?([\d.]+)px/.exec(this.font) ?? [];
    const anchor = { center: "middle", right: "end", end: "end" }[this.textAlign] ?? "start";
    const made = svgElement("text", { ...look, "text-anchor": anchor }, text.replace(UNWRITABLE, ""));
    const letters = { "font-size": size, "font-weight": weight, "font-style": slant ? "italic" : "normal" };
    for (const [name, value] of Object.entries(letters)) made.setAttribute(name, value);
    if (this.textBaseline === "middle") made.setAttribute("dominant-baseline", "central");
    this.sheet.append(made);
  }

  /**
   * Draw a mark as lines; any other picture goes in as it is.
   *
   * @param {HTMLCanvasElement} picture
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  drawImage(picture, x, y, width, height) {
    const mark = STAMPED.get(picture);
    if (!mark) {
      this.sheet.append(svgElement("image", { x, y, width, height, href: picture.toDataURL() }));
      return;
    }
    const size = width / ((mark.radius * 1.5 + 3) * 2);
    const place = svgElement("g", {
      transform: `translate(${(x + width / 2).toFixed(2)} ${(y + height / 2).toFixed(2)}) scale(${size.toFixed(4)})`,
    });
    this.sheet.append(place);
    drawMark(new KeyPen(place), mark.style, mark.radius);
  }

  /**
   * Return a pattern of a picture.
   *
   * @param {HTMLCanvasElement} tile
   */
  createPattern(tile) {
    const id = this.#name();
    const [width, height] = [tile.width, tile.height];
    const made = svgElement("pattern", { id, width, height, patternUnits: "userSpaceOnUse" });
    made.append(svgElement("image", { width, height, href: tile.toDataURL() }));
    this.root.append(made);
    const setTransform = (/** @type {DOMMatrix} */ { a, b, c, d, e, f }) =>
      made.setAttribute("patternTransform", `matrix(${[a, b, c, d, e, f].join(" ")})`);
    return { id, setTransform };
  }

  /**
   * @param {number} x1
   * @param {number} y1
   * @param {number} x2
   * @param {number} y2
   */
  createLinearGradient(x1, y1, x2, y2) {
    const id = this.#name();
    const made = svgElement("linearGradient", { id, x1, y1, x2, y2, gradientUnits: "userSpaceOnUse" });
    this.root.append(made);
    const addColorStop = (/** @type {number} */ offset, /** @type {string} */ colour) => {
      const [plain, alpha] = withoutAlpha(colour);
      made.append(svgElement("stop", { offset, "stop-color": plain, "stop-opacity": alpha }));
    };
    return { id, addColorStop };
  }

  #name() {
    this.#count += 1;
    return `paint-${this.#count}`;
  }

  /** @param {string | Paint} style */
  #paint(style) {
    if (typeof style !== "string") return [`url(#${style.id})`, this.globalAlpha];
    const [colour, alpha] = withoutAlpha(style);
    return [colour, alpha * this.globalAlpha];
  }

  #fills() {
    const [fill, alpha] = this.#paint(this.fillStyle);
    return { fill, ...(alpha === 1 ? {} : { "fill-opacity": alpha }) };
  }

  #strokes() {
    const [stroke, alpha] = this.#paint(this.strokeStyle);
    return {
      stroke,
      ...(alpha === 1 ? {} : { "stroke-opacity": alpha }),
      "stroke-width": Number(this.lineWidth.toPrecision(4)),
      "stroke-linejoin": this.lineJoin,
      "stroke-linecap": this.lineCap,
      ...(this.lineJoin === "miter" ? { "stroke-miterlimit": this.miterLimit } : {}),
      ...(this.dash.length ? { "stroke-dasharray": this.dash.join(" ") } : {}),
    };
  }
}

/**
 * Take a colour apart, because not every program reads rgba() in SVG.
 *
 * @param {string} colour
 * @returns {[string, number]}
 */
function withoutAlpha(colour) {
  const [, red, green, blue, alpha] = /^rgba\((\d+), ?(\d+), ?(\d+), ?([\d.]+)\)$/.exec(colour) ?? [];
  return alpha === undefined ? [colour, 1] : [`rgb(${red},${green},${blue})`, Number(alpha)];
}
