// The page: cards beside the pointer, places chosen in maps and tables, and charts, which are drawn
// when their tab is opened first. Names of the data enter the page as text content only.
const data = JSON.parse(byId("data").textContent);

// --- charts --------------------------------------------------------------------------------
const models = () => globalThis.Bokeh?.documents.flatMap((each) => [...each.all_models]) ?? [];
const find = (name) => models().find((model) => model.name === name);

// A tag of a model says which of its colours is one of the page: text_color:ink, and of marks,
// which could have a colour each, line_color=paper.
function paint() {
  for (const model of models()) for (const tag of model.tags) {
    const [, what, sign, role] = tag.match(/(\w+)([:=])(\w+)/);
    model[what] = sign === "=" ? { value: colour(role) } : colour(role);
  }
}

async function embed(key) {
  const figures = byId(`figures-${key}`);
  if (!figures) return;
  figures.remove();
  const text = byId("bokeh").textContent;
  if (!globalThis.Bokeh) document.head.append(Object.assign(document.createElement("script"), { text }));
  const { docs, items } = JSON.parse(figures.textContent);
  await Bokeh.embed.embed_items(docs, items);
  for (const { selected, data: { id } } of charted())
    selected.properties.indices.change.connect(() => showAnswer(id[selected.indices[0]]));
  paint();
  followCharts();
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

// --- cards beside the pointer: that of the feature, the whole one of a site, or the row of a table
function cardOf({ feature, picks, id }) {
  const own = feature.get("card");
  const known = (where) => own ? null : document.querySelector(`${where}="${CSS.escape(id)}"]`);
  const whole = known("article[data-card");
  if (whole) return whole.cloneNode(true);
  const row = known(`table[data-layer="${picks}"] tr[data-key`);
  const heads = row?.closest("table").tHead.rows[0].cells;
  const facts = [...row?.cells ?? []].map(({ cellIndex: i, textContent: said }) =>
    (i ? `${heads[i].textContent}: ${said}` : `${said}\nNot chosen`));
  const textContent = own ?? facts.filter((fact) => !fact.endsWith(": –")).join("\n");
  return textContent && Object.assign(document.createElement("article"), { className: "card", textContent });
}

function hover(top, { clientX: x, clientY: y } = {}) {
  const [float, card] = [byId("hover-card"), top && cardOf(top)];
  if (float.toggleAttribute("hidden", !card)) return;
  float.replaceChildren(card);
  float.classList.toggle("left", x > innerWidth / 2);
  float.style.cssText = `--x: ${x}px; --y: ${y}px`;
}

// --- choosing places and answers --------------------------------------------------------------
function choose(layer, ids) {
  if (layer === "answers") return showAnswer(ids[0]);
  mark(layer, ids);
  for (const each of ["sites", "candidates"]) markRows(each, each === layer ? ids : []);
  if (layer === "sites" && ids.length === 1) chart(ids[0]);
}

function markRows(layer, ids) {
  const chosen = new Set(ids);
  for (const row of document.querySelectorAll(`table[data-layer="${layer}"] tbody tr`))
    row.querySelector("button").ariaPressed = row.classList.toggle("chosen", chosen.has(row.dataset.key));
}

document.addEventListener("click", ({ target }) => {
  const row = target.closest("tr[data-key]");
  const layer = row?.closest("table").dataset.layer;
  if (layer) choose(layer, row.classList.contains("chosen") && layer !== "answers" ? [] : [row.dataset.key]);
});
byId("chosen-site")?.addEventListener("change", ({ target }) => choose("sites", [target.value]));

dark.addEventListener("change", paint);
byId("theme").addEventListener("click", () => {
  root.dataset.theme = (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
  paint();
  restyle();
});

// The text is painted first, then the map is built. A page around this one may use `siting`.
siting.find = find;
requestAnimationFrame(() => setTimeout(async () => {
  startMaps();
  await embed("lead");
  showAnswer(first);
  await openNamed();
  root.dataset.ready = "yes";
}));
