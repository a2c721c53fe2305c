"use strict";
// The page: cards beside the pointer, places chosen in maps and tables, and charts, which are drawn
// when their tab is opened first. Names of the data enter the page as text content only.
const siting = (() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const drawn = [];

  // --- charts ------------------------------------------------------------------------------
  const colour = (role) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--map-${role}`).trim();
  const models = () => globalThis.Bokeh?.documents.flatMap((each) => [...each.all_models]) ?? [];
  const find = (name) => models().find((model) => model.name === name);

  // A tag of a model says which of its colours is one of the page: text_color:ink, and of marks,
  // which could have a colour each, line_color=paper.
  function paint() {
    for (const model of models()) for (const tag of model.tags) {
      const [, what, sign, role] = tag.match(/(\w+)([:=])(\w+)/);
      model[what] = sign === "=" ? { value: colour(role) } : colour(role);
    }
    siting.maps.restyle();
  }

  async function embed(key) {
    const figures = byId(`figures-${key}`);
    if (!figures) return;
    figures.remove();
    if (!globalThis.Bokeh) {
      const text = byId("bokeh").textContent;
      document.head.append(Object.assign(document.createElement("script"), { text }));
    }
    const { docs, items } = JSON.parse(figures.textContent);
    await Bokeh.embed.embed_items(docs, items);
    paint();
    for (const step of drawn) step();
    chart(byId("chosen-site")?.value);
  }

  // What the charts of a site show of another one, by the names of what changes in them.
  function chart(site) {
    if (byId("chosen-site")) byId("chosen-site").value = site;
    for (const [name, change] of Object.entries(data.charts?.[site] ?? {})) {
      const model = find(name);
      if (model) Object.assign(model, change.data ? { data: { ...model.data, ...change.data } } : change);
    }
  }

  // --- cards beside the pointer --------------------------------------------------------------
  function cardOf({ feature, picks }) {
    const key = CSS.escape(feature.get("id") ?? "");
    const whole = document.querySelector(`article[data-card="${key}"]`);
    const row = document.querySelector(`table[data-layer="${picks}"] tr[data-key="${key}"]`);
    const card = picks === "sites" && whole?.cloneNode(true);
    const textContent = feature.get("card") ?? (row && factsOf(row));
    return card || (textContent && Object.assign(document.createElement("article"), { className: "card", textContent }));
  }

  // What a row of a table says of a place that was not chosen.
  function factsOf({ cells: [name, ...cells], parentNode }) {
    const heads = parentNode.parentNode.tHead.rows[0].cells;
    const facts = cells.map((cell) => `${heads[cell.cellIndex].textContent}: ${cell.textContent}`);
    return [name.textContent, "Not chosen", ...facts.filter((fact) => !fact.endsWith(": –"))].join("\n");
  }

  function hover(top, { clientX: x, clientY: y } = {}) {
    const float = byId("hover-card");
    const card = top && cardOf(top);
    float.hidden = !card;
    if (!card) return;
    float.replaceChildren(card);
    const { width, height } = float.getBoundingClientRect();
    float.style.left = `${Math.max(x + 18 + width > innerWidth ? x - width - 18 : x + 18, 4)}px`;
    float.style.top = `${Math.max(Math.min(y - 20, innerHeight - height - 8), 4)}px`;
  }

  // --- choosing places and answers ------------------------------------------------------------
  function choose(layer, ids) {
    if (layer === "answers") return siting.answer(ids[0]);
    siting.maps.mark(layer, ids);
    for (const each of ["sites", "candidates"]) marked(each, each === layer ? ids : []);
    if (layer === "sites" && ids.length === 1) chart(ids[0]);
  }

  function marked(layer, ids) {
    const chosen = new Set(ids);
    for (const row of document.querySelectorAll(`table[data-layer="${layer}"] tbody tr`)) {
      row.classList.toggle("chosen", chosen.has(row.dataset.key));
      row.querySelector("button").setAttribute("aria-pressed", chosen.has(row.dataset.key));
    }
  }

  function listen() {
    document.addEventListener("click", ({ target }) => {
      const row = target.closest("tr[data-key]");
      const layer = row?.closest("table").dataset.layer;
      if (layer) choose(layer, row.classList.contains("chosen") && layer !== "answers" ? [] : [row.dataset.key]);
    });
    byId("chosen-site")?.addEventListener("change", ({ target }) => choose("sites", [target.value]));
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", paint);
    byId("theme").addEventListener("click", () => {
      const { dataset } = document.documentElement;
      dataset.theme = (dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
      paint();
    });
  }

  async function start() {
    siting.maps.start();
    listen();
    await embed("lead");
    siting.answer?.(data.answers.first);
    await siting.tabs();
    document.documentElement.dataset.ready = "yes";
  }

  return { choose, colour, data, embed, find, hover, marked, start, onDrawn: (step) => drawn.push(step) };
})();
