// Two maps side by side: another measure, kind, span of years or plan on the second; they move together.

/** Return what the second map shows when comparing begins: the other plan, else another measure of the same money. */
function firstComparison(page) {
  const { view, data } = page;
  const offered = measuresOffered(page).filter((name) => name !== view.measure);
  const preferred = ["per_poor_person", "per_person", "poverty_class"].find((name) => offered.includes(name));
  const measure = data.other ? view.measure : (preferred ?? offered[0] ?? view.measure);
  return { measure, kind: data.ledger.kinds[view.kind] ?? "", from: null, to: null, other: Boolean(data.other) };
}

/** Return the page's second side: it shares everything with the first but what it shows. */
function secondSide(page) {
  const { data } = page;
  const { compare } = page.view;
  page.second ??= Object.assign(Object.create(page), { map: null, canvas: null });
  const side = page.second;
  side.isSecond = true;
  side.select = (target, move) => page.select(target && { ...target, second: true }, move);
  const source = compare.other && data.other ? otherSide(page) : page;
  for (const name of ["data", "projection", "drawnDistricts", "drawnLocations", "drawnLayers"]) side[name] = source[name];
  side.view = secondView(page, side.data);
  return side;
}

/** Build what is drawn of the other plan, once. */
function otherSide(page) {
  if (page.otherSide) return page.otherSide;
  const data = page.data.other;
  const extent = extentOfSteps(data.districts.arcs).map((cell) => (Number.isFinite(cell) ? cell : 0));
  const projection = makeProjection(data.grid, [(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2]);
  page.otherSide = {
    data,
    projection,
    drawnDistricts: buildDistricts(data.districts, projection),
    drawnLocations: buildLocations(data.locations, projection),
    drawnLayers: data.layers.map((layer) => buildLocations(layer, projection)),
  };
  return page.otherSide;
}

/** Return the view of the second map: the first one's filters, by name where the data is another plan's. */
function secondView(page, data) {
  const { view, data: own } = page;
  const { compare } = view;
  const same = (names, others, at) => (at < 0 ? -1 : others.indexOf(names[at]));
  const filter = (names, others, at) => (at >= 0 && same(names, others, at) < 0 ? NOTHING : same(names, others, at));
  const translated = {
    component: filter(own.ledger.components, data.ledger.components, view.component),
    funder: filter(own.ledger.funders, data.ledger.funders, view.funder),
    sector: filter(own.projects.sector.names, data.projects.sector.names, view.sector),
    status: filter(own.projects.status.names, data.projects.status.names, view.status),
    poverty: filter(own.districts.classes, data.districts.classes, view.poverty),
    currency: same(own.codes, data.codes, view.currency),
    kind: data.ledger.kinds.indexOf(compare.kind),
    spread: data.spreads.includes(view.spread) ? view.spread : "even",
    layers: data === own ? view.layers : data.layers.map((layer) => layer.visible),
  };
  const selected = view.selected?.second ? view.selected : inOther(own, data, view.selected);
  const [from, to] = [compare.from ?? view.from, compare.to ?? view.to];
  return { ...view, ...(data === own ? { kind: translated.kind } : translated), measure: compare.measure, from, to, selected };
}

// Stands for a filter by a name that the other plan does not have: no row passes it.
const NOTHING = 2 ** 30;

/** Return what is chosen in one plan as it is in another, by its code; null where it is not there. */
function inOther(from, to, selected) {
  if (from === to || !selected) return selected;
  const codes = { district: (data) => data.districts.code, project: (data) => data.projects.project }[selected.type];
  if (!codes) return null;
  const at = codes(to).indexOf(codes(from)[selected.at]);
  return at < 0 ? null : { type: selected.type, at };
}

/** Return what is chosen, as the map of this side shows it. */
function selectedOn(side) {
  const { selected } = side.view;
  return selected?.second && !side.isSecond ? inOther(side.second.data, side.data, selected) : selected;
}

/** Do the sums of the second map; where both show the same measure, they have the same classes. */
function reckonSecond(page) {
  if (!page.view.compare) return;
  const side = secondSide(page);
  side.sums = sumByPlace(side.data, side.view);
  const shared = page.heldBreaks ?? sharedBreaks(page, side);
  if (shared) page.classes = classifyDistricts(page.data, page.view, page.sums, shared);
  side.classes = classifyDistricts(side.data, side.view, side.sums, shared);
  const located = styleLocations(side.data, side.view);
  [side.styles, side.sizes] = [located.styles, located];
}

function sharedBreaks(page, side) {
  const { view } = page;
  if (view.measure !== side.view.measure || !hasOwnClasses(page) || page.data.extra.has(view.measure)) return null;
  const values = [
    ...measureDistricts(page.data, view, page.sums),
    ...measureDistricts(side.data, side.view, side.sums),
  ];
  return classBreaks(values, view.classes, view.method);
}

/** Show or hide the second map with its head and legend. */
function showSecond(page) {
  const comparing = Boolean(page.view.compare);
  document.getElementById("map-column").classList.toggle("comparing", comparing);
  for (const id of ["second-head", "second-map", "second-legend"]) document.getElementById(id).hidden = !comparing;
  document.getElementById("compare")?.setAttribute("aria-pressed", String(comparing));
  if (!comparing) return;
  showSecondControls(page);
  if (!page.second.map) startSecondMap(page);
  page.second.map.getContainer().setAttribute("aria-label", say("second_map_hint"));
  page.second.map.getContainer().setAttribute("role", "application");
}

function startSecondMap(page) {
  const side = page.second;
  if (!page.wholePlace) showEverything(page); // while the page opens, the first map has no view yet
  side.map = geoplan.makeMap("second-map");
  side.map.setView(page.map.getCenter(), page.map.getZoom(), { animate: false });
  side.canvas = new PlanCanvas(side);
  side.canvas.addTo(side.map);
  linkMaps(page.map, side.map);
  linkMaps(side.map, page.map);
  side.map.on("click", (event) => chooseAt(page, side, event.latlng));
  side.map.on("mousemove", (event) => showTip(side, event));
  side.map.on("mouseout", () => leaveMap(side));
}

/** Let one map follow another, once a frame. */
function linkMaps(leader, follower) {
  let frame = 0;
  leader.on("move zoomend", () => {
    if (leader.isFollowing) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => follow(leader, follower));
  });
}

function follow(leader, follower) {
  if (follower.getContainer().hidden) return;
  const [center, zoom] = [leader.getCenter(), leader.getZoom()];
  if (follower.getZoom() === zoom && follower.getCenter().distanceTo(center) < 1) return;
  follower.isFollowing = true;
  follower.setView(center, zoom, { animate: false });
  follower.isFollowing = false;
}

/** Turn comparing on or off, and fit both maps to their new frames. */
function turnComparison(page) {
  page.stop();
  page.view.compare = page.view.compare ? null : firstComparison(page);
  if (page.view.selected?.second) page.view.selected = null;
  openComparison(page);
  refresh(page);
}

function openComparison(page) {
  reckon(page);
  halveColumn();
  showSecond(page);
  page.map.invalidateSize({ animate: false, pan: false });
  page.second?.map?.invalidateSize({ animate: false, pan: false });
  showEverything(page);
  if (page.view.compare) follow(page.map, page.second.map);
}

/** Give each map a whole number of pixels, so that both are drawn sharply. */
function halveColumn() {
  const column = document.getElementById("map-column");
  column.style.setProperty("--half", `${Math.floor(column.clientWidth / 2)}px`);
}

/** Show what the second map is of: its choices stay as they are while the sums change. */
function showSecondControls(page) {
  const { data, view } = page;
  const side = page.second;
  const set = (changes) => page.change({ compare: { ...page.view.compare, ...changes } });
  const choose = (name, label, options, value, taken) => {
    const select = element(
      "select",
      { id: `second-${name}`, "aria-label": `${say("second_map")}: ${label}`, onchange: ({ target }) => set(taken(target.value)) },
      options.map(([key, text]) => element("option", { value: String(key) }, short(text, 60))),
    );
    select.value = String(value);
    return select;
  };
  const kinds = side.data.ledger.kinds;
  const { years } = side.data.ledger;
  const spans = [["", say("same_years")], [`${years[0]}-${years.at(-1)}`, say("all_years")], ...years.map((year) => [`${year}-${year}`, String(year)])];
  const span = view.compare.from === null ? "" : `${view.compare.from}-${view.compare.to}`;
  const toSpan = (text) => {
    const [from, to] = text ? text.split("-").map(Number) : [null, null];
    return { from, to };
  };
  replace(
    "second-choices",
    data.other &&
      choose(
        "plan",
        say("plan"),
        [["own", planName(data, data)], ["other", planName(data, data.other)]],
        view.compare.other ? "other" : "own",
        (value) => ({ other: value === "other" }),
      ),
    choose(
      "measure",
      say("colour_by"),
      measuresOffered(side).map((name) => [name, measureName(data, name)]),
      view.compare.measure,
      (measure) => ({ measure }),
    ),
    kinds.length > 1 &&
      choose("kind", say("kind"), kinds.map((kind) => [kind, term("kind", kind)]), view.compare.kind, (kind) => ({ kind })),
    years.length > 1 && choose("years", say("years"), spans, span, toSpan),
  );
}

/** Name a plan so that it is told apart from the other: by its vintage where the titles are the same. */
function planName(data, plan) {
  const alike = data.title === data.other.title;
  const vintage = alike && plan.about.vintage ? say("vintage_of", { name: plan.about.vintage }) : "";
  return vintage || translated(plan.title) || say("untitled");
}

/** Show the results of the second map: its head, and its legend below it. */
function showSecondResults(page) {
  if (!page.view.compare) return;
  const side = page.second;
  replace("second-summary", planHead(page, side.data), ...mapTitle(side));
  replace("second-legend", element("div", { class: "legend-body" }, classLegend(side)));
}

/** Name the plan over a map, while two plans are compared. */
function planHead({ data, view }, plan) {
  return data.other && view.compare?.other ? element("div", { class: "plan-name" }, dataText(short(planName(data, plan), 90))) : null;
}

/** Return the comparison that an address asks for, or null. */
function comparisonFrom({ data, home }, parts) {
  if (parts.get("compare") === "no") return null;
  if (!parts.has("compare")) return home.compare;
  const measure = data.measures.includes(parts.get("compare")) ? parts.get("compare") : home.measure;
  const other = Boolean(data.other) && parts.get("with") !== "own";
  const { kinds, years } = (other ? data.other : data).ledger;
  const kind = kinds.includes(parts.get("second-kind")) ? parts.get("second-kind") : (data.ledger.kinds[home.kind] ?? "");
  const [, from, to] = (/^(\d{1,4})-(\d{1,4})$/.exec(parts.get("second-years") ?? "") ?? []).map(Number);
  const known = years.includes(from) && years.includes(to) && from <= to;
  return { measure, kind, other, from: known ? from : null, to: known ? to : null };
}

function writeComparison({ data, home }, compare, parts) {
  if (JSON.stringify(compare) === JSON.stringify(home.compare)) return;
  if (!compare) {
    parts.set("compare", "no");
    return;
  }
  parts.set("compare", compare.measure);
  if (compare.kind !== data.ledger.kinds[home.kind]) parts.set("second-kind", compare.kind);
  if (compare.from !== null) parts.set("second-years", `${compare.from}-${compare.to}`);
  if (data.other && !compare.other) parts.set("with", "own");
}
