"use strict";
// Pages of several answers: the chosen one on the map and in the charts, beside the pinned one.
siting.answer = siting.data.answers && (() => {
  const { said } = siting.data.answers;
  const byId = (id) => document.getElementById(id);
  const charts = () => ["answers", "parallel:answers"].map(siting.find).filter(Boolean);
  const rowOf = (id) => document.querySelector(`#table-answers tr[data-key="${CSS.escape(id)}"]`);
  const heard = new Set();
  let [chosen, pinned] = [null, null];

  function show(id) {
    if (id === undefined || id === chosen) return;
    chosen = id;
    siting.choose("", []);
    siting.maps.restyle({ answer: id });
    siting.marked("answers", [id]);
    byId("chosen-answer").textContent = said[id];
    follow();
    compare();
  }

  // A mark that is chosen in a chart chooses its answer, and the other way round.
  function follow() {
    for (const source of charts()) {
      const { selected } = source;
      const ids = [...source.data.id];
      const at = ids.indexOf(chosen);
      if (selected.indices[0] !== at) selected.indices = [at];
      if (!heard.has(source)) selected.properties.indices.change.connect(() => show(ids[selected.indices[0]]));
      heard.add(source);
    }
  }

  // The rows of both, and how far one is from the other.
  function compare() {
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

  byId("pin").addEventListener("click", ({ target }) => {
    pinned = chosen;
    target.textContent = `Pinned: ${rowOf(pinned).cells[0].textContent}; choose another to compare`;
    compare();
  });
  siting.onDrawn(follow);
  return show;
})();
