// Chips: buttons that open a few controls below them, one at a time.

/** @import { Child } from "../types.js" */

import { element, isOpen } from "../elements.js";

/**
 * Name a chip: what it is about, and what is chosen.
 *
 * @param {string} about
 * @param {Child} chosen
 */
export function chipTitle(about, chosen) {
  return [element("span", {}, about), element("span", { class: "kept" }, chosen)];
}

/**
 * Return a chip that opens controls; it stays open when it is made again.
 *
 * @param {string} id
 * @param {Child} title
 * @param {...Child} controls
 */
export function chip(id, title, ...controls) {
  const open = isOpen(`#${id}`);
  return element(
    "details",
    { id, open, class: "chip" },
    element("summary", {}, title),
    element("div", { class: "popover" }, controls),
  );
}

/** Let what a chip opens reach to the left where it would leave the window at the right. */
export function keepPopoversInside() {
  const fit = (/** @type {Element} */ around) => {
    const popover = around.querySelector(":scope > .popover");
    if (!popover) return;
    popover.classList.remove("to-the-left");
    const isOutside = popover.getBoundingClientRect().right > document.documentElement.clientWidth;
    popover.classList.toggle("to-the-left", isOutside);
  };
  // The event does not bubble; and a list is made when it is first opened, after this.
  const opened = (/** @type {Event} */ { target }) =>
    target instanceof Element && requestAnimationFrame(() => fit(target));
  document.addEventListener("toggle", opened, true);
}

/** Return the chips that are open. */
function openChips() {
  return /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.chip[open]"));
}

/** Close a chip when the reader goes on elsewhere. */
export function closeChipsElsewhere() {
  for (const event of ["pointerdown", "focusin"])
    document.addEventListener(event, ({ target }) => {
      for (const one of openChips()) one.open = target instanceof Node && one.contains(target);
    });
}

/** Close the open chip, with the focus back on it; tell whether there was one. */
export function closeChip() {
  const [open] = openChips();
  if (!open) return false;
  open.open = false;
  open.querySelector("summary")?.focus();
  return true;
}
