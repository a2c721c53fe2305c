"use strict";
// Pages of several answers: choosing one, in a chart or in the table, shows its sites on the map.
(() => {
  const answers = siting.data.answers;
  if (!answers) return;
  const MAP = "map";
  let shown = null;

  function show(id) {
    if (id === shown || !answers.sites[id]) return;
    shown = id;
    const { facts, ...columns } = answers.sites[id];
    siting.data.maps[0].facts.sites = facts;
    siting.choose("", []);
    siting.maps.replace(MAP, "sites", columns);
    siting.maps.replace(MAP, "labels", columns);
    for (const name of ["answers", "parallel:answers"]) {
      const source = siting.find(name);
      const i = source ? [...source.data.id].indexOf(id) : -1;
      if (i >= 0 && String(source.selected.indices) !== String([i])) source.selected.indices = [i];
    }
    siting.marked("answers", [id]);
    document.dispatchEvent(new CustomEvent("answer", { detail: id }));
    const said = document.getElementById("chosen-answer");
    if (said) said.textContent = `${answers.titles[id]}: ${list(facts)}`;
  }

  const list = (facts) =>
    facts.map((fact) => `${fact.title} ${fact.rows[0][1]}`).join(", ") || "no site";

  siting.onChoose((layer, ids) => {
    if (layer !== "answers") return false;
    if (ids.length === 1) show(ids[0]);
    return true;
  });

  const heard = new Set();
  function listen() {
    for (const name of ["answers", "parallel:answers"]) {
      const source = siting.find(name);
      if (!source || heard.has(name)) continue;
      heard.add(name);
      source.selected.connect(source.selected.properties.indices.change, () => {
        const i = source.selected.indices[0];
        if (i !== undefined) show([...source.data.id][i]);
      });
      if (shown) source.selected.indices = [[...source.data.id].indexOf(shown)];
    }
  }

  siting.onDrawn(listen);
  siting.onStart(() => {
    listen();
    show(answers.first);
  });
})();
