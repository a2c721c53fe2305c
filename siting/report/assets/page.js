"use strict";
// Tables: headings sort by a column, missing values last; a field above keeps rows with its words.
for (const button of document.querySelectorAll("thead th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const key = ({ cells: { [head.cellIndex]: cell } }) =>
      head.classList.contains("num") ? parseFloat(cell.dataset.value) : cell.textContent;
    const order = (a, b) => sign * (a.localeCompare?.(b) ?? a - b);
    const { true: missing = [], false: known = [] } = Object.groupBy(body.rows, (row) => Number.isNaN(key(row)));
    known.sort((a, b) => order(key(a), key(b)));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    body.append(...known, ...missing);
  });
}
for (const input of document.querySelectorAll("input[data-filter]")) {
  input.addEventListener("input", () => {
    const { tBodies: [{ rows }], dataset: { layer } } = document.getElementById(input.dataset.filter);
    const words = input.value.trim().toLocaleLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(words);
    const left = [...rows].filter((row) => !row.hidden);
    input.closest(".filter").querySelector("output").textContent = `${left.length} of ${rows.length}`;
    if (layer && layer !== "answers") siting.choose(layer, words ? left.map((row) => row.dataset.key) : []);
  });
}
