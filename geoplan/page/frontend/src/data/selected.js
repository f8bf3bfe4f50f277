// What is chosen, on either side of a comparison.

/** @import { Data, Page, Selected } from "../types.js" */

/**
 * Return what is chosen in one plan as it is in another, by its code; null if it is not in the other plan.
 *
 * @param {Data} from
 * @param {Data} to
 * @param {Selected | null} selected
 * @returns {Selected | null}
 */
export function inOther(from, to, selected) {
  if (from === to || !selected) return selected;
  if (selected.type !== "district" && selected.type !== "project") return null;
  const codes = (/** @type {Data} */ data) =>
    selected.type === "district" ? data.districts.code : data.projects.project;
  const at = codes(to).indexOf(codes(from)[selected.at]);
  return at < 0 ? null : { type: selected.type, at };
}

/**
 * Return the position of the district or project that is chosen on this side; -1 where none of them is.
 *
 * @param {Page} side
 * @param {"district" | "project"} type
 */
export function chosenAt(side, type) {
  const selected = selectedOn(side);
  return selected?.type === type ? selected.at : -1;
}

/**
 * Return what is chosen, as the map of this side shows it.
 *
 * @param {Page} side
 */
export function selectedOn(side) {
  const { selected } = side.view;
  return selected?.second && !side.isSecond ? inOther(side.second.data, side.data, selected) : selected;
}
