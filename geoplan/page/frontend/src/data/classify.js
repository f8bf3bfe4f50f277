// Districts in classes, whatever colours them.

/** @import { Data, Sums, View } from "../types.js" */

import { crossDistricts } from "./bivariate.js";
import { classifyDistricts, isCrossed } from "./measures.js";

/**
 * Put districts in the classes of the measure that is shown. `scale` holds the values that the classes are made for,
 * where they are more than those of the districts.
 *
 * @param {Data} data
 * @param {View} view
 * @param {Sums} sums
 * @param {number[]} [scale]
 */
export function classify(data, view, sums, scale) {
  return isCrossed(view) ? crossDistricts(data, view, sums) : classifyDistricts(data, view, sums, scale);
}
