"use strict";
// The page works without this script; it adds the keyboard: arrows go to the neighbour, Escape closes.
document.addEventListener("keydown", (event) => {
  const cell = event.target instanceof Element ? event.target.closest(".fl-cell") : null;
  const open = document.querySelector(".fl-cell > details[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
    return;
  }
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const from = open ? open.closest(".fl-cell") : cell;
  if (!step || !from || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = neighbour(from, step);
  if (!next) return;
  event.preventDefault();
  const summary = next.querySelector("summary");
  if (open) {
    open.open = false;
    next.querySelector("details").open = true;
  }
  summary.focus();
});

function neighbour(cell, [down, right]) {
  const place = cell.closest("td, figure");
  if (place.tagName === "FIGURE") {
    const next = right + down > 0 ? place.nextElementSibling : place.previousElementSibling;
    return next && next.querySelector(".fl-cell");
  }
  const rows = [...document.querySelectorAll(".fl-table > tbody > tr")].filter((row) => row.getClientRects().length);
  let row = rows.indexOf(place.parentElement);
  let column = place.cellIndex;
  // Places without a cell are stepped over.
  for (;;) {
    row += down;
    column += right;
    const target = rows[row] && rows[row].cells[column];
    if (!target) return null;
    const found = target.querySelector(":scope > .fl-cell");
    if (found) return found;
  }
}
