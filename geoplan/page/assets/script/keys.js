// Keys: the small drawings of legends and lists, in SVG, sharp on any screen and on paper.

const SVG = "http://www.w3.org/2000/svg";

function svgElement(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** A path that is traced as on a canvas. */
class Trace {
  d = "";

  moveTo(x, y) {
    this.d += `M${x} ${y}`;
  }

  lineTo(x, y) {
    this.d += `${this.d ? "L" : "M"}${x} ${y}`;
  }

  closePath() {
    this.d += "Z";
  }

  rect(x, y, width, height) {
    this.d += `M${x} ${y}h${width}v${height}h${-width}Z`;
  }

  /** Trace a part of a circle, clockwise. */
  arc(x, y, radius, from, to) {
    const turn = to - from >= 2 * Math.PI ? 2 * Math.PI : (to - from + 4 * Math.PI) % (2 * Math.PI);
    const spot = (part) => [x + radius * Math.cos(from + part * turn), y + radius * Math.sin(from + part * turn)];
    this.lineTo(...spot(0));
    // In two halves, for a whole circle ends where it begins.
    for (const part of [0.5, 1]) this.d += `A${radius} ${radius} 0 0 1 ${spot(part).join(" ")}`;
  }
}

/** A pen that is used as that of a canvas, as far as keys need it. */
class KeyPen extends Trace {
  fillStyle = "#000000";
  strokeStyle = "#000000";
  lineWidth = 1;
  lineJoin = "miter";
  lineCap = "butt";
  globalAlpha = 1;
  dash = [];
  #kept = [];

  constructor(sheet) {
    super();
    this.sheet = sheet;
  }

  beginPath() {
    this.d = "";
  }

  /** Keep where the pen is; its colours and widths it does not give back. */
  save() {
    this.#kept.push(this.sheet);
  }

  restore() {
    this.sheet = this.#kept.pop();
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  translate(x, y) {
    this.#transform(`translate(${x} ${y})`);
  }

  scale(size) {
    this.#transform(`scale(${size})`);
  }

  #transform(transform) {
    const group = svgElement("g", { transform });
    this.sheet.append(group);
    this.sheet = group;
  }

  fill({ d } = this) {
    this.sheet.append(svgElement("path", { d, ...this.#fills() }));
  }

  stroke({ d } = this) {
    this.sheet.append(svgElement("path", { d, fill: "none", ...this.#strokes() }));
  }

  fillRect(x, y, width, height) {
    this.sheet.append(svgElement("rect", { x, y, width, height, ...this.#fills() }));
  }

  strokeRect(x, y, width, height) {
    this.sheet.append(svgElement("rect", { x, y, width, height, fill: "none", ...this.#strokes() }));
  }

  /** Write a text, its middle at the given height. */
  fillText(text, x, y, size) {
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

/** Return a small drawing, for legends and lists. */
function drawnKey(width, height, draw) {
  const sheet = svgElement("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "key", "aria-hidden": "true" });
  draw(new KeyPen(sheet));
  return sheet;
}
