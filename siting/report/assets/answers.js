// Pages of several answers: the chosen one on the map and in the charts, beside the pinned one.
const { said, first } = data.answers ?? {};
const rowOf = (id) => document.querySelector(`#table-answers tr[data-key="${CSS.escape(id)}"]`);
const heard = new Set();
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

// A mark that is chosen in a chart chooses its answer, and the other way round.
function followCharts() {
  for (const source of ["answers", "parallel:answers"].map(find).filter(Boolean)) {
    const { selected, data: { id } } = source;
    const at = [...id].indexOf(chosen);
    if (selected.indices[0] !== at) selected.indices = [at];
    if (!heard.has(source)) selected.properties.indices.change.connect(() => showAnswer(id[selected.indices[0]]));
    heard.add(source);
  }
}

// The rows of both, and how far one is from the other.
function compareAnswers() {
  if (byId("versus").toggleAttribute("hidden", [null, chosen].includes(pinned))) return;
  const table = rowOf(chosen).closest("table").cloneNode();
  for (const own of ["id", "data-layer"]) table.removeAttribute(own);
  const [was, is, change] = [pinned, chosen, chosen].map((id) => rowOf(id).cloneNode(true));
  was.hidden = is.hidden = change.hidden = false;
  for (const [i, cell] of [...change.cells].entries()) {
    const [from, to] = [was, is].map(({ cells }) => parseFloat(cells[i].dataset.value));
    cell.textContent = !i ? "Change" : isFinite(to / from) ? `${(100 * to / from - 100).toFixed(1)} %` : "–";
  }
  table.append(rowOf(chosen).closest("table").tHead.cloneNode(true), was, is, change);
  table.createCaption().textContent = `${said[chosen]} – against ${said[pinned]}`;
  for (const button of table.querySelectorAll("button")) button.replaceWith(button.textContent);
  byId("versus").replaceChildren(table);
}

byId("pin")?.addEventListener("click", ({ target }) => {
  pinned = chosen;
  target.textContent = `Pinned: ${rowOf(pinned).cells[0].textContent}; choose another to compare`;
  compareAnswers();
});
