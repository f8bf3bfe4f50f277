// What is chosen, and the address that keeps it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { viewAsHash, viewFromHash } from "../src/data/address.js";
import { chosenAt, inOther, selectedOn } from "../src/data/selected.js";
import { firstView } from "../src/data/view.js";
import { toyData } from "./toy_data.js";

/** @import { Page, Selected, View } from "../src/types.js" */

const data = toyData();
const home = firstView(data);

/** Return both sides of a page, the second one with the districts in another order. */
function sides(/** @type {Selected | null} */ selected) {
  const other = toyData();
  other.districts.code = ["C", "A"];
  const first = /** @type {Page} */ (/** @type {unknown} */ ({ data, view: { ...home, selected }, isSecond: false }));
  first.second = Object.assign(Object.create(first), { data: other, isSecond: true });
  return first;
}

test("a district is found in the other plan by its code", () => {
  const { second } = sides(null);
  assert.deepEqual(inOther(data, second.data, { type: "district", at: 0 }), { type: "district", at: 1 });
  assert.equal(inOther(data, second.data, { type: "district", at: 1 }), null);
  assert.deepEqual(inOther(data, second.data, { type: "project", at: 1 }), { type: "project", at: 1 });
  assert.equal(inOther(data, second.data, { type: "place", projects: [0] }), null);
  assert.equal(inOther(data, second.data, null), null);
});

test("what was chosen on the second map is shown on the first by its code", () => {
  const page = sides({ type: "district", at: 1, second: true });
  assert.deepEqual(selectedOn(page), { type: "district", at: 0 });
  assert.equal(chosenAt(page, "district"), 0);
  assert.equal(chosenAt(page, "project"), -1);
  assert.equal(chosenAt(page.second, "district"), 1);
});

test("nothing chosen is -1", () => {
  assert.equal(chosenAt(sides(null), "district"), -1);
});

test("the view it opens with needs no address", () => {
  assert.equal(viewAsHash({ data, view: home, home }), "");
  assert.deepEqual(viewFromHash({ data, home }, "").view, home);
});

test("a view comes back from its address", () => {
  /** @type {View} */
  const view = {
    ...home,
    measure: "per_person",
    kind: 1,
    component: [1],
    funder: [0],
    sector: [0],
    status: [1],
    poverty: [1],
    spread: "even",
    method: "fisher",
    classes: 3,
    from: 2011,
    hatching: false,
    sized: true,
    graticule: true,
    sort: { by: "name", falling: false },
    place: [18.5, 104, 9.25],
    selected: { type: "district", at: 2 },
  };
  assert.deepEqual(viewFromHash({ data, home }, `#${viewAsHash({ data, view, home })}`).view, view);
});

test("an address that the data does not know changes nothing", () => {
  const hash =
    "#measure=x&kind=x&component=x&sector=x&method=x&classes=99&years=1900-1901&hide=selected&sort=x-up&place=1,2&district=Z";
  assert.deepEqual(viewFromHash({ data, home }, hash).view, home);
});
