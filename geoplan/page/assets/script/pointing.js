// Pointing: a row of the table outlines its district on the maps, and a district on a map marks its row.

/** A canvas over the map's own that holds one outline, so that pointing does not paint the map anew. */
const OutlineCanvas = PlanCanvas.extend({
  paint() {
    if (!this._container || !this._bounds) return;
    const pen = this._container.getContext("2d");
    const { ratio, scale, left, top } = this.frame();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this._container.width, this._container.height);
    const shape = this._page.drawnDistricts.shapes[this.district];
    if (!shape) return;
    pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * left, ratio * top);
    pen.lineJoin = "round";
    strokeBorder(pen, shape.path, "#ffffff", 5.5 / scale);
    strokeBorder(pen, shape.path, INK, 2.5 / scale);
  },
});

/** Point at a district by its code, on every map and in the table; undefined points at none. */
function pointAt(page, code) {
  if (page.pointed === code) return;
  page.pointed = code;
  for (const row of document.querySelectorAll("#districts tr.pointed")) row.classList.remove("pointed");
  const at = page.data.districts.code.indexOf(code);
  document.querySelector(`#districts tr[data-district="${at}"]`)?.classList.add("pointed");
  outline(page, code);
  if (page.view.compare) outline(page.second, code);
}

function outline(side, code) {
  const district = code === undefined ? -1 : side.data.districts.code.indexOf(code);
  if (district < 0) {
    side.map.outline?.remove();
    return;
  }
  side.map.outline ??= new OutlineCanvas(side);
  side.map.outline.district = district;
  if (side.map.hasLayer(side.map.outline)) side.map.outline.paint();
  else side.map.outline.addTo(side.map);
}

/** Point at the row that the pointer is over or that has the focus. */
function pointFromTable(page) {
  const table = document.getElementById("districts");
  const codeAt = (target) => page.data.districts.code[target.closest?.("tr[data-district]")?.dataset.district];
  const point = ({ target }) => pointAt(page, codeAt(target));
  const rest = () => pointAt(page, table.contains(document.activeElement) ? codeAt(document.activeElement) : undefined);
  table.addEventListener("mouseover", point);
  table.addEventListener("focusin", point);
  table.addEventListener("mouseleave", rest);
  table.addEventListener("focusout", () => pointAt(page, undefined));
}
