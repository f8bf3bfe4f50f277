// Choices and filters: what is shown, of which money, over which years, in which language.

const LANGUAGE_NAMES = { en: "English", fr: "Français", lo: "ລາວ" };
const YEAR_PAUSE = 1100;

function showLanguages(page) {
  const buttons = Object.keys(page.data.messages).map((code) =>
    element(
      "button",
      { type: "button", lang: code, "aria-pressed": String(code === language), onclick: () => page.speak(code) },
      LANGUAGE_NAMES[code] ?? code,
    ),
  );
  replace("languages", ...buttons);
}

function showControls(page) {
  const { data, view } = page;
  const { ledger } = data;
  const numbered = (names, word) => names.map((name, at) => [at, word(name)]);
  const open = document.querySelector("#filters")?.open ?? window.innerWidth > 700;
  replace(
    "bar",
    chooser(
      page,
      "measure",
      say("colour_by"),
      measuresOffered(page).map((name) => [name, measureName(data, name)]),
    ),
    data.anyCoarse &&
      chooser(
        page,
        "spread",
        say("spread"),
        data.spreads.map((name) => [name, say(`spread.${name}`)]),
      ),
    data.codes.length > 1 && chooser(page, "currency", say("currency"), numbered(data.codes, String)),
    ledger.kinds.length > 1 &&
      chooser(
        page,
        "kind",
        say("kind"),
        numbered(ledger.kinds, (name) => term("kind", name)),
      ),
    searchBox(page),
    element(
      "button",
      { type: "button", id: "compare", class: "quiet", "aria-pressed": "false", onclick: () => turnComparison(page) },
      say("compare"),
    ),
    element(
      "details",
      { id: "filters", open },
      element("summary", {}, say("filters")),
      element(
        "div",
        { class: "filters" },
        ledger.components.length > 1 &&
          chooser(page, "component", say("component"), [
            [-1, say("all_components")],
            ...numbered(ledger.components, named),
          ]),
        ledger.funders.length > 1 &&
          chooser(page, "funder", say("funder"), [[-1, say("all_funders")], ...numbered(ledger.funders, named)]),
        ...["sector", "status"].map(
          (name) =>
            data.projects[name].names.length > 1 &&
            chooser(page, name, say(name), [[-1, say("all")], ...numbered(data.projects[name].names, named)]),
        ),
        data.districts.classes.length > 1 &&
          chooser(page, "poverty", say("measure.poverty_class"), [
            [-1, say("all")],
            ...numbered(data.districts.classes, named),
          ]),
        ledger.years.length > 1 && yearControls(page),
        classControls(page),
        layerSwitches(page),
        element("button", { type: "button", class: "quiet", onclick: () => page.reset() }, say("reset")),
      ),
    ),
  );
}

function chooser(page, name, label, options) {
  const select = element(
    "select",
    {
      id: `choose-${name}`,
      name,
      onchange: ({ target }) =>
        page.change({ [name]: options.some(([value]) => value === target.value) ? target.value : Number(target.value) }),
    },
    options.map(([value, text]) => element("option", { value: String(value) }, short(text, 70))),
  );
  select.value = String(page.view[name]);
  return element("label", { class: "field" }, element("span", {}, label), select);
}

function yearControls(page) {
  const { view, data } = page;
  const { years } = data.ledger;
  const yearSelect = (name, label) => {
    const choose = (event) => {
      const year = Number(event.target.value);
      page.stop();
      page.change(
        name === "from" ? { from: year, to: Math.max(year, view.to) } : { from: Math.min(year, view.from), to: year },
      );
    };
    const select = element(
      "select",
      { id: `choose-${name}`, "aria-label": label, onchange: choose },
      years.map((year) => element("option", { value: String(year) }, String(year))),
    );
    select.value = String(view[name]);
    return select;
  };
  return element(
    "div",
    { class: "field years", role: "group", "aria-label": say("years") },
    element("span", {}, say("years")),
    element(
      "div",
      { class: "year-row" },
      yearSelect("from", say("from_year")),
      "–",
      yearSelect("to", say("to_year")),
      element(
        "button",
        { type: "button", id: "play", onclick: () => (page.playing ? page.stop() : page.play()) },
        say(page.playing ? "stop" : "play"),
      ),
    ),
    yearSlider(page),
  );
}

/** Return the choice of how classes are made: method and number. */
function classControls(page) {
  return [
    chooser(
      page,
      "method",
      say("method"),
      METHODS.map((name) => [name, say(`method.${name}`)]),
    ),
    chooser(
      page,
      "classes",
      say("classes"),
      CLASS_COUNTS.map((count) => [count, say("up_to", { count })]),
    ),
  ];
}

/** Return a slider over single years; moving it shows one year. */
function yearSlider(page) {
  const { years } = page.data.ledger;
  const slide = (event) => {
    const year = Number(event.target.value);
    page.change({ from: year, to: year });
  };
  const { view } = page;
  return element("input", {
    type: "range",
    id: "year",
    min: years[0],
    max: years.at(-1),
    step: 1,
    value: String(view.to),
    "aria-label": say("single_year"),
    "aria-valuetext": view.from === view.to ? String(view.to) : `${view.from}–${view.to}`,
    oninput: slide,
  });
}

function layerSwitches(page) {
  const { locations, districts } = page.data;
  const names = [
    ["points", locations.points.x.length],
    ["lines", locations.lines.path.length],
    ["areas", locations.areas.rings.length],
    ["sized", locations.points.x.length],
    ["clusters", locations.points.x.length > CLUSTERED_FROM],
    ["labels", districts.code.length],
    ["hatching", districts.classes.length],
  ];
  const box = ([name]) =>
    element(
      "label",
      { class: "check" },
      element("input", {
        type: "checkbox",
        id: `show-${name}`,
        checked: page.view[name],
        onchange: (event) => page.change({ [name]: event.target.checked }),
      }),
      say(`layer.${name}`),
    );
  const boxes = [...names.filter(([, count]) => count > 0).map(box), ...page.data.layers.map((_, at) => layerBox(page, at))];
  return element("fieldset", {}, element("legend", {}, say("layers")), boxes);
}

function layerBox(page, at) {
  const turn = ({ target }) =>
    page.change({ layers: page.view.layers.map((shown, other) => (other === at ? target.checked : shown)) });
  return element(
    "label",
    { class: "check" },
    element("input", { type: "checkbox", id: `show-layer-${at}`, checked: page.view.layers[at], onchange: turn }),
    dataText(short(inLanguage(page.data.layers[at].name), 60)),
  );
}

// --- search ---

/** Reduce a text to what counts in a search: case, Latin accents and two spellings of a Lao vowel do not. */
function folded(text) {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC")
    .replaceAll("ໍາ", "ຳ")
    .toLowerCase();
}

function searchIndex(data) {
  const entries = [];
  data.districts.code.forEach((code, at) => {
    const names = [data.districts.name[at], data.districts.name_lo[at], code].filter(Boolean);
    entries.push({ words: folded(names.join("\n")), target: { type: "district", at } });
  });
  data.projects.project.forEach((code, at) => {
    const places = (data.locations.ofProject.get(at) ?? []).map((location) => data.locations.name[location]);
    entries.push({
      words: folded([projectTitle(data, at), code, ...places].filter(Boolean).join("\n")),
      target: { type: "project", at },
    });
  });
  return entries;
}

function searchBox(page) {
  const results = element("ul", { class: "results links", id: "results" });
  const look = (event) => {
    const wanted = folded(event.target.value.trim());
    page.index ??= searchIndex(page.data);
    const found = wanted ? page.index.filter(({ words }) => words.includes(wanted)) : [];
    results.replaceChildren(...found.slice(0, 12).map(({ target }) => element("li", {}, resultButton(page, target))));
    if (found.length > 12)
      results.append(element("li", { class: "muted" }, say("and_more", { count: found.length - 12 })));
    if (wanted && found.length === 0) results.append(element("li", { class: "muted" }, say("nothing_found")));
    announce(wanted ? say("n_found", { count: found.length }) : "");
  };
  const input = element("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    oninput: look,
    placeholder: say("search_hint"),
  });
  return element(
    "div",
    { class: "search" },
    element("label", { class: "field" }, element("span", {}, say("search")), input),
    results,
  );
}

function resultButton(page, target) {
  const name = target.type === "district" ? districtName(page.data, target.at) : projectTitle(page.data, target.at);
  const what = say(target.type);
  return element(
    "button",
    { type: "button", class: "link", onclick: () => page.select(target, true) },
    dataText(short(name, 100)),
    element("span", { class: "muted" }, ` ${what}`),
  );
}
