// The page: opens the data, draws everything, and answers to the reader.

const page_language_at_start = "en";

function openPage(map, data) {
  const page = { map, data, playing: 0, heldBreaks: null, wholeTable: false, fitting: false, onPaper: null, opener: null, ground: "off" };
  for (const [name, action] of Object.entries(ACTIONS)) page[name] = (...values) => action(page, ...values);
  page.home = firstView(data);
  if (data.other) page.home.compare = firstComparison({ data, view: page.home });
  const asked = viewFromHash(page, location.hash);
  page.view = asked.view;
  useTranslations(data);
  useLanguage(data.messages, asked.language ?? page_language_at_start);
  const extent = extentOfSteps(data.districts.arcs).map((cell) => (Number.isFinite(cell) ? cell : 0));
  fitHeight(extent);
  page.projection = makeProjection(data.grid, [(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2]);
  page.drawnDistricts = buildDistricts(data.districts, page.projection);
  page.drawnLocations = buildLocations(data.locations, page.projection);
  page.drawnLayers = data.layers.map((layer) => buildLocations(layer, page.projection));
  page.canvas = new PlanCanvas(page);
  reckon(page);
  showWords(page);
  showChoice(page);
  chooseLegendPlace(page);
  page.canvas.addTo(map);
  if (page.view.compare) openComparison(page);
  if (asked.view.place) goTo(page, asked.view.place);
  listen(page);
  if (page.view.selected) bringIntoView(page, page.view.selected);
  matchBasemap(page);
  ready(page);
}

/** On a narrow page, give the map the height that its area needs. */
function fitHeight([west, south, east, north]) {
  const shape = east > west ? (north - south) / (east - west) : 1;
  document.getElementById("map-column").style.setProperty("--shape", String(Math.min(2, Math.max(0.3, shape))));
}

/** Let the font for Lao arrive, then tell that the page is there. */
function ready(page) {
  geoplan.page = page;
  letScroll(["title", "subtitle", "illustrative"].map((id) => document.getElementById(id)));
  document.documentElement.dataset.ready = "yes";
  const lao = page.data.districts.code.some((_, at) => /[\u0e80-\u0eff]/.test(districtName(page.data, at)));
  if (lao) document.fonts?.load('600 13px "Page Lao"', "ລາວ").then(() => paintMaps(page));
}

/** Do the sums of the chosen view: everything on the page is read off these. */
function reckon(page) {
  const { data, view } = page;
  page.sums = sumByPlace(data, view);
  page.classes = classifyDistricts(data, view, page.sums, page.heldBreaks);
  const located = styleLocations(data, view);
  [page.styles, page.sizes] = [located.styles, located];
  reckonSecond(page);
}

/** Paint the map, and the second one while comparing. */
function paintMaps(page) {
  page.canvas.paint();
  if (page.view.compare) page.second?.canvas?.paint();
}

/** Show what changes with the language only. */
function showWords(page) {
  showHead(page);
  showLanguages(page);
  showAbout(page);
  for (const part of document.querySelectorAll("[data-label]"))
    part.setAttribute("aria-label", say(part.dataset.label));
  page.map.getContainer().setAttribute("aria-label", say("map_hint"));
  page.map.getContainer().setAttribute("role", "application");
  showMapTools(page);
}

function showMapTools(page) {
  page.tools?.forEach((tool) => tool.remove());
  const zoom = L.control.zoom({ position: "topright", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") });
  const scale = L.control.scale({ position: "bottomright", imperial: false, maxWidth: 140 });
  const home = L.control({ position: "topright" });
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
  const north = L.control({ position: "bottomright" });
  north.onAdd = () => element("div", { class: "north", "aria-hidden": "true" }, "▲", element("span", {}, say("north")));
  const note = page.data.basemap ? [basemapControl(page)] : [];
  page.tools = [...note, zoom, home, scale, north].map((tool) => tool.addTo(page.map));
}

/** Show what changes with the chosen view. */
function showChoice(page) {
  showControls(page);
  showSecond(page);
  showResults(page);
}

function showResults(page) {
  showMapHead(page);
  showFigures(page);
  showElsewhere(page);
  showEquity(page);
  showLegend(page);
  showTable(page);
  showMapNote(page);
  showDetails(page);
  showSecondResults(page);
}

/** Redo sums and show them; controls stay as they are, so that focus does. */
function refresh(page) {
  reckon(page);
  showResults(page);
  paintMaps(page);
  writeAddress(page);
  matchBasemap(page);
}

/** A component's part in the money needs a component: take the first, and show that it is taken. */
function chooseComponentFor({ view }) {
  if (view.measure !== "component_share" || view.component >= 0) return;
  view.component = 0;
  const control = document.getElementById("choose-component");
  if (control) control.value = "0";
}

/** Bring the year controls in line with the view, without making them anew. */
function matchYearControls(page) {
  const set = (id, value) => {
    const control = document.getElementById(id);
    if (control) control.value = String(value);
  };
  const { view } = page;
  document.querySelector("#filters summary").textContent = filtersTitle(page);
  set("choose-from", view.from);
  set("choose-to", view.to);
  set("year", view.to);
  document
    .getElementById("year")
    ?.setAttribute("aria-valuetext", view.from === view.to ? String(view.to) : `${view.from}–${view.to}`);
  const play = document.getElementById("play");
  if (play) play.textContent = say(page.playing ? "stop" : "play");
}

// What a reader can do; each is called on the page: page.change({...}).
const ACTIONS = {
  change(page, changes) {
    const { other } = page.view.compare ?? {};
    Object.assign(page.view, changes);
    chooseComponentFor(page);
    if (changes.compare && changes.compare.other !== other) {
      if (page.view.selected?.second) page.view.selected = null;
      openComparison(page);
    }
    matchYearControls(page);
    refresh(page);
  },

  /** Show the details of a district, project or place; null closes them. `move` goes there, with the focus. */
  select(page, target, move = false) {
    const opener = document.activeElement;
    page.view.selected = target;
    if (page.view.compare) secondSide(page);
    showDetails(page);
    markChosenRow(page);
    paintMaps(page);
    writeAddress(page);
    if (target && move) {
      page.opener = document.getElementById("details").contains(opener) ? page.opener : opener;
      bringIntoView(page, target);
      document.getElementById("details").focus({ preventScroll: true });
    }
    if (!target && page.opener?.isConnected) page.opener.focus();
    if (!target) page.opener = null;
  },

  speak(page, code) {
    useLanguage(page.data.messages, code);
    showWords(page);
    showChoice(page);
    paintMaps(page);
    ready(page);
    writeAddress(page);
    document.querySelector(`#languages [lang="${language}"]`).focus();
  },

  reset(page) {
    page.stop();
    page.view = { ...page.home };
    showControls(page);
    openComparison(page);
    refresh(page);
    document.getElementById("choose-measure").focus();
  },

  /** Show year after year, from the one after the single year shown, else from the first. */
  play(page) {
    const { years } = page.data.ledger;
    page.heldBreaks = page.view.measure === "poverty_class" ? null : breaksOverYears(page.data, page.view);
    const single = page.view.from === page.view.to && page.view.to < years.at(-1);
    const first = single ? page.view.to + 1 : years[0];
    page.playing = setInterval(() => playNext(page), YEAR_PAUSE);
    page.change({ from: first, to: first });
  },

  stop(page) {
    clearInterval(page.playing);
    page.playing = 0;
    page.heldBreaks = null;
    matchYearControls(page);
  },
};

function playNext(page) {
  const last = page.data.ledger.years.at(-1);
  if (page.view.to >= last) {
    page.stop();
    refresh(page);
    return;
  }
  page.change({ from: page.view.to + 1, to: page.view.to + 1 });
}

function markChosenRow(page) {
  const selected = selectedOn(page);
  for (const row of document.querySelectorAll("#districts tr[data-district]")) {
    const chosen = selected?.type === "district" && Number(row.dataset.district) === selected.at;
    row.classList.toggle("chosen", chosen);
    row.querySelector("button").setAttribute("aria-pressed", String(chosen));
  }
}

/** Bring a district or project into view, if it is not; show the details where they stand below the map. */
function bringIntoView(page, target) {
  const side = target.second ? page.second : page;
  const places = {
    district: () => side.drawnDistricts.labels[target.at],
    project: () => projectPlace(side, target.at),
    feature: () => featurePlace(side, target.features[0]),
  };
  const place = places[target.type]?.();
  if (place) {
    const [x, y] = [place[0] + side.projection.origin[0], place[1] + side.projection.origin[1]];
    const latlng = page.map.unproject([x, y], 0);
    const spot = page.map.latLngToContainerPoint(latlng);
    const clear = clearWidth(page);
    const left = coveredLeft(spot);
    if (!page.map.getBounds().contains(latlng)) page.map.panTo(latlng, { animate: false });
    else if (spot.x > clear - 20 || spot.x < left) page.map.panBy([spot.x - (left + clear) / 2, 0], { animate: false });
  }
  document.getElementById("details").scrollIntoView({ block: "nearest" });
}

/** Return how far the legend reaches into the map from the left, at the height of a spot. */
function coveredLeft(spot) {
  const legend = document.getElementById("legend");
  const over = getComputedStyle(legend).position === "absolute";
  const top = legend.offsetTop - document.getElementById("map-head").offsetHeight;
  return over && spot.y > top - 20 ? legend.offsetLeft + legend.offsetWidth + 12 : 0;
}

/** Return how much of the map's width the details leave free, when they lie over it. */
function clearWidth(page) {
  const details = document.getElementById("details");
  const beside = !details.hidden && getComputedStyle(details).position === "absolute";
  return beside ? details.offsetLeft : page.map.getSize().x;
}

function projectPlace(page, project) {
  const mine = new Set(page.data.locations.ofProject.get(project) ?? []);
  return placeAmong(page.drawnLocations, (location) => mine.has(location));
}

// --- pointer, keyboard, paper ---

function listen(page) {
  const { map } = page;
  map.on("click", (event) => chooseAt(page, page, event.latlng));
  map.on("mousemove", (event) => showTip(page, event));
  map.on("mouseout", () => leaveMap(page));
  pointFromTable(page);
  pointFromLegend("legend", () => page);
  pointFromLegend("second-legend", () => page.view.compare && page.second);
  map.on("moveend", () => rememberPlace(page));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && page.view.selected) page.select(null);
  });
  window.addEventListener("resize", halveColumn);
  new ResizeObserver(() => fitFrame(page)).observe(map.getContainer());
  window.addEventListener("hashchange", () => openAddress(page));
  window.addEventListener("online", () => {
    if (page.ground === "unreached") turnBasemap(page, "off");
    matchBasemap(page);
  });
  window.addEventListener("beforeprint", () => prepareForPaper(page));
  window.addEventListener("afterprint", () => backToScreen(page));
  if (AS_PICTURE) prepareForPaper(page);
}

/** Fit the map to its frame when that has changed: a legend that folds away leaves more room. */
function fitFrame(page) {
  const { clientWidth, clientHeight } = page.map.getContainer();
  const known = page.map.getSize();
  if (page.onPaper || (known.x === clientWidth && known.y === clientHeight)) return;
  page.fitting = true;
  page.map.invalidateSize({ animate: false, pan: false });
  if (page.view.compare) page.second.map.invalidateSize({ animate: false, pan: false });
  page.fitting = false;
  if (page.view.place) rememberPlace(page);
  else showEverything(page);
}

function goTo(page, [latitude, longitude, zoom]) {
  page.view.place = [latitude, longitude, zoom];
  page.map.setView([latitude, longitude], zoom, { animate: false });
}

function openAddress(page) {
  if (location.hash.replace(/^#/, "") === page.writtenHash) return;
  const asked = viewFromHash(page, location.hash);
  page.stop();
  const compared = Boolean(page.view.compare);
  page.view = asked.view;
  useLanguage(page.data.messages, asked.language ?? language);
  reckon(page);
  showWords(page);
  showChoice(page);
  if (compared !== Boolean(page.view.compare)) openComparison(page);
  if (asked.view.place) goTo(page, asked.view.place);
  paintMaps(page);
  matchBasemap(page);
}

function leaveMap(page) {
  cancelAnimationFrame(page.tipFrame);
  document.getElementById("tip").hidden = true;
  pointAt(geoplan.page, undefined);
}

/** Choose what is at a place of one of the maps. */
function chooseAt(page, side, latlng) {
  const reach = matchMedia("(pointer: coarse)").matches ? 16 : 9;
  const { cluster, locations, features, district } = whatIsAt(side, latlng, reach);
  const projects = projectsAt(side, locations);
  if (cluster) openCluster(side, cluster);
  else if (projects.length === 1) side.select({ type: "project", at: projects[0] });
  else if (projects.length > 1) side.select({ type: "place", projects });
  else if (features.near.length) side.select({ type: "feature", features: [...features.near, ...features.around] });
  else if (district >= 0) side.select({ type: "district", at: district, features: features.around });
  else side.select(features.around.length ? { type: "feature", features: features.around } : null);
  if (side === page) moveFromUnderDetails(page, latlng);
}

// How far beside the details a place that was under them is brought, in pixels.
const BESIDE = 40;

/** Move the map, where the details have opened over the place that was chosen on it. */
function moveFromUnderDetails(page, latlng) {
  const details = document.getElementById("details");
  const spot = page.map.latLngToContainerPoint(latlng);
  const frame = page.map.getContainer().getBoundingClientRect();
  const box = details.getBoundingClientRect();
  const under = spot.x + frame.left > box.left - BESIDE / 2 && spot.y + frame.top > box.top && spot.y + frame.top < box.bottom;
  if (details.hidden || !under || getComputedStyle(details).position !== "absolute") return;
  const aside = Math.max(clearWidth(page) - BESIDE, coveredLeft(spot) + BESIDE);
  page.map.panBy([spot.x - aside, 0], { animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
}

function showTip(page, event) {
  cancelAnimationFrame(page.tipFrame);
  page.tipFrame = requestAnimationFrame(() => {
    const { cluster, locations, features, district } = whatIsAt(page, event.latlng);
    pointAt(geoplan.page, page.data.districts.code[district]);
    const tip = document.getElementById("tip");
    const lines = cluster ? clusterLines(page, cluster) : tipLines(page, locations, features, district);
    if (page.view.graticule) lines.push(element("div", { class: "muted" }, coordinatesInWords(event.latlng)));
    tip.hidden = lines.length === 0;
    page.map.getContainer().classList.toggle("pointing", !tip.hidden);
    if (tip.hidden) return;
    tip.replaceChildren(...lines);
    const { x, y } = event.containerPoint;
    const frame = page.map.getContainer().getBoundingClientRect();
    const column = document.getElementById("map-column").getBoundingClientRect();
    const [left, top] = [frame.left - column.left, frame.top - column.top];
    tip.style.left = `${left + Math.min(x + 14, Math.max(4, frame.width - tip.offsetWidth - 8))}px`;
    tip.style.top = `${top + y + 16}px`;
  });
}

function clusterLines(page, { places, points }) {
  const { location } = page.drawnLocations.points;
  const projects = projectsAt(page, points.map((at) => location[at])).length;
  return [
    element("strong", {}, say("n_places", { count: places, number: formatNumber(places) })),
    // A project may be in several hexagons: those of a cluster can not be added up.
    !page.data.crowds && element("div", {}, say("n_projects", { count: projects })),
  ].filter(Boolean);
}

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
  const amount = `${data.codes[view.currency] ?? ""} ${formatMinor(sums.amount[district], data.digits[view.currency] ?? 0)}`;
  const value = page.classes.values[district];
  const own = !["amount", "poverty_class"].includes(view.measure) && !data.extra.has(view.measure);
  const extra = own
    ? `${say(`measure.${view.measure}`)}: ${Number.isNaN(value) ? say("no_data") : formatValue(value)}`
    : data.extra.has(view.measure)
      ? [measureName(data, view.measure), ": ", extraValue(data, data.extra.get(view.measure), district)]
      : "";
  const poverty = data.districts.classes[data.districts.poverty_class[district]];
  return [
    element("strong", {}, dataText(short(districtName(data, district), 80))),
    element("div", {}, amount),
    extra && element("div", {}, extra),
    poverty && element("div", { class: "muted" }, dataText(short(translated(poverty), 80))),
    ...named,
  ].filter(Boolean);
}

Object.assign(geoplan, { openPage, openData, classBreaks, classOf, csvText, formatMinor, tableAsCsv, inDegrees, graticuleStep, districtAt });
