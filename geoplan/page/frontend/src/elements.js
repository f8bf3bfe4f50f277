// Elements are built, never parsed: text from the data can only ever become text.

/** @import { Attributes, Cell, Child } from "./types.js" */

/**
 * Return an element with attributes, listeners ("onclick": function) and children (elements or text).
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") Object.assign(made, { [key]: value });
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...flatten(children));
  return made;
}

/**
 * Return children in one list, without those that are nothing.
 *
 * @param {readonly Child[]} children
 * @returns {(Node | string)[]}
 */
function flatten(children) {
  return children.flatMap((child) => {
    if (typeof child === "string" || child instanceof Node) return child === "" ? [] : [child];
    if (typeof child === "number") return [String(child)];
    return child ? flatten(child) : [];
  });
}

/**
 * Return the element of an id; the page's template has it.
 *
 * @param {string} id
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element "${id}"`);
  return found;
}

/**
 * Return the one element that a selector finds and that must be there.
 *
 * @param {string} selector
 */
export function find(selector) {
  const found = document.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no element "${selector}"`);
  return found;
}

/**
 * Return a text from the data, fenced so that its direction does not spread.
 *
 * @param {string} text
 */
export function dataText(text) {
  return element("bdi", {}, text);
}

/**
 * Tell whether a part that can be folded away is there and open.
 *
 * @param {string} selector
 * @param {boolean} [otherwise]
 */
export function isOpen(selector, otherwise = false) {
  const part = document.querySelector(selector);
  return part instanceof HTMLDetailsElement ? part.open : otherwise;
}

/**
 * Put children into the element of an id, in place of those it has.
 *
 * @param {string} id
 * @param {...Child} children
 */
export function replace(id, ...children) {
  const place = byId(id);
  place.replaceChildren(...flatten(children));
  return place;
}

/**
 * Return a table: head cells, rows of cells; a cell is text or {text, number, head}.
 *
 * @param {string} caption
 * @param {Child[]} head
 * @param {Cell[][]} rows
 */
export function plainTable(caption, head, rows) {
  const cell = (/** @type {Cell} */ content) => {
    const made = typeof content === "object" && !(content instanceof Node) ? content : { text: content };
    return element(
      made.head ? "th" : "td",
      { class: made.number ? "number" : null, scope: made.head ? "row" : null },
      made.text,
    );
  };
  return element(
    "table",
    { class: "plain" },
    element("caption", {}, caption),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        head.map((text, at) => element("th", { scope: "col", class: at ? "number" : null }, text)),
      ),
    ),
    element(
      "tbody",
      {},
      rows.map((cells) => element("tr", {}, cells.map(cell))),
    ),
  );
}

/**
 * Let the keyboard scroll through texts that are longer than their place.
 *
 * @param {Iterable<HTMLElement>} parts
 */
export function letScroll(parts) {
  for (const part of parts) {
    if (part.scrollHeight > part.clientHeight + 1) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

/** @param {string} text */
export function announce(text) {
  byId("status").textContent = text;
}
