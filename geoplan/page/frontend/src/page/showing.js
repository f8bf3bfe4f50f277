// Showing: the parts of the page are rewritten from the view and its sums.

/** @import { Page } from "../types.js" */

import { reckon } from "../comparing/reckoning.js";
import { showSecond, showSecondResults } from "../comparing/second_map.js";
import { writeAddress } from "../data/address.js";
import { districtName } from "../data/names.js";
import { chosenAt } from "../data/selected.js";
import { element, replace } from "../elements.js";
import { basemapControl, matchBasemap } from "../map/basemap.js";
import { paintMaps } from "../map/canvas.js";
import { showEverything } from "../map/framing.js";
import { numberedControl } from "../map/numbered_names.js";
import { matchCheckLists } from "../parts/check_list.js";
import { showControls, showLanguages, spanInWords } from "../parts/controls.js";
import { showDetails } from "../parts/details.js";
import {
  showAbout,
  showElsewhere,
  showEquity,
  showFigures,
  showHead,
  showMapHead,
  showMapNote,
  showTotal,
} from "../parts/figures.js";
import { showLegend } from "../parts/legend.js";
import { showPanel } from "../parts/panel.js";
import { showProjects } from "../parts/projects.js";
import { showTable } from "../parts/table.js";
import { say } from "../text/messages.js";

/**
 * Let the font for Lao arrive, then tell that the page is there.
 *
 * @param {Page} page
 */
export function ready(page) {
  window.geoplan.page = page;
  document.documentElement.dataset.ready = "yes";
  const lao = page.data.districts.code.some((_, at) => /[\u0e80-\u0eff]/.test(districtName(page.data, at)));
  if (lao) document.fonts?.load('600 13px "Page Lao"', "ລາວ").then(() => paintMaps(page));
}

/**
 * Show what changes with the language only.
 *
 * @param {Page} page
 */
export function showWords(page) {
  showHead(page);
  showLanguages(page);
  showAbout(page);
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-label]")))
    part.setAttribute("aria-label", say(part.dataset.label ?? ""));
  replace("skip", say("skip"));
  page.map.getContainer().setAttribute("aria-label", say("map_hint"));
  page.map.getContainer().setAttribute("role", "application");
  showMapTools(page);
}

/** @param {Page} page */
function showMapTools(page) {
  page.tools?.forEach((tool) => tool.remove());
  const zoom = L.control.zoom({ position: "topright", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") });
  const scale = L.control.scale({ position: "bottomright", imperial: false, maxWidth: 140 });
  const home = new L.Control({ position: "topright" });
  home.onAdd = () => {
    const button = element(
      "button",
      {
        type: "button",
        class: "home-view",
        title: say("whole_area"),
        "aria-label": say("whole_area"),
        onclick: () => showEverything(page),
      },
      "⤢",
    );
    L.DomEvent.disableClickPropagation(button);
    return button;
  };
  const north = new L.Control({ position: "bottomright" });
  north.onAdd = () => element("div", { class: "north", "aria-hidden": "true" }, "▲", element("span", {}, say("north")));
  const note = page.data.basemap ? [basemapControl(page)] : [];
  page.tools = [...note, zoom, home, scale, north, numberedControl(page)].map((tool) => tool.addTo(page.map));
}

/**
 * Show what changes with the chosen view.
 *
 * @param {Page} page
 */
export function showChoice(page) {
  showControls(page);
  showPanel(page);
  showSecond(page);
  showResults(page);
}

/** @param {Page} page */
function showResults(page) {
  showTotal(page);
  showMapHead(page);
  showFigures(page);
  showElsewhere(page);
  showEquity(page);
  showLegend(page);
  showTable(page);
  showProjects(page);
  showMapNote(page);
  showDetails(page);
  showSecondResults(page);
}

/**
 * Redo sums and show them; controls stay as they are, so that focus does.
 *
 * @param {Page} page
 */
export function refresh(page) {
  reckon(page);
  matchCheckLists(page);
  showResults(page);
  paintMaps(page);
  writeAddress(page);
  matchBasemap(page);
}

/**
 * Bring the year controls in line with the view, without making them again.
 *
 * @param {Page} page
 */
export function matchYearControls(page) {
  const set = (/** @type {string} */ id, /** @type {number} */ value) => {
    const control = /** @type {HTMLInputElement | HTMLSelectElement | null} */ (document.getElementById(id));
    if (control) control.value = String(value);
  };
  const { view } = page;
  const years = document.querySelector("#years .kept");
  if (years) years.textContent = spanInWords(page);
  set("choose-from", view.from);
  set("choose-to", view.to);
  set("year", view.to);
  document.getElementById("year")?.setAttribute("aria-valuetext", spanInWords(page));
  const play = document.getElementById("play");
  if (play) play.textContent = say(page.playing ? "stop" : "play");
}

/** @param {Page} page */
export function markChosenRow(page) {
  const district = chosenAt(page, "district");
  const rows = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#districts tr[data-district]"));
  for (const row of rows) {
    const chosen = Number(row.dataset.district) === district;
    row.classList.toggle("chosen", chosen);
    row.querySelector("button")?.setAttribute("aria-pressed", String(chosen));
  }
}
