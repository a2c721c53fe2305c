"use strict";
// Live figures: embeds them, and ties maps, tables, cards and charts together. Names of the data
// enter the page as text content only.
const siting = (() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("data");
  const byName = new Map();
  const pointer = { x: 0, y: 0 };
  const choosers = [];
  const steps = [];
  const drawn = [];
  let chosenSite = null;

  const find = (name) => byName.get(name);
  const colour = (role) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--map-${role}`).trim();

  function index(model) {
    if (model.name) byName.set(model.name, model);
  }

  // --- colours of the page -----------------------------------------------------------------
  // A tag of a model says which of its colours is one of the page: text_color:ink, and of marks,
  // which could have a colour each, line_color=paper.
  function paint() {
    for (const model of models()) {
      for (const tag of model.tags ?? []) {
        const [, what, sign, role] = tag.match(/(\w+)([:=])(\w+)/);
        model[what] = sign === "=" ? { value: colour(role) } : colour(role);
      }
    }
    siting.maps.repaint();
  }

  const models = () => Bokeh.documents.flatMap((each) => [...each.all_models]);

  function themeButton() {
    const button = document.getElementById("theme");
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const now = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
    const say = () => (button.textContent = now() === "dark" ? "Light page" : "Dark page");
    button?.addEventListener("click", () => {
      document.documentElement.dataset.theme = now() === "dark" ? "light" : "dark";
      say();
      paint();
    });
    dark.addEventListener("change", paint);
    if (button) say();
  }

  // --- cards beside the pointer --------------------------------------------------------------
  function factsCard(facts) {
    const card = document.createElement("article");
    card.className = "card";
    const title = document.createElement("h3");
    title.textContent = facts.title;
    const list = document.createElement("dl");
    for (const [name, value] of facts.rows) {
      const term = document.createElement("dt");
      const said = document.createElement("dd");
      term.textContent = name;
      said.textContent = value;
      list.append(term, said);
    }
    card.append(title, list);
    return card;
  }

  function cardOf(map, { layer, i }) {
    const facts = data.maps.find((each) => each.name === map.name)?.facts[layer];
    if (facts) return factsCard(facts[i]);
    const id = map.layers.find((each) => each.name === layer).columns.id[i];
    const made = document.querySelector(`article[data-card="${CSS.escape(id)}"]`);
    if (made) return made.cloneNode(true);
    const row = document.querySelector(`table[data-layer="${layer}"] tr[data-key="${CSS.escape(id)}"]`);
    return row && factsCard(factsOf(row));
  }

  // What a row of a table says of a candidate.
  function factsOf(row) {
    const heads = [...row.closest("table").tHead.rows[0].cells].map((head) => head.textContent);
    const [title, ...said] = [...row.cells].map((cell) => cell.textContent);
    const rows = said.map((words, i) => [heads[i + 1], words]).filter(([, words]) => words !== "–");
    return { title, rows: [["Not chosen", ""], ...rows] };
  }

  // Shows the card of what a map has under the pointer, or hides it.
  function hover(map, under) {
    const float = document.getElementById("hover-card");
    const card = under && cardOf(map, under);
    float.hidden = !card;
    if (!card) return;
    float.replaceChildren(card);
    const { width, height } = float.getBoundingClientRect();
    const left = pointer.x + 18 + width > innerWidth ? pointer.x - width - 18 : pointer.x + 18;
    float.style.left = `${Math.max(left, 4)}px`;
    float.style.top = `${Math.max(Math.min(pointer.y - 20, innerHeight - height - 8), 4)}px`;
  }

  function follow() {
    document.addEventListener("pointermove", (event) => {
      pointer.x = event.clientX;
      pointer.y = event.clientY;
    }, true);
  }

  // --- choosing places, on maps and in tables -------------------------------------------------
  function choose(layer, ids) {
    for (const chooser of choosers) if (chooser(layer, ids)) return;
    siting.maps.mark(layer, ids);
    for (const each of ["sites", "candidates"]) marked(each, each === layer ? ids : []);
  }

  function marked(layer, ids) {
    const chosen = new Set(ids);
    for (const row of document.querySelectorAll(`table[data-layer="${layer}"] tbody tr`)) {
      row.classList.toggle("chosen", chosen.has(row.dataset.key));
      row.querySelector("button.pick")?.setAttribute("aria-pressed", chosen.has(row.dataset.key));
    }
    if (layer === "sites" && ids.length === 1) chart(ids[0]);
  }

  function tables() {
    for (const table of document.querySelectorAll("table[data-layer]")) {
      table.tBodies[0].addEventListener("click", (event) => {
        const row = event.target.closest("tr[data-key]");
        if (!row) return;
        const again = row.classList.contains("chosen");
        choose(table.dataset.layer, again ? [] : [row.dataset.key]);
      });
    }
  }

  function filters() {
    for (const input of document.querySelectorAll("input[data-filter]")) {
      const table = document.getElementById(input.dataset.filter);
      input.addEventListener("input", () => {
        const words = input.value.trim().toLocaleLowerCase();
        const rows = [...table.tBodies[0].rows];
        for (const row of rows) {
          row.hidden = !row.textContent.toLocaleLowerCase().includes(words);
        }
        const left = rows.filter((row) => !row.hidden);
        input.closest(".filter").querySelector("output").textContent = `${left.length} of ${rows.length}`;
        if (table.dataset.layer) {
          choose(table.dataset.layer, words ? left.map((row) => row.dataset.key) : []);
        }
      });
    }
  }

  // --- charts of one site ---------------------------------------------------------------------
  function chart(site) {
    const charts = data.charts;
    if (!charts || !charts.dispatch[site]) return;
    chosenSite = site;
    const select = document.getElementById("chosen-site");
    if (select && select.value !== site) select.value = site;
    for (const [column, sites] of Object.entries(charts.monthly)) {
      const source = find(`chart:${column}`);
      if (!source) return;
      source.data = { month: [...source.data.month], value: sites[site] };
    }
    for (const [stack, [first, end, title]] of Object.entries(charts.windows[site])) {
      find(`chart-${stack}`).title.text = title;
      restack(stack, charts.dispatch[site], first, end);
    }
  }

  // Stacks what each source gives between two slices, what is below zero downwards.
  function restack(stack, own, first, end) {
    const up = Array(end - first).fill(0);
    const down = Array(end - first).fill(0);
    for (const name of data.charts.sources) {
      const source = find(`${stack}:${name}`);
      const power = up.map((_, i) => own[name]?.[first + i] ?? 0);
      const bottom = power.map((mw, i) => (mw < 0 ? down[i] : up[i]));
      const top = bottom.map((base, i) => base + power[i]);
      source.data = { left: [...source.data.left], right: [...source.data.right], bottom, top };
      power.forEach((mw, i) => {
        up[i] += Math.max(mw, 0);
        down[i] += Math.min(mw, 0);
      });
    }
  }

  // Figures of a tab, or with an empty key those of the first screen, are drawn once, when needed.
  const figures = read("figures");
  async function embed(key) {
    const own = figures[key];
    if (!own) return;
    delete figures[key];
    if (own.items[0].root_ids.length) await Bokeh.embed.embed_items(own.docs, own.items);
    for (const model of models()) index(model);
    paint();
    for (const step of drawn) step(key);
  }

  async function start() {
    siting.maps.start();
    await embed("");
    themeButton();
    follow();
    tables();
    filters();
    const select = document.getElementById("chosen-site");
    select?.addEventListener("change", () => choose("sites", [select.value]));
    for (const step of steps) step();
    siting.onDrawn(() => chosenSite && chart(chosenSite));
    await siting.tabs();
    document.documentElement.dataset.ready = "yes";
  }

  return {
    data, colour, find, choose, chart, embed, hover, marked, paint, start,
    onDrawn: (step) => drawn.push(step),
    onChoose: (chooser) => choosers.push(chooser),
    onStart: (step) => steps.push(step),
  };
})();
