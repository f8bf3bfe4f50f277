// Elements are built, never parsed: text from the data can only ever become text.

/** Return an element with attributes, listeners ("onclick": function) and children (elements or text). */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") made[key] = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return made;
}

/** Return a text from the data, fenced so that its direction does not spread. */
function dataText(text) {
  return element("bdi", {}, text);
}

function replace(id, ...children) {
  const place = document.getElementById(id);
  place.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return place;
}

/** Return a table: head cells, rows of cells; a cell is text or {text, number, head}. */
function plainTable(caption, head, rows) {
  const cell = (content, tag) => {
    const made = typeof content === "object" && !(content instanceof Node) ? content : { text: content };
    return element(
      made.head ? "th" : tag,
      { class: made.number ? "number" : null, scope: made.head ? "row" : null },
      made.text,
    );
  };
  return element(
    "table",
    { class: "plain" },
    element("caption", {}, caption),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        head.map((text, at) => element("th", { scope: "col", class: at ? "number" : null }, text)),
      ),
    ),
    element(
      "tbody",
      {},
      rows.map((cells) =>
        element(
          "tr",
          {},
          cells.map((content) => cell(content, "td")),
        ),
      ),
    ),
  );
}

/** Let the keyboard scroll through texts that are longer than their place. */
function letScroll(parts) {
  for (const part of parts) {
    if (part.scrollHeight > part.clientHeight + 1) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
}

function announce(text) {
  document.getElementById("status").textContent = text;
}
