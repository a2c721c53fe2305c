// The workbench: fields of a study and its sites on the map of the report's page. Replies of the
// server name parts of the page and what they show: solves, errors and answers.
const form = byId("controls");
const fields = [...form.querySelectorAll("[name]")];
const picks = byId("picks");
const token = new URLSearchParams(location.search).get("token");
const address = (path, more) => `${path}?${new URLSearchParams({ ...more, token })}`;
const entered = (box) => Object.fromEntries(new FormData(box));
let sites = {};

async function ask(path, query, body) {
  const headers = { "Content-Type": "application/json" };
  const post = body && { method: "POST", body: JSON.stringify(body), headers };
  return show(await (await fetch(address(path, query), post)).json());
}

function show(found) {
  for (const [id, html] of Object.entries(found.parts ?? {})) byId(id).innerHTML = html;
  if (found.error && !found.parts) byId("faults").textContent = found.error;
  return found;
}

// --- fields: what was entered outlives a reload ---------------------------------------------------
function marked() {
  for (const field of fields) {
    field.setCustomValidity("");
    field.closest(".row")?.classList.toggle("changed", field.value.trim() !== field.dataset.base);
    if (field.previousElementSibling?.type === "range") field.previousElementSibling.value = field.value;
  }
  sessionStorage.setItem(form.dataset.study, JSON.stringify(entered(form)));
  drawSites();
}

function take(values) {
  for (const field of fields) field.value = values[field.name] ?? field.dataset.base;
  byId("faults").replaceChildren();
  marked();
}

async function solve() {
  const { faults = [] } = await ask("solve", {}, { changes: entered(form) });
  marked();
  for (const { key, problem, remedy } of faults) {
    const field = form.elements[key] ?? form.elements[key.replace(/\[\d+\]$/, "")];
    field?.setCustomValidity(`${problem}. ${remedy}`);
    field?.closest("details").setAttribute("open", "");
  }
  form.reportValidity();
}

form.addEventListener("submit", (event) => { event.preventDefault(); solve(); });
form.addEventListener("reset", (event) => { event.preventDefault(); take({}); });
form.addEventListener("input", ({ target }) => {
  if (target.type === "range") target.nextElementSibling.value = target.value;
  marked();
});
form.addEventListener("change", () => byId("at-once").checked && solve());

// --- map: a click pins a site open, a second one closed, a third one frees it -----------------------
const pins = ["limits.open", "limits.closed"].map((name) => form.elements[name]);
const pinned = () => pins.map(({ value }) => value.match(/[^\s,[\]"']+/g) ?? []);
const hover = (top) => (byId("map-words").textContent = top?.feature.get("card") ?? "");

function drawSites() {
  const [open, shut] = pinned();
  const source = maps.get("map").layers.sites.getSource();
  for (const site of source.getFeatures()) {
    const id = site.get("id");
    const plain = { radius: 4.5, was: 0, open: 0, card: `${site.get("text")} (${id})` };
    const pin = open.includes(id) ? "pinned" : shut.includes(id) ? "shut" : "";
    site.setProperties({ ...plain, ...sites[id], pin }, true);
  }
  source.changed();
}

function choose(layer, [id]) {
  if (id === undefined) return;
  const next = pinned().findIndex((names) => names.includes(id)) + 1;
  for (const [k, names] of pinned().entries())
    pins[k].value = [...names.filter((name) => name !== id), ...(k === next ? [id] : [])].join(", ");
  for (const type of ["input", "change"]) pins[0].dispatchEvent(new Event(type, { bubbles: true }));
}

// --- solves and answers: with a new one, the last two are shown; else those that were chosen stay --
async function compare() {
  const { map } = await ask("differences", entered(picks));
  const flows = maps.get("map").layers.flows.getSource();
  flows.clear();
  flows.addFeatures(shapes(map.flows)("flows"));
  ({ sites } = map);
  drawSites();
}

function news({ answers, ...found }) {
  show(found);
  byId("lost").hidden = true;
  document.body.dataset.ready = "yes";
  if (!answers.of || answers.of === picks.dataset.of) return;
  picks.dataset.of = answers.of;
  picks.innerHTML = answers.picks;
  compare();
}

picks.addEventListener("change", compare);
byId("answers").addEventListener("click", ({ target: { dataset: { end, copy, values } } }) => {
  if (end) ask("end", {}, JSON.parse(end));
  if (copy) navigator.clipboard.writeText(copy);
  if (values) take(JSON.parse(values));
});

// A browser opens few streams to one server: only the tabs that are seen have one.
let stream;
function listen() {
  stream?.close();
  if (document.hidden) return;
  stream = new EventSource(address("events"));
  stream.onmessage = ({ data }) => news(JSON.parse(data));
  stream.onerror = () => (byId("lost").hidden = false);
}
document.addEventListener("visibilitychange", listen);

startMaps();
take(JSON.parse(sessionStorage.getItem(form.dataset.study) ?? "{}"));
listen();
