// The sums of what is shown, on both sides.

/** @import { Page } from "../types.js" */

import { classify } from "../data/classify.js";
import { DIFFERENCE, differenceBySide, differenceMeasure, isComparable } from "../data/difference.js";
import { styleLocations } from "../data/marks.js";
import { hasOwnClasses, measureDistricts, scaleValues } from "../data/measures.js";
import { sumByPlace } from "../data/sums.js";
import { secondSide } from "./second_side.js";

/**
 * Do the sums of the second map; where both show the same measure, they have the same classes.
 *
 * @param {Page} page
 */
function reckonSecond(page) {
  if (!page.view.compare) return;
  const side = secondSide(page);
  side.sums = sumByPlace(side.data, side.view);
  side.shownValues = measureDistricts(side.data, side.view, side.sums);
  const isSame = side.view.measure === page.view.measure && isComparable(page, side);
  side.differences = isSame ? differenceBySide(page, side) : null;
  if (page.view.compare.difference && side.differences) {
    side.data.extra.set(DIFFERENCE, differenceMeasure(page, side.differences));
    side.view = { ...side.view, measure: DIFFERENCE };
  }
  const shared = sharedScale(page, side);
  if (shared) page.classes = classify(page.data, page.view, page.sums, shared);
  side.classes = classify(side.data, side.view, side.sums, shared);
  const located = styleLocations(side.data, side.view);
  [side.styles, side.sizes] = [located.styles, located];
}

/**
 * @param {Page} page
 * @param {Page} side
 */
function sharedScale(page, side) {
  const { view } = page;
  if (view.measure !== side.view.measure || !hasOwnClasses(view) || page.data.extra.has(view.measure)) return undefined;
  return [...scaleValues(page.data, view, page.sums), ...scaleValues(side.data, side.view, side.sums)];
}

/**
 * Do the sums of the chosen view: everything on the page is read off these.
 *
 * @param {Page} page
 */
export function reckon(page) {
  const { data, view } = page;
  for (const each of [data, data.other]) each?.extra.delete(DIFFERENCE);
  page.sums = sumByPlace(data, view);
  page.classes = classify(data, view, page.sums);
  const located = styleLocations(data, view);
  [page.styles, page.sizes] = [located.styles, located];
  reckonSecond(page);
}
