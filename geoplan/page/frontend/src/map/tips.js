// Tips: what is under the pointer.

/** @import { Cluster, FoundFeatures, Page } from "../types.js" */

import { isCrossed } from "../data/measures.js";
import { districtName, projectTitle } from "../data/names.js";
import { coordinatesInWords } from "../drawing/graticule.js";
import { projectsAt } from "../drawing/locations.js";
import { byId, dataText, element } from "../elements.js";
import { featureTips } from "../parts/features.js";
import { classText } from "../parts/legend.js";
import { formatMoney, formatNumber, formatValue } from "../text/amounts.js";
import { extraValue, measureName } from "../text/measure_names.js";
import { say, short, translated } from "../text/messages.js";
import { whatIsAt } from "./finding.js";
import { pointAt } from "./pointing.js";

/** @param {Page} page */
export function leaveMap(page) {
  cancelAnimationFrame(page.tipFrame);
  byId("tip").hidden = true;
  pointAt(page.first, undefined);
}

/**
 * @param {Page} page
 * @param {L.LeafletMouseEvent} event
 */
export function showTip(page, event) {
  cancelAnimationFrame(page.tipFrame);
  // A finger does not hover: the details say what was tapped.
  if (matchMedia("(hover: none)").matches) return;
  page.tipFrame = requestAnimationFrame(() => {
    const { cluster, locations, features, district } = whatIsAt(page, event.latlng);
    pointAt(page.first, page.data.districts.code[district]);
    const tip = byId("tip");
    const lines = cluster ? clusterLines(page, cluster) : tipLines(page, locations, features, district);
    if (page.view.graticule) lines.push(element("div", { class: "muted" }, coordinatesInWords(event.latlng)));
    tip.hidden = lines.length === 0;
    page.map.getContainer().classList.toggle("pointing", !tip.hidden);
    if (tip.hidden) return;
    tip.replaceChildren(...lines);
    const { x, y } = event.containerPoint;
    const frame = page.map.getContainer().getBoundingClientRect();
    const column = byId("map-column").getBoundingClientRect();
    const [left, top] = [frame.left - column.left, frame.top - column.top];
    tip.style.left = `${left + Math.min(x + 14, Math.max(4, frame.width - tip.offsetWidth - 8))}px`;
    const hasRoom = y + 16 + tip.offsetHeight <= frame.height;
    tip.style.top = `${top + (hasRoom ? y + 16 : Math.max(4, y - tip.offsetHeight - 10))}px`;
  });
}

/**
 * @param {Page} page
 * @param {Cluster} cluster
 */
function clusterLines(page, { places, points }) {
  const { location } = page.drawnLocations.points;
  const projects = projectsAt(
    page,
    points.map((at) => location[at]),
  ).length;
  const lines = [element("strong", {}, say("n_places", { count: places, number: formatNumber(places) }))];
  // A project may be in several hexagons: those of a cluster cannot be added up.
  if (!page.data.crowds) lines.push(element("div", {}, say("n_projects", { count: projects })));
  return lines;
}

/**
 * @param {Page} page
 * @param {number[]} locations
 * @param {FoundFeatures} features
 * @param {number} district
 */
function tipLines(page, locations, features, district) {
  const { data, view, sums } = page;
  if (locations.length) {
    const names = [...new Set(locations.map((location) => data.locations.project[location]))];
    const lines = names
      .slice(0, 4)
      .map((project) => element("div", {}, dataText(short(projectTitle(data, project), 80))));
    return names.length > 4 ? [...lines, element("div", {}, say("and_more", { count: names.length - 4 }))] : lines;
  }
  const named = featureTips(page, features.near.length ? features.near : features.around);
  if (features.near.length || district < 0) return named;
  const amount = formatMoney(data.codes[view.currency], sums.amount[district], data.digits[view.currency]);
  const value = page.classes.values[district];
  const measure = data.extra.get(view.measure);
  const own = !["amount", "poverty_class"].includes(view.measure) && !isCrossed(view) && !measure;
  const extra = own
    ? `${say(`measure.${view.measure}`)}: ${Number.isNaN(value) ? say("no_data") : formatValue(value)}`
    : measure
      ? [measureName(data, view.measure), ": ", extraValue(measure, district)]
      : "";
  const row = page.classes.rows[page.classes.of[district]];
  const cell = row.type === "cell" ? element("div", {}, classText(page, row)) : "";
  const poverty = data.districts.classes[data.districts.poverty_class[district]];
  return [
    element("strong", {}, dataText(short(districtName(data, district), 80))),
    element("div", {}, amount),
    ...(cell ? [cell] : []),
    ...(extra ? [element("div", {}, extra)] : []),
    ...(poverty ? [element("div", { class: "muted" }, dataText(short(translated(poverty), 80)))] : []),
    ...named,
  ];
}
