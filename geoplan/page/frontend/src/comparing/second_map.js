// Two maps side by side: they move together, and the second has choices of its own.

/** @import { Comparison, Page, PlanMap } from "../types.js" */

import { measuresOffered } from "../data/measures.js";
import { byId, element, letScroll, replace } from "../elements.js";
import { PlanCanvas } from "../map/canvas.js";
import { chooseAt } from "../map/choosing.js";
import { fitFollower, goTo, showEverything } from "../map/framing.js";
import { makeMap } from "../map/leaflet_map.js";
import { leaveMap, showTip } from "../map/tips.js";
import { chooseByKey, waitForTap } from "../map/touching.js";
import { mapTitle, planHead, planName } from "../parts/figures.js";
import { classLegend } from "../parts/legend.js";
import { measureName } from "../text/measure_names.js";
import { named, say, short, term } from "../text/messages.js";
import { reckon } from "./reckoning.js";
import { firstComparison } from "./second_side.js";

/**
 * Show or hide the second map with its head and legend.
 *
 * @param {Page} page
 */
export function showSecond(page) {
  const comparing = Boolean(page.view.compare);
  byId("map-column").classList.toggle("comparing", comparing);
  for (const id of ["second-head", "second-map", "second-legend"]) byId(id).hidden = !comparing;
  document.getElementById("compare")?.setAttribute("aria-pressed", String(comparing));
  if (!comparing) return;
  showSecondControls(page);
  if (!page.second.map) startSecondMap(page);
  page.second.map.getContainer().setAttribute("aria-label", say("second_map_hint"));
  page.second.map.getContainer().setAttribute("role", "application");
}

/** @param {Page} page */
function startSecondMap(page) {
  const side = page.second;
  if (!page.wholePlace) showEverything(page); // while the page opens, the first map has no view yet
  side.map = makeMap("second-map");
  side.map.setView(page.map.getCenter(), page.map.getZoom(), { animate: false });
  side.canvas = new PlanCanvas(side);
  side.canvas.addTo(side.map);
  linkMaps(page.map, side.map);
  linkMaps(side.map, page.map);
  side.map.on("click", (event) => chooseAt(page, side, event.latlng));
  side.map.on("mousemove", (event) => showTip(side, event));
  side.map.on("mouseout", () => leaveMap(side));
  waitForTap(side.map);
  chooseByKey(page, side);
}

/**
 * Let one map follow another, once a frame.
 *
 * @param {PlanMap} leader
 * @param {PlanMap} follower
 */
function linkMaps(leader, follower) {
  let frame = 0;
  leader.on("move zoomend", () => {
    // A map that is hidden has no size, and would move the other one anywhere.
    if (leader.isFollowing || leader.getContainer().hidden) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => !leader.getContainer().hidden && follow(leader, follower));
  });
}

/**
 * @param {PlanMap} leader
 * @param {PlanMap} follower
 */
export function follow(leader, follower) {
  if (follower.getContainer().hidden) return;
  const [center, zoom] = [leader.getCenter(), leader.getZoom()];
  if (follower.getZoom() === zoom && follower.getCenter().distanceTo(center) < 1) return;
  follower.isFollowing = true;
  follower.setView(center, zoom, { animate: false });
  follower.isFollowing = false;
}

/**
 * Bring what is compared in line with the view, and fit the maps to their frames.
 *
 * @param {Page} page
 */
export function openComparison(page) {
  reckon(page);
  halveColumn();
  showSecond(page);
  page.fitting = true;
  page.map.invalidateSize({ animate: false, pan: false });
  page.fitting = false;
  if (page.view.compare) fitFollower(page.second.map);
  if (page.view.place) goTo(page, page.view.place);
  else showEverything(page);
  if (page.view.compare) follow(page.map, page.second.map);
}

/** Give each map a whole number of pixels, so that both are drawn sharply. */
export function halveColumn() {
  const column = byId("map-column");
  column.style.setProperty("--half", `${Math.floor(column.clientWidth / 2)}px`);
}

/**
 * Show what the second map is of: its choices stay as they are while the sums change.
 *
 * @param {Page} page
 */
function showSecondControls(page) {
  const { data, view } = page;
  const side = page.second;
  const compare = view.compare ?? firstComparison(page);
  const set = (/** @type {Partial<Comparison>} */ changes) => {
    page.change({ compare: { ...(page.view.compare ?? compare), ...changes } });
    for (const end of /** @type {("from" | "to")[]} */ (["from", "to"])) {
      const control = document.getElementById(`second-${end}`);
      if (control instanceof HTMLSelectElement) control.value = String(page.view.compare?.[end] ?? "");
    }
    matchMeasureControl();
  };
  // The difference is that of the first map's measure.
  const matchMeasureControl = () => {
    byId("second-measure").hidden = Boolean((page.view.compare ?? compare).difference);
  };
  /** @type {(name: string, label: string, options: string[][], value: string, taken: (value: string) => Partial<Comparison>) => HTMLElement} */
  const choose = (name, label, options, value, taken) => {
    const select = element(
      "select",
      {
        id: `second-${name}`,
        "aria-label": `${say("second_map")}: ${label}`,
        onchange: ({ target }) => set(taken(target.value)),
      },
      options.map(([key, text]) => element("option", { value: String(key) }, short(text, 60))),
    );
    select.value = String(value);
    return select;
  };
  const kinds = side.data.ledger.kinds;
  const { years } = side.data.ledger;
  const span = (/** @type {"from" | "to"} */ end) =>
    choose(
      end,
      say(`${end}_year`),
      [["", say("same_years")], ...years.map((year) => [String(year), String(year)])],
      String(compare[end] ?? ""),
      (text) => spanWith(page.view.compare ?? compare, end, text),
    );
  /** @type {(name: "component" | "funder") => HTMLElement | false} */
  const filter = (name) => {
    const { names } = side.data.filters[name];
    const kept = compare[name];
    return (
      names.length > 1 &&
      choose(
        name,
        say(name),
        [
          ["", say("same_filter", { filter: say(name) })],
          ["all", say(`all_${name}s`)],
          ...names.map((text, at) => [String(at), named(text)]),
        ],
        kept === undefined ? "" : kept === null ? "all" : String(kept[0] ?? ""),
        (text) => ({ [name]: text === "" ? undefined : text === "all" ? null : [Number(text)] }),
      )
    );
  };
  replace(
    "second-choices",
    data.other &&
      choose(
        "plan",
        say("plan"),
        [
          ["own", planName(data, data)],
          ["other", planName(data, data.other)],
        ],
        compare.other ? "other" : "own",
        (value) => ({ other: value === "other", component: undefined, funder: undefined }),
      ),
    choose(
      "measure",
      say("colour_by"),
      measuresOffered(side).map((name) => [name, measureName(data, name)]),
      compare.measure,
      (measure) => ({ measure }),
    ),
    kinds.length > 1 &&
      choose(
        "kind",
        say("kind"),
        kinds.map((kind) => [kind, term("kind", kind)]),
        compare.kind,
        (kind) => ({ kind }),
      ),
    years.length > 1 && [span("from"), span("to")],
    filter("component"),
    filter("funder"),
    element(
      "label",
      { class: "check" },
      element("input", {
        type: "checkbox",
        id: "second-difference",
        checked: Boolean(compare.difference),
        onchange: ({ target }) => set({ difference: target.checked || undefined }),
      }),
      say("show_difference"),
    ),
  );
  matchMeasureControl();
}

/**
 * Return the span of the second map with another first or last year, or that of the first map.
 *
 * @param {Comparison} compare
 * @param {"from" | "to"} end
 * @param {string} text
 */
function spanWith({ from, to }, end, text) {
  const year = Number(text);
  if (text === "") return { from: null, to: null };
  return end === "from"
    ? { from: year, to: Math.max(year, to ?? year) }
    : { from: Math.min(year, from ?? year), to: year };
}

/**
 * Show the results of the second map: its head, and its legend below it.
 *
 * @param {Page} page
 */
export function showSecondResults(page) {
  if (!page.view.compare) return;
  const side = page.second;
  replace("second-summary", planHead(page, side.data), ...mapTitle(side));
  letScroll([replace("second-legend", element("div", { class: "legend-body" }, classLegend(side)))]);
}
