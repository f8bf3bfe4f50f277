// Keys: the small drawings of legends and lists, in SVG, sharp on any screen and on paper.

/** @import { Pen } from "../types.js" */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return an element of SVG.
 *
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
export function svgElement(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** A path that is traced as on a canvas. */
export class Trace {
  d = "";

  /**
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.d += `M${x} ${y}`;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  lineTo(x, y) {
    this.d += `${this.d ? "L" : "M"}${x} ${y}`;
  }

  closePath() {
    this.d += "Z";
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  rect(x, y, width, height) {
    this.d += `M${x} ${y}h${width}v${height}h${-width}Z`;
  }

  /**
   * Trace a part of a circle, clockwise.
   *
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {number} from
   * @param {number} to
   */
  arc(x, y, radius, from, to) {
    const turn = to - from >= 2 * Math.PI ? 2 * Math.PI : (to - from + 4 * Math.PI) % (2 * Math.PI);
    /** @returns {[number, number]} */
    const spot = (/** @type {number} */ part) => [
      x + radius * Math.cos(from + part * turn),
      y + radius * Math.sin(from + part * turn),
    ];
    this.lineTo(...spot(0));
    // In two halves, for a whole circle ends where it begins.
    for (const part of [0.5, 1]) this.d += `A${radius} ${radius} 0 0 1 ${spot(part).join(" ")}`;
  }
}

/** A pen that draws into groups of an SVG sheet; a move opens a group, which the sheet then is. */
export class SheetPen extends Trace {
  /** @type {number[]} */
  dash = [];

  /** @param {SVGElement} sheet */
  constructor(sheet) {
    super();
    this.sheet = sheet;
  }

  beginPath() {
    this.d = "";
  }

  /** @param {number[]} dash */
  setLineDash(dash) {
    this.dash = dash;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  translate(x, y) {
    this.move(`translate(${x} ${y})`);
  }

  /** @param {number} size */
  scale(size) {
    this.move(`scale(${size})`);
  }

  /** @param {string} transform */
  move(transform) {
    const group = svgElement("g", { transform });
    this.sheet.append(group);
    this.sheet = group;
  }
}

/** A pen that is used as that of a canvas, as far as keys need it. */
export class KeyPen extends SheetPen {
  fillStyle = "#000000";
  strokeStyle = "#000000";
  lineWidth = 1;
  lineJoin = "miter";
  lineCap = "butt";
  globalAlpha = 1;
  /** @type {SVGElement[]} */
  #kept = [];

  /** Keep where the pen is; its colours and widths it does not give back. */
  save() {
    this.#kept.push(this.sheet);
  }

  restore() {
    const kept = this.#kept.pop();
    if (kept) this.sheet = kept;
  }

  /** @param {{ d: string }} [path] */
  fill({ d } = this) {
    this.sheet.append(svgElement("path", { d, ...this.#fills() }));
  }

  /** @param {{ d: string }} [path] */
  stroke({ d } = this) {
    this.sheet.append(svgElement("path", { d, fill: "none", ...this.#strokes() }));
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

  /**
   * Write a text, its middle at the given height.
   *
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {number} [size]
   */
  fillText(text, x, y, size = 12) {
    const look = { "font-size": size, "dominant-baseline": "central", ...this.#fills() };
    this.sheet.append(svgElement("text", { x, y, ...look }, text));
  }

  #fills() {
    return { fill: this.fillStyle, "fill-opacity": this.globalAlpha };
  }

  #strokes() {
    const { strokeStyle: stroke, globalAlpha, lineWidth, lineJoin, lineCap, dash } = this;
    return {
      stroke,
      "stroke-opacity": globalAlpha,
      "stroke-width": lineWidth,
      "stroke-linejoin": lineJoin,
      "stroke-linecap": lineCap,
      ...(dash.length ? { "stroke-dasharray": dash.join(" ") } : {}),
    };
  }
}

/**
 * Return a small drawing, for legends and lists.
 *
 * @param {number} width
 * @param {number} height
 * @param {(pen: Pen) => void} draw
 */
export function drawnKey(width, height, draw) {
  const sheet = svgElement("svg", {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    class: "key",
    "aria-hidden": "true",
  });
  draw(new KeyPen(sheet));
  return sheet;
}
