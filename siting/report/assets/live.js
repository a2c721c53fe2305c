"use strict";
// Live figures: embeds them, and ties maps, tables, cards and charts together. Names of the data
// enter the page as text content only.
const siting = (() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("data");
  const LAYERS = ["sites", "often", "demand", "flows", "flows-lost", "candidates"];
  // Sources whose places can be chosen; a site is also chosen where its frequency is drawn.
  const PLACES = ["candidates", "often", "sites"];
  const layerOf = (name) => (name === "often" ? "sites" : name);
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
  function paint() {
    for (const model of models()) {
      for (const tag of model.tags ?? []) {
        const [what, role] = String(tag).split(":");
        if (what === "fill") model.fill_color = { value: colour(role) };
        if (what === "line") model.line_color = { value: colour(role) };
        if (what === "ink") {
          model.text_color = { value: colour(role) };
        }
        if (what === "span") model.line_color = colour(role);
        if (what === "text") model.text_color = { value: colour(role) };
        if (what === "text") model.background_fill_color = { value: colour("paper") };
        if (what === "bar") paintBar(model, role);
        if (what === "page") paintPlot(model, role);
      }
    }
  }

  function paintBar(bar, role) {
    bar.background_fill_color = colour("paper");
    bar.bar_line_color = bar.label_text_color = colour(role);
  }

  function paintPlot(plot, role) {
    plot.background_fill_color = colour(role);
    plot.border_fill_color = colour("paper");
    for (const part of plot.right) {
      if (part.type === "ColorBar") part.major_label_text_color = colour("muted");
    }
    for (const part of [...plot.below, ...plot.left]) {
      part.major_label_text_color = part.axis_label_text_color = colour("muted");
      part.axis_line_color = part.major_tick_line_color = colour("frame");
    }
    for (const part of plot.center) {
      if (part.type === "Grid" && part.dimension === 1) part.grid_line_color = colour("graticule");
    }
    if (plot.title?.text_color !== undefined) plot.title.text_color = colour("ink");
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

  // --- layers ------------------------------------------------------------------------------
  function showLayer(layer, on) {
    for (const map of data.maps) {
      for (const renderer of find(map.name).renderers) {
        if (renderer.name === layer) renderer.visible = on;
      }
    }
    for (const key of document.querySelectorAll(`[data-key-of="${layer}"]`)) key.hidden = !on;
  }

  function layerSwitches() {
    for (const box of document.querySelectorAll("input[data-layer]")) {
      box.addEventListener("change", () => showLayer(box.dataset.layer, box.checked));
      showLayer(box.dataset.layer, box.checked);
    }
  }

  // --- names on the map: the first come first, and none touches another or a symbol -----------
  const canvas = document.createElement("canvas").getContext("2d");

  function declutter(map) {
    const plot = find(map.name);
    const source = find(`${map.name}:labels`);
    const box = document.getElementById(`figure-${map.name}`).getBoundingClientRect();
    if (!source || !box.width) return;
    canvas.font = "bold 12px sans-serif";
    const at = ({ start, end }, value, length) => ((value - start) / (end - start)) * length;
    const { x, y, text, size, offset } = source.data;
    const spots = [...text].map((words, i) => ({
      words, left: at(plot.x_range, x[i], box.width), top: at(plot.y_range, y[i], box.height),
      half: size[i] / 2, from: offset[i], width: canvas.measureText(words).width,
    }));
    const taken = spots.map((s) => [s.left - s.half, s.top - s.half, s.left + s.half, s.top + s.half]);
    const shown = spots.map((s) => {
      const own = [s.left + s.from, s.top - 7, s.left + s.from + s.width, s.top + 7];
      const free = own[2] < box.width && !taken.some((other) =>
        own[0] < other[2] && other[0] < own[2] && own[1] < other[3] && other[1] < own[3]);
      if (free) taken.push(own);
      return free ? s.words : "";
    });
    if (shown.some((words, i) => words !== source.data.shown[i])) {
      source.data = { ...source.data, shown };
    }
  }

  function labels() {
    for (const map of data.maps) {
      let waiting = false;
      const later = () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          declutter(map);
        });
      };
      for (const range of [find(map.name).x_range, find(map.name).y_range]) {
        range.connect(range.change, later);
      }
      addEventListener("resize", later);
      declutter(map);
    }
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

  function cardOf(map, layer, i) {
    if (map.facts[layer]) return factsCard(map.facts[layer][i]);
    const id = find(`${map.name}:${layer}`).data.id[i];
    const made = document.querySelector(`article[data-card="${CSS.escape(id)}"]`);
    return made ? made.cloneNode(true) : null;
  }

  function hover() {
    const float = document.getElementById("hover-card");
    for (const map of data.maps) {
      for (const layer of LAYERS) {
        const source = find(`${map.name}:${layer}`);
        source?.connect(source.inspect, () => show(float, map));
      }
    }
    document.addEventListener("pointermove", (event) => {
      pointer.x = event.clientX;
      pointer.y = event.clientY;
      if (!event.target.closest?.(".map")) float.hidden = true;
    });
  }

  function show(float, map) {
    for (const layer of LAYERS) {
      const source = find(`${map.name}:${layer}`);
      let i = source?.inspected.indices[0];
      if (i === undefined) continue;
      if (layer.startsWith("flows")) i = source.data.row[i];
      const card = cardOf(map, layer, i);
      if (!card) continue;
      float.replaceChildren(card);
      float.hidden = false;
      const { width, height } = float.getBoundingClientRect();
      const left = pointer.x + 18 + width > innerWidth ? pointer.x - width - 18 : pointer.x + 18;
      float.style.left = `${Math.max(left, 4)}px`;
      float.style.top = `${Math.max(Math.min(pointer.y - 20, innerHeight - height - 8), 4)}px`;
      return;
    }
    float.hidden = true;
  }

  // --- choosing places, on maps and in tables -------------------------------------------------
  function choose(layer, ids) {
    for (const chooser of choosers) if (chooser(layer, ids)) return;
    const wanted = new Set(ids);
    for (const map of data.maps) {
      for (const name of PLACES) {
        const source = find(`${map.name}:${name}`);
        if (!source) continue;
        const places = [...source.data.id];
        const found = layerOf(name) === layer ? places.flatMap((id, i) => (wanted.has(id) ? [i] : [])) : [];
        if (String(source.selected.indices) !== String(found)) source.selected.indices = found;
      }
    }
  }

  function marked(layer, ids) {
    const chosen = new Set(ids);
    for (const row of document.querySelectorAll(`table[data-layer="${layer}"] tbody tr`)) {
      row.classList.toggle("chosen", chosen.has(row.dataset.key));
      row.querySelector("button.pick")?.setAttribute("aria-pressed", chosen.has(row.dataset.key));
    }
    if (layer === "sites" && ids.length === 1) chart(ids[0]);
  }

  function selections() {
    for (const map of data.maps) {
      for (const name of PLACES) {
        const source = find(`${map.name}:${name}`);
        source?.selected.connect(source.selected.properties.indices.change, () => {
          const ids = source.selected.indices.map((i) => source.data.id[i]);
          if (ids.length) choose(layerOf(name), ids);
          marked(layerOf(name), ids);
        });
      }
    }
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

  // --- moving a map without a mouse -----------------------------------------------------------
  function zoom(plot, factor) {
    for (const range of [plot.x_range, plot.y_range]) {
      const middle = (range.start + range.end) / 2;
      const half = Math.max(((range.end - range.start) / 2) * factor, range.min_interval / 2);
      setRange(range, middle - half, middle + half);
    }
  }

  function setRange(range, start, end) {
    const [low, high] = range.bounds;
    const width = Math.min(end - start, high - low);
    const from = Math.min(Math.max(start, low), high - width);
    range.setv({ start: from, end: from + width });
  }

  function move(plot, right, up) {
    const steps = [[plot.x_range, right], [plot.y_range, up]];
    for (const [range, share] of steps) {
      const by = (range.end - range.start) * share;
      setRange(range, range.start + by, range.end + by);
    }
  }

  function reset(plot) {
    for (const range of [plot.x_range, plot.y_range]) {
      range.setv({ start: range.reset_start, end: range.reset_end });
    }
  }

  const KEYS = {
    ArrowLeft: (plot) => move(plot, -0.15, 0),
    ArrowRight: (plot) => move(plot, 0.15, 0),
    ArrowUp: (plot) => move(plot, 0, 0.15),
    ArrowDown: (plot) => move(plot, 0, -0.15),
    "+": (plot) => zoom(plot, 1 / 1.5),
    "-": (plot) => zoom(plot, 1.5),
    0: reset,
  };

  function keyboard() {
    for (const map of data.maps) {
      const plot = find(map.name);
      const box = document.getElementById(`figure-${map.name}`).closest(".map");
      box.addEventListener("keydown", (event) => {
        const act = KEYS[event.key];
        if (!act || event.target.closest("button, input, select")) return;
        event.preventDefault();
        act(plot);
      });
      for (const button of box.querySelectorAll("button[data-move]")) {
        button.addEventListener("click", () => KEYS[button.dataset.move](plot));
      }
    }
  }

  // Figures of a tab, or with an empty key those of the first screen, are drawn once, when needed.
  const figures = read("figures");
  async function embed(key) {
    const own = figures[key];
    if (!own) return;
    delete figures[key];
    await Bokeh.embed.embed_items(own.docs, own.items);
    for (const model of models()) index(model);
    paint();
    for (const step of drawn) step(key);
  }

  async function start() {
    await embed("");
    themeButton();
    layerSwitches();
    hover();
    selections();
    filters();
    keyboard();
    labels();
    const select = document.getElementById("chosen-site");
    select?.addEventListener("change", () => choose("sites", [select.value]));
    for (const step of steps) step();
    siting.onDrawn(() => chosenSite && chart(chosenSite));
    await siting.tabs();
    document.documentElement.dataset.ready = "yes";
  }

  return {
    data, find, choose, chart, declutter, embed, marked, paint, start,
    onDrawn: (step) => drawn.push(step),
    onChoose: (chooser) => choosers.push(chooser),
    onStart: (step) => steps.push(step),
  };
})();
