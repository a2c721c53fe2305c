// Tables: headings sort by a column, missing values last; a field above keeps rows with its words.
for (const button of document.querySelectorAll("thead th button")) button.addEventListener("click", () => {
  const head = button.closest("th");
  const [body] = head.closest("table").tBodies;
  const sign = head.ariaSort === "ascending" ? -1 : 1;
  const key = ({ cells: { [head.cellIndex]: cell } }) => cell.dataset.value ?? cell.textContent;
  const order = (a, b) => (a === "") - (b === "") || sign * (a - b || a.localeCompare(b));
  for (const other of head.parentNode.cells) other.ariaSort = null;
  head.ariaSort = sign > 0 ? "ascending" : "descending";
  body.append(...[...body.rows].sort((a, b) => order(key(a), key(b))));
});
for (const input of document.querySelectorAll("input[data-filter]")) input.addEventListener("input", () => {
  const { tBodies: [{ rows }], dataset: { layer } } = byId(input.dataset.filter);
  const words = input.value.trim().toLocaleLowerCase();
  for (const row of rows) row.hidden = !row.textContent.toLocaleLowerCase().includes(words);
  const left = [...rows].filter((row) => !row.hidden);
  input.closest(".filter").querySelector("output").textContent = `${left.length} of ${rows.length}`;
  if (layer && layer !== "answers") choose(layer, words ? left.map((row) => row.dataset.key) : []);
});
