// The view lives in the address after "#", so that it can be shared. What is read from there is only ever
// compared with what the data has.

const SWITCHES = ["hatching", "points", "lines", "areas", "labels", "clusters", "basemap"];
const SORTS = ["name", "class", "amount", "expected", "at_most", "per_person", "per_poor_person", "extra", "second", "projects"];
const ADDED = ["sized", "graticule"];

function projectFilters(data) {
  return { sector: data.projects.sector.names, status: data.projects.status.names, poverty: data.districts.classes };
}

function viewAsHash({ data, view, home }) {
  const { ledger } = data;
  const parts = new URLSearchParams();
  if (language !== page_language_at_start) parts.set("lang", language);
  if (view.measure !== home.measure) parts.set("measure", view.measure);
  if (view.currency !== home.currency) parts.set("currency", data.codes[view.currency]);
  if (view.kind !== home.kind) parts.set("kind", ledger.kinds[view.kind]);
  if (view.component >= 0) parts.set("component", ledger.components[view.component]);
  if (view.funder >= 0) parts.set("funder", ledger.funders[view.funder]);
  for (const [name, names] of Object.entries(projectFilters(data)))
    if (view[name] >= 0) parts.set(name, names[view[name]]);
  for (const name of ["spread", "method", "classes", "marks"]) if (view[name] !== home[name]) parts.set(name, view[name]);
  for (const name of ADDED) if (view[name]) parts.set(name, "yes");
  if (view.from !== home.from || view.to !== home.to) parts.set("years", `${view.from}-${view.to}`);
  for (const name of SWITCHES) if (!view[name]) parts.append("hide", name);
  view.layers.forEach((shown, at) => {
    if (shown !== home.layers[at]) parts.append(shown ? "show" : "hide", `layer ${at + 1}`);
  });
  if (view.sort.by !== home.sort.by || view.sort.falling !== home.sort.falling)
    parts.set("sort", `${view.sort.by}-${view.sort.falling ? "falling" : "rising"}`);
  if (view.place) parts.set("place", view.place.join(","));
  writeComparison({ data, home }, view.compare, parts);
  const selected = view.selected?.second ? null : view.selected;
  if (selected?.type === "district") parts.set("district", data.districts.code[selected.at]);
  if (selected?.type === "project") parts.set("project", data.projects.project[selected.at]);
  return parts.toString();
}

function viewFromHash({ data, home }, hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const { ledger } = data;
  const at = (names, key, otherwise) =>
    parts.has(key) && names.includes(parts.get(key)) ? names.indexOf(parts.get(key)) : otherwise;
  const view = { ...home };
  if (data.measures.includes(parts.get("measure"))) view.measure = parts.get("measure");
  view.currency = at(data.codes, "currency", home.currency);
  view.kind = at(ledger.kinds, "kind", home.kind);
  view.component = at(ledger.components, "component", -1);
  view.funder = at(ledger.funders, "funder", -1);
  for (const [name, names] of Object.entries(projectFilters(data))) view[name] = at(names, name, -1);
  if (data.spreads.includes(parts.get("spread"))) view.spread = parts.get("spread");
  if (markingsOffered(data).includes(parts.get("marks"))) view.marks = parts.get("marks");
  if (METHODS.includes(parts.get("method"))) view.method = parts.get("method");
  if (CLASS_COUNTS.includes(Number(parts.get("classes")))) view.classes = Number(parts.get("classes"));
  for (const name of ADDED) view[name] = parts.get(name) === "yes";
  const [, from, to] = /^(\d{1,4})-(\d{1,4})$/.exec(parts.get("years") ?? "") ?? [];
  if (ledger.years.includes(Number(from)) && ledger.years.includes(Number(to)) && Number(from) <= Number(to)) {
    [view.from, view.to] = [Number(from), Number(to)];
  }
  for (const name of parts.getAll("hide")) if (SWITCHES.includes(name)) view[name] = false;
  const turned = (at) => parts.getAll(home.layers[at] ? "hide" : "show").includes(`layer ${at + 1}`);
  view.layers = home.layers.map((shown, at) => (turned(at) ? !shown : shown));
  const [, by, order] = /^(\w{1,20})-(falling|rising)$/.exec(parts.get("sort") ?? "") ?? [];
  if (SORTS.includes(by)) view.sort = { by, falling: order === "falling" };
  view.place = placeFrom(parts.get("place"));
  view.compare = comparisonFrom({ data, home }, parts);
  const district = at(data.districts.code, "district", -1);
  const project = at(data.projects.project, "project", -1);
  view.selected =
    district >= 0 ? { type: "district", at: district } : project >= 0 ? { type: "project", at: project } : null;
  return { view, language: parts.get("lang") };
}

/** Return latitude, longitude and zoom of an address, or null when they are no place on a map. */
function placeFrom(text) {
  const numbers = /^(-?\d{1,3}(\.\d{1,6})?,){2}\d{1,2}(\.\d{1,6})?$/.test(text ?? "") ? text.split(",").map(Number) : [];
  const [latitude, longitude, zoom] = numbers;
  const holds = numbers.length === 3 && Math.abs(latitude) <= 85 && Math.abs(longitude) <= 540 && zoom >= 0 && zoom <= 20;
  return holds ? numbers : null;
}

/** Remember where the reader has moved the map to; the whole area needs no telling, nor does a map half fitted to its frame. */
function rememberPlace(page) {
  if (page.fitting) return;
  const { lat, lng } = page.map.getCenter();
  const here = [Number(lat.toFixed(4)), Number(lng.toFixed(4)), Number(page.map.getZoom().toFixed(2))];
  const place = String(here) === String(page.wholePlace) || page.onPaper ? null : here;
  if (String(place) === String(page.view.place)) return;
  page.view.place = place;
  writeAddress(page);
}

/** Write the view into the address, where there is one (a notebook's frame has none). */
function writeAddress(page) {
  const hash = viewAsHash(page);
  if (hash === location.hash.replace(/^#/, "") || location.protocol === "about:") return;
  page.writtenHash = hash;
  try {
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  } catch {
    location.replace(`#${hash}`);
  }
}
