"use strict";
// Sorts and filters tables, and tells the numbers of the place that is pointed at. Everything works on what is in the page.

const number = (cell) => (cell.dataset.value === undefined ? NaN : Number(cell.dataset.value));

// By number where both cells have one, else by their words; cells that say nothing come last either way.
function compare(a, b, down) {
  const [x, y] = [number(a), number(b)];
  const [s, t] = [a.textContent.trim(), b.textContent.trim()];
  if ((s === "") !== (t === "")) return s === "" ? 1 : -1;
  const order = Number.isNaN(x) || Number.isNaN(y) ? s.localeCompare(t, "en", { numeric: true }) : x - y;
  return down ? -order : order;
}

function sort(table, column) {
  const heads = [...table.tHead.rows[0].cells];
  const down = heads[column].getAttribute("aria-sort") === "ascending";
  heads.forEach((head) => head.removeAttribute("aria-sort"));
  heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) => compare(a.cells[column], b.cells[column], down));
  body.append(...rows);
}

function filter(box) {
  const words = box.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
  const choices = [...box.querySelectorAll("select")].filter((choice) => choice.value !== "");
  let shown = 0;
  for (const row of box.querySelector("table").tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    const chosen = choices.every((choice) => row.cells[choice.dataset.column].textContent.trim() === choice.value);
    row.hidden = !(chosen && words.every((word) => text.includes(word)));
    shown += row.hidden ? 0 : 1;
  }
  const output = box.querySelector("output");
  output.textContent = shown === Number(output.dataset.all) ? `${shown} rows` : `${shown} of ${output.dataset.all} rows`;
}

for (const box of document.querySelectorAll(".table")) {
  const table = box.querySelector("table");
  [...table.tHead.rows[0].cells].forEach((head, column) => head.addEventListener("click", () => sort(table, column)));
  box.querySelector(".filters").addEventListener("input", () => filter(box));
}

const tip = document.getElementById("tip");
let told = null;

function quiet() {
  tip.hidden = true;
  told?.classList.remove("told");
  told = null;
}

// The place closest to the pointer; within several, the smallest.
function closest(svg, places, event) {
  const matrix = svg.getScreenCTM();
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  const reach = 14 / matrix.a;
  let best = null;
  for (const place of places) {
    const dx = Math.max(place.left - at.x, 0, at.x - place.right);
    const dy = Math.max(place.top - at.y, 0, at.y - place.bottom);
    const distance = Math.hypot(dx, dy);
    const area = (place.right - place.left) * (place.bottom - place.top);
    const better = best === null || distance < best.distance || (distance === best.distance && area < best.area);
    if (distance <= reach && better) best = { distance, area, element: place.element };
  }
  return best?.element ?? null;
}

function tell(element, { header, rows }, event) {
  told?.classList.remove("told");
  told = element;
  told.classList.add("told");
  const list = document.createElement("dl");
  header.forEach((name, column) => {
    const value = rows[element.dataset.row]?.[column] ?? "";
    if (value === "") return;
    const [term, words] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    words.textContent = value;
    list.append(term, words);
  });
  tip.replaceChildren(list);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(event.clientX + 14, innerWidth - width - 8);
  const above = event.clientY - height - 12;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${above > 8 ? above : event.clientY + 18}px`;
}

for (const figure of document.querySelectorAll("figure.figure")) {
  const svg = figure.querySelector("svg");
  const data = figure.querySelector("script.rows");
  if (svg === null || data === null) continue;
  if (svg.viewBox.baseVal.width < 5000) svg.classList.add("narrow");
  const rows = JSON.parse(data.textContent);
  const places = [...svg.querySelectorAll(".hit")].map((element) => {
    const value = (name) => Number(element.getAttribute(name));
    const [left, top] = [value("x"), value("y")];
    return { element, left, top, right: left + value("width"), bottom: top + value("height") };
  });
  const point = (event) => {
    const element = closest(svg, places, event);
    if (element === null) quiet();
    else tell(element, rows, event);
  };
  svg.addEventListener("pointermove", point);
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && quiet());
}
addEventListener("scroll", quiet, { passive: true });
addEventListener("keydown", (event) => event.key === "Escape" && quiet());
