// Pages of several answers: the chosen one on the map and in the charts, beside the pinned one.
const { said, first } = data.answers ?? {};
const rowOf = (id) => document.querySelector(`#table-answers tr[data-key="${CSS.escape(id)}"]`);
let [chosen, pinned] = [null, null];

function showAnswer(id) {
  if (id === undefined || id === chosen) return;
  chosen = id;
  choose("", []);
  restyle({ answer: id });
  markRows("answers", [id]);
  byId("chosen-answer").textContent = said[id];
  followCharts();
  compareAnswers();
}

// Charts with a mark for each answer; the one that is chosen in them is shown by all.
const charted = () => models().filter(({ name }) => name?.endsWith("answers"));
function followCharts() {
  for (const { selected, data: { id } } of charted()) selected.indices = [[...id].indexOf(chosen)];
}

// The rows of both, and how far one is from the other.
function compareAnswers() {
  if (byId("versus").toggleAttribute("hidden", [null, chosen].includes(pinned))) return;
  const table = byId("table-answers").cloneNode(true);
  for (const own of ["id", "data-layer"]) table.removeAttribute(own);
  const [was, is, change] = [pinned, chosen, chosen].map((id) => rowOf(id).cloneNode(true));
  was.hidden = is.hidden = change.hidden = false;
  for (const [i, cell] of [...change.cells].entries()) {
    const [from, to] = [was, is].map(({ cells }) => parseFloat(cells[i].dataset.value));
    cell.textContent = !i ? "Change" : isFinite(to / from) ? `${(100 * to / from - 100).toFixed(1)} %`.replace("-", "−") : "–";
  }
  table.tBodies[0].replaceChildren(was, is, change);
  table.caption.textContent = `${said[chosen]} – against ${said[pinned]}`;
  for (const button of table.querySelectorAll("button")) button.replaceWith(button.textContent);
  byId("versus").replaceChildren(table);
}

byId("pin")?.addEventListener("click", ({ target }) => {
  pinned = chosen;
  target.textContent = `Pinned: ${rowOf(pinned).cells[0].textContent}; choose another to compare`;
  compareAnswers();
});
