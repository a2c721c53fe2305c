"use strict";
// The workbench: fields of a study, its sites on a map, solves and answers. What is shown of solves
// and answers is made by the server; the map is that of the report's page.
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("controls");
  const fields = [...form.querySelectorAll("[name]")];
  const token = new URLSearchParams(location.search).get("token") ?? "";
  const address = (path, more = {}) => `${path}?${new URLSearchParams({ ...more, token })}`;
  const words = (field) => field.value.replace(/[[\]"']/g, "").split(",").map((word) => word.trim()).filter(Boolean);
  let [now, answers] = [{}, ""];

  async function post(path, body) {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(address(path), { method: "POST", body: JSON.stringify(body), headers });
    return response.json();
  }

  // --- fields: what was entered outlives a reload -------------------------------------------------
  const base = (field) => field.dataset.base ?? "";

  function marked() {
    for (const field of fields) {
      field.setCustomValidity("");
      field.closest(".row")?.classList.toggle("changed", field.value.trim() !== base(field).trim());
      const scale = form.querySelector(`[data-scale-of="${CSS.escape(field.name)}"]`);
      if (scale) scale.value = field.value;
    }
    const values = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    sessionStorage.setItem(form.dataset.study, JSON.stringify(values));
    drawSites();
  }

  function take(values) {
    for (const field of fields) field.value = values[field.name] ?? base(field);
    byId("faults").replaceChildren();
    marked();
  }

  async function solve() {
    marked();
    const found = await post("solve", { changes: Object.fromEntries(new FormData(form)) });
    const faults = found.faults ?? (found.error ? [{ key: "", problem: found.error, remedy: "" }] : []);
    byId("faults").innerText = faults.map(({ key, problem, remedy }) => `${key} ${problem}. ${remedy}`).join("\n");
    for (const { key, problem, remedy } of faults) {
      const field = fields.find(({ name }) => name === key || name === key.replace(/\[\d+\]$/, ""));
      field?.setCustomValidity(`${problem}. ${remedy}`);
      field?.closest("details").setAttribute("open", "");
    }
    form.reportValidity();
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); solve(); });
  form.addEventListener("reset", (event) => { event.preventDefault(); take({}); });
  form.addEventListener("input", ({ target }) => {
    if (target.dataset.scaleOf) form.elements[target.dataset.scaleOf].value = target.value;
    marked();
  });
  form.addEventListener("change", ({ target }) => target.name !== undefined && byId("at-once").checked && solve());

  // --- map: a click pins a site open, a second one closed, a third one frees it ---------------------
  const pins = ["limits.open", "limits.closed"].map((name) => form.elements[name]);
  const sites = () => siting.maps.get("map").layers.sites.getSource();

  function drawSites() {
    const [open, shut] = pins.map(words);
    for (const site of sites().getFeatures()) {
      const id = site.get("id");
      const pin = open.includes(id) ? "pinned" : shut.includes(id) ? "shut" : "";
      const card = `${site.get("text")} (${id})`;
      site.setProperties({ radius: 4.5, was: 0, open: 0, card, ...now.sites?.[id], pin }, true);
    }
    sites().changed();
  }

  function drawAnswer(found) {
    now = found;
    const flows = siting.maps.get("map").layers.flows.getSource();
    flows.clear();
    flows.addFeatures(siting.maps.shapes(now.flows).get("flows") ?? []);
    drawSites();
  }

  siting.choose = (layer, [id]) => {
    if (id === undefined) return;
    const [open, shut] = pins.map(words);
    const next = open.includes(id) ? 1 : shut.includes(id) ? 2 : 0;
    [open, shut].forEach((names, k) => {
      pins[k].value = [...names.filter((name) => name !== id), ...(k === next ? [id] : [])].join(", ");
    });
    marked();
    if (byId("at-once").checked) solve();
  };
  siting.hover = (top) => (byId("map-words").textContent = top?.feature.get("card") ?? "");

  // --- solves and answers ---------------------------------------------------------------------
  const picks = [byId("pick-before"), byId("pick-after")];

  async function compare() {
    const [before, after] = picks.map((pick) => pick.value);
    const response = await fetch(address("differences", { before: before === after ? "" : before, after }));
    const { parts, map } = await response.json();
    for (const [id, html] of Object.entries(parts)) byId(id).innerHTML = html;
    drawAnswer(map);
    document.body.dataset.shown = after;
  }

  // With a new answer, the last two are shown; else those that were chosen stay.
  function news({ jobs, list, names }) {
    byId("jobs").innerHTML = jobs;
    byId("list").innerHTML = list;
    document.body.dataset.ready = "yes";
    if (names.join() === answers || !names.length) return;
    answers = names.join();
    picks.forEach((pick, k) => {
      pick.replaceChildren(...names.map((name) => new Option(name)));
      pick.value = names.at(k - 2) ?? names[0];
    });
    byId("picks").hidden = names.length < 2;
    compare();
  }

  for (const pick of picks) pick.addEventListener("change", compare);
  byId("answers").addEventListener("click", ({ target: { dataset } }) => {
    if (dataset.end) post("end", { job: Number(dataset.end), keep: Boolean(dataset.keep) });
    if (dataset.copy) navigator.clipboard.writeText(dataset.copy);
    if (dataset.values) take(JSON.parse(dataset.values));
  });

  // A browser opens few streams to one server: only the tabs that are seen have one.
  let stream = null;
  function listen() {
    stream?.close();
    if (document.hidden) return;
    stream = new EventSource(address("events"));
    stream.onmessage = ({ data }) => { byId("lost").hidden = true; news(JSON.parse(data)); };
    stream.onerror = () => (byId("lost").hidden = false);
  }
  document.addEventListener("visibilitychange", listen);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => siting.maps.restyle());

  siting.maps.start();
  take(JSON.parse(sessionStorage.getItem(form.dataset.study) ?? "{}"));
  listen();
})();
