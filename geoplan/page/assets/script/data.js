// Bringing the columns of the data into arrays.

/** Return a column of whole numbers; it is packed as numbers, as steps, or as the one number of every row. */
function column(values, rows) {
  if (values.steps) {
    const sums = new Int32Array(values.steps);
    for (let row = 1; row < sums.length; row += 1) sums[row] += sums[row - 1];
    return sums;
  }
  return Array.isArray(values) ? new Int32Array(values) : new Int32Array(rows).fill(values);
}

function openLedger(packed) {
  const names = ["project", "location", "component", "funder", "year", "kind", "currency", "place", "rule", "province"];
  const ledger = { ...packed };
  for (const name of names) ledger[name] = column(packed[name], packed.rows);
  ledger.amount = packed.big ? BigInt64Array.from(packed.amount, BigInt) : Float64Array.from(packed.amount);
  ledger.zero = packed.big ? 0n : 0;
  ledger.years = yearSpan(ledger.year);
  ledger.firstRow = firstRows(ledger.project);
  return ledger;
}

/** Return every year from the first to the last, those without money too. */
function yearSpan(years) {
  if (years.length === 0) return [];
  const first = years.reduce((a, b) => Math.min(a, b));
  const last = years.reduce((a, b) => Math.max(a, b));
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Return where the rows of each project begin; the ledger is sorted by project. */
function firstRows(project) {
  const first = new Map();
  for (let row = 0; row < project.length; row += 1) if (!first.has(project[row])) first.set(project[row], row);
  return first;
}

/** Return crowds of projects as a ledger without amounts: each stands for a number of projects. */
function openCrowds(packed) {
  if (!packed) return null;
  const names = ["project", "component", "funder", "year", "kind", "currency", "place"];
  const crowds = { ...packed, projects: column(packed.projects, packed.count) };
  for (const name of names) crowds[name] = column(packed[name], packed.rows);
  return crowds;
}

function openProjects(packed) {
  const rows = packed.project.length;
  const coded = (field) => ({ names: field.names, at: column(field.at, rows) });
  return {
    ...packed,
    rows,
    sector: coded(packed.sector),
    status: coded(packed.status),
    illustrative: new Set(packed.illustrative),
  };
}

function openLocations(packed) {
  const ofProject = new Map();
  const owner = column(packed.project, packed.rows);
  const points = { ...packed.points, location: column(packed.points.location, packed.points.x.length) };
  owner.forEach((project, location) => {
    if (ofProject.has(project)) ofProject.get(project).push(location);
    else ofProject.set(project, [location]);
  });
  const stands = packed.stands_for === null ? null : column(packed.stands_for, packed.rows);
  return { ...packed, project: owner, points, ofProject, stands, illustrative: new Set(packed.illustrative) };
}

function openLayer(packed) {
  return { ...packed, points: { ...packed.points, location: column(packed.points.location, packed.points.x.length) } };
}

function openData(packed) {
  const coarse = packed.coarse.map((name) => packed.districts.code.length + packed.buckets.indexOf(name));
  return {
    ...packed,
    spreads: spreadsOffered(packed),
    anyCoarse: column(packed.ledger.place, packed.ledger.rows).some((place) => coarse.includes(place)),
    codes: Object.keys(packed.currencies),
    digits: Object.values(packed.currencies),
    ledger: openLedger(packed.ledger),
    crowds: openCrowds(packed.crowds),
    projects: openProjects(packed.projects),
    extra: new Map(packed.extra_measures.map((measure) => [measure.key, measure])),
    layers: packed.layers.map(openLayer),
    other: packed.other ? openData(packed.other) : null,
    locations: openLocations(packed.locations),
  };
}

/** Return the name of a district in the chosen language. */
function districtName(data, district) {
  const { name, name_lo: lao, code } = data.districts;
  return (language === "lo" && lao[district]) || translated(name[district] || code[district]);
}

function projectTitle(data, project) {
  return translated(data.projects.title[project] || data.projects.project[project]);
}
