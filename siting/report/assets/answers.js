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
  byId("versus").hidden = pinned === null || pinned === chosen;
  if (byId("versus").hidden) return;
  const rows = [pinned, chosen, chosen].map((id) => rowOf(id).cloneNode(true));
  [...rows[2].cells].forEach((cell, i) => {
    const [was, is] = rows.map((row) => parseFloat(row.cells[i].dataset.value));
    cell.textContent = i ? (was ? `${(100 * (is / was - 1)).toFixed(1)} %` : "–") : "Change";
  });
  const table = document.createElement("table");
  table.createCaption().textContent = `${said[chosen]} – against ${said[pinned]}`;
  table.append(rowOf(chosen).closest("table").tHead.cloneNode(true), ...rows);
  for (const button of table.querySelectorAll("button")) button.replaceWith(button.textContent);
  byId("versus").replaceChildren(table);
}

byId("pin")?.addEventListener("click", ({ target }) => {
  pinned = chosen;
  target.textContent = `Pinned: ${rowOf(pinned).cells[0].textContent}; choose another to compare`;
  compareAnswers();
});
