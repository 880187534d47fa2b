// The week's table: an item that is dragged to another cell opens its page, which shows what the move would do to the
// real air times; nothing is kept before somebody says so there. The same can be asked for by keyboard on that page.
//
// a[draggable] is an item (data-whole: it sounds at this time on every day, so all of it moves), td[data-clock] a cell
// (data-day: its ISO day; a row of the whole week has none).

import { each } from "./dom.js";

let dragged = null;

function landing(cell) {
  const whole = "whole" in dragged.dataset;
  if (cell === dragged.closest("td") || (!cell.dataset.day && !whole)) return null;
  const day = cell.dataset.day || dragged.closest("table").querySelector("td[data-day]")?.dataset.day;
  return day ? `&sang=${day}T${cell.dataset.clock}${whole ? "&moi=1" : ""}` : null;
}

function watch(table) {
  const mark = (cell) => {
    for (const old of table.querySelectorAll(".is-over")) old.classList.remove("is-over");
    if (cell) cell.classList.add("is-over");
  };
  table.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("a[draggable=true]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.textContent.trim());
    table.classList.add("is-dragging");
  });
  table.addEventListener("dragover", (event) => {
    const cell = event.target.closest("td[data-clock]");
    if (!dragged || !cell || !landing(cell)) return mark(null);
    event.preventDefault();
    return mark(cell);
  });
  table.addEventListener("drop", (event) => {
    const cell = event.target.closest("td[data-clock]");
    const there = dragged && cell && landing(cell);
    if (!there) return;
    event.preventDefault();
    location.assign(dragged.href + there);
  });
  table.addEventListener("dragend", () => { dragged = null; mark(null); table.classList.remove("is-dragging"); });
}

export function enhance(root) {
  each(root, "table[data-week]", watch);
}
