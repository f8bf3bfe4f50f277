// What is chosen on the page, and the sums of the ledger under that choice.

/** Return the view the page opens with: one currency, one kind, everything else open. */
function firstView(data) {
  const { ledger } = data;
  const kinds = Math.max(ledger.kinds.length, 1);
  const count = new Int32Array(data.codes.length * kinds);
  for (let row = 0; row < ledger.rows; row += 1) count[ledger.currency[row] * kinds + ledger.kind[row]] += 1;
  const most = Math.max(0, count.indexOf(count.reduce((a, b) => Math.max(a, b), 0)));
  return {
    measure: data.measure,
    currency: Math.floor(most / kinds),
    kind: most % kinds,
    component: -1,
    funder: -1,
    sector: -1,
    status: -1,
    poverty: -1,
    spread: data.spreads.includes("population") ? "population" : "even",
    method: "quantiles",
    classes: MOST_CLASSES,
    from: ledger.years[0] ?? 0,
    to: ledger.years.at(-1) ?? 0,
    hatching: true,
    sized: false,
    marks: markingsOffered(data)[0] ?? "component",
    clusters: true,
    points: true,
    lines: true,
    areas: true,
    labels: true,
    graticule: false,
    basemap: true,
    layers: data.layers.map((layer) => layer.visible),
    selected: null,
    compare: null,
    place: null,
    sort: { by: "amount", falling: true },
  };
}

const FILTERS = ["component", "funder", "sector", "status", "poverty"];

/** Tell whether the filters leave part of the ledger out (currency and kind are choices, not filters). */
function isFiltered(data, view) {
  const years = data.ledger.years;
  return FILTERS.some((name) => view[name] >= 0) || view.from > (years[0] ?? 0) || view.to < (years.at(-1) ?? 0);
}

/** Visit the ledger rows under the chosen currency and kind that pass the filters. */
function eachEntry({ ledger, projects, districts }, view, visit) {
  const { currency, kind, component, funder, year, project, place } = ledger;
  const [sector, status, poverty] = [projects.sector.at, projects.status.at, districts.poverty_class];
  for (let row = 0; row < ledger.rows; row += 1) {
    if (currency[row] !== view.currency || kind[row] !== view.kind) continue;
    if (view.component >= 0 && component[row] !== view.component) continue;
    if (view.funder >= 0 && funder[row] !== view.funder) continue;
    if (year[row] < view.from || year[row] > view.to) continue;
    if (view.sector >= 0 && sector[project[row]] !== view.sector) continue;
    if (view.status >= 0 && status[project[row]] !== view.status) continue;
    if (view.poverty >= 0 && poverty[place[row]] !== view.poverty) continue;
    visit(row);
  }
}

/** Sum the ledger by place: districts, then buckets; count projects by place and in all. */
function sumByPlace(data, view) {
  const { ledger } = data;
  const places = data.districts.code.length + data.buckets.length;
  const amount = new Array(places).fill(ledger.zero);
  const projects = new Int32Array(places);
  const last = new Int32Array(places).fill(-1);
  let total = ledger.zero;
  let lastProject = -1;
  let allProjects = 0;
  eachEntry(data, view, (row) => {
    const place = ledger.place[row];
    const project = ledger.project[row];
    amount[place] += ledger.amount[row];
    total += ledger.amount[row];
    // Rows are sorted by project, so a project is new to a place when it was not the last one there.
    if (last[place] !== project) projects[place] += 1;
    if (lastProject !== project) allProjects += 1;
    last[place] = lastProject = project;
  });
  const counted = data.crowds ? countCrowds(data, view) : { projects, allProjects, counted: true };
  return { amount, total, ...counted, ...sumReadings(data, view, amount) };
}

/**
 * Count projects that hexagons no longer name: each crowd has money under the same keys, so counts as a whole or not.
 * Where crowds are not told apart by what the filters ask for, any count would be wrong: then it is not shown.
 */
function countCrowds(data, view) {
  const { crowds } = data;
  const projects = new Float64Array(data.districts.code.length + data.buckets.length);
  const last = new Int32Array(projects.length).fill(-1);
  let lastCrowd = -1;
  let allProjects = 0;
  eachEntry({ ...data, ledger: crowds }, crowds.fine ? view : withoutFilters(view), (row) => {
    const [place, crowd] = [crowds.place[row], crowds.project[row]];
    if (last[place] !== crowd) projects[place] += crowds.projects[crowd];
    if (lastCrowd !== crowd) allProjects += crowds.projects[crowd];
    last[place] = lastCrowd = crowd;
  });
  return { projects, allProjects, counted: crowds.rows > 0 && (crowds.fine || !isFiltered(data, view)) };
}

function withoutFilters(view) {
  return { ...view, component: -1, funder: -1, from: -Infinity, to: Infinity };
}

/** Write a count of projects, or a dash where it is not known. */
function projectCount(sums, count) {
  return sums.counted ? formatNumber(count) : "–";
}

function addUp(amounts, zero) {
  return amounts.reduce((sum, amount) => sum + amount, zero);
}
