"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const token = new URLSearchParams(location.search).get("token") ?? "";
  const places = JSON.parse(byId("places").textContent);
  const fields = [...document.querySelectorAll("[data-path]")];
  const field = (path) => fields.find((each) => each.dataset.path === path);
  const KEPT = `siting workbench ${places.study}`;
  const chosen = { before: "", after: "" };
  let state = { jobs: [], answers: [] };
  let shown = "";

  // Requests --------------------------------------------------------------------------------

  const address = (path, more = {}) =>
    `${path}?${new URLSearchParams({ ...more, token })}`;

  async function ask(path, body) {
    const how = body === undefined ? {} : {
      method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
    };
    const response = await fetch(path.includes("?") ? path : address(path), how);
    return { ok: response.ok, found: await response.json() };
  }

  const make = (tag, facts = {}, ...content) => {
    const { dataset = {}, ...own } = facts;
    const node = Object.assign(document.createElement(tag), own);
    Object.assign(node.dataset, dataset);
    node.append(...content);
    return node;
  };

  // Controls --------------------------------------------------------------------------------

  const words = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);
  const isNames = (node) => node.dataset.kind === "names" && !node.value.trim().startsWith("[");

  function changes() {
    const found = {};
    for (const line of byId("others").value.split("\n").filter((text) => text.trim())) {
      const at = line.indexOf("=");
      found[at < 0 ? line.trim() : line.slice(0, at).trim()] = at < 0 ? "" : line.slice(at + 1);
    }
    for (const node of fields) {
      if (node.value.trim() === node.dataset.base.trim()) continue;
      found[node.dataset.path] = isNames(node) ? JSON.stringify(words(node.value)) : node.value;
    }
    return found;
  }

  function marked() {
    for (const node of fields) {
      node.closest(".row").classList.toggle(
        "changed", node.value.trim() !== node.dataset.base.trim());
    }
    const kept = Object.fromEntries(fields.filter((n) => n.value.trim() !== n.dataset.base.trim())
      .map((n) => [n.dataset.path, n.value]));
    sessionStorage.setItem(KEPT, JSON.stringify(
      { fields: kept, others: byId("others").value, atOnce: byId("at-once").checked }));
    drawSites();
  }

  function put(path, value) {
    const node = field(path);
    if (!node) return;
    node.value = value;
    const scale = document.querySelector(`[data-scale-of="${CSS.escape(path)}"]`);
    if (scale) scale.value = value;
  }

  function restore() {
    let kept = {};
    try { kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"); } catch { kept = {}; }
    for (const node of fields) node.value = node.dataset.base;
    for (const [path, value] of Object.entries(kept.fields ?? {})) put(path, value);
    byId("others").value = kept.others ?? "";
    byId("at-once").checked = kept.atOnce ?? false;
    marked();
  }

  function faults(list, sentence = "") {
    document.querySelectorAll(".row .fault").forEach((node) => node.remove());
    document.querySelectorAll(".row.faulty").forEach((node) => node.classList.remove("faulty"));
    byId("faults").replaceChildren(...(sentence ? [make("p", {}, sentence)] : []));
    for (const fault of list) {
      const text = `${fault.problem}. ${fault.remedy}`;
      const node = field(fault.key) ?? field(fault.key.replace(/\[\d+\]$/, ""));
      byId("faults").append(make("p", {}, `${fault.key ? `${fault.key} ` : ""}${text}`));
      if (!node) continue;
      const row = node.closest(".row");
      row.classList.add("faulty");
      row.closest("details").open = true;
      row.append(make("p", { className: "fault" }, text));
    }
  }

  async function solve() {
    faults([]);
    const { ok, found } = await ask("solve", { changes: changes() });
    if (!ok) faults(found.faults ?? [], found.error ?? "");
  }

  const solveSoon = (() => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      if (byId("at-once").checked) timer = setTimeout(solve, 300);
    };
  })();

  byId("controls").addEventListener("submit", (event) => { event.preventDefault(); solve(); });
  byId("controls").addEventListener("input", (event) => {
    const path = event.target.dataset.scaleOf;
    if (path) field(path).value = event.target.value;
    else if (event.target.dataset.path) put(event.target.dataset.path, event.target.value);
    marked();
  });
  byId("controls").addEventListener("change", (event) => {
    if (event.target !== byId("at-once")) solveSoon();
  });
  byId("reset").addEventListener("click", () => {
    sessionStorage.removeItem(KEPT);
    restore();
    faults([]);
  });

  // Map -------------------------------------------------------------------------------------

  const PINS = { pinned: "limits.open", shut: "limits.closed" };
  const named = (path) => (field(path) ? words(field(path).value.replace(/[[\]"']/g, "")) : []);
  const everySite = Object.keys(places.sites);
  let now = { loads: {}, words: {}, lines: [] }, before = {};

  // Columns of a layer with some sites, which have more facts than their place.
  function columns(ids, more = () => ({})) {
    const rows = ids.map((id) => ({ id, x: places.sites[id].x, y: places.sites[id].y, ...more(id) }));
    const keys = Object.keys(rows[0] ?? { x: 0, y: 0 });
    return Object.fromEntries(keys.map((key) => [key, rows.map((row) => row[key])]));
  }

  function drawSites() {
    const [pinned, shut] = Object.values(PINS).map((path) => new Set(named(path)));
    const most = Math.max(...Object.values(now.loads), 1e-9);
    const radius = (id) => (id in now.loads ? 5 + 7 * Math.sqrt(now.loads[id] / most) : 4.5);
    const show = (layer, ids, more) => siting.maps.replace("map", layer, columns(ids, more));
    const known = (all) => Object.keys(all).filter((id) => places.sites[id]);
    show("sites", everySite, (id) => ({
      radius: radius(id),
      fill: id in now.loads ? "@accent" : "@paper",
      stroke: pinned.has(id) ? "@good" : shut.has(id) ? "@bad" : id in now.loads ? "@edge" : "@candidate",
      width: pinned.has(id) || shut.has(id) ? 4 : 1.5,
      dash: shut.has(id) ? [2, 2] : undefined,
    }));
    show("was", known(before), (id) => ({ radius: radius(id) + 3 }));
    show("labels", known(now.loads), (id) => ({ radius: radius(id), text: places.sites[id].name }));
  }

  function pin(id) {
    const open = named(PINS.pinned), closed = named(PINS.shut);
    const without = (list) => list.filter((each) => each !== id);
    if (open.includes(id)) put(PINS.shut, [...closed, id].join(", "));
    else if (!closed.includes(id)) put(PINS.pinned, [...open, id].join(", "));
    if (open.includes(id)) put(PINS.pinned, without(open).join(", "));
    if (closed.includes(id)) put(PINS.shut, without(closed).join(", "));
    marked();
    solveSoon();
  }

  siting.choose = (layer, ids) => ids.length && pin(ids[0]);
  siting.hover = (map, under) => {
    if (!under) return;
    const id = everySite[under.i];
    const said = now.words[id] ? `: ${now.words[id]}` : "";
    byId("map-words").textContent = `${places.sites[id].name} (${id})${said}`;
  };

  function drawAnswer(answer, other) {
    [now, before] = [answer, other?.loads ?? {}];
    const [x, y] = [0, 1].map((axis) => now.lines.map((line) => line[axis]));
    siting.maps.replace("map", "flows", { x, y });
    drawSites();
  }

  // Answers ---------------------------------------------------------------------------------

  const percent = (gap) => `${Number((100 * gap).toPrecision(2))} %`;

  function jobNode(job) {
    const what = job.overrides.length ? job.overrides.join(", ") : "the study as it is";
    const states = { waiting: "waits", running: job.phase, done: `answer ${job.answer}`,
      infeasible: "no placement meets every limit", no_answer: "no answer in time",
      cancelled: "cancelled", bad_input: "refused", failed: "failed" };
    const gap = job.gap === null ? "" : `, gap ${percent(job.gap)}`;
    const node = make("li", { dataset: { job: job.number, state: job.state } },
      make("strong", {}, states[job.state]), ` (${what})${gap}, ${job.seconds.toFixed(1)} s `);
    if (job.state === "running") node.append(make("progress", {}));
    const button = (title, keep) => make("button",
      { type: "button", dataset: { end: job.number, keep: keep ? "yes" : "" } }, title);
    if (["waiting", "running"].includes(job.state)) node.append(button("Cancel", false), " ");
    if (job.state === "running" && job.incumbent) node.append(button("Take the best so far", true));
    for (const note of job.notes) node.append(make("p", { className: "note" }, note));
    if (job.message) node.append(make("pre", {}, job.message));
    return node;
  }

  function answerNode(answer) {
    const copy = make("button", { type: "button", className: "tool" }, "Copy the command");
    copy.addEventListener("click", () => navigator.clipboard.writeText(answer.command));
    const take = make("button", { type: "button", className: "tool" }, "Take its values");
    take.addEventListener("click", () => takeValues(answer.overrides));
    const link = (title, path, more = {}) =>
      make("a", { href: address(`answers/${answer.name}/${path}`), ...more }, title);
    const audit = answer.audit_passed ? "audit passed" : "audit FAILED";
    return make("li", { dataset: { answer: answer.name } },
      make("strong", {}, `Answer ${answer.name}`),
      `: ${answer.sites.join(", ")}; ${answer.status}, gap ${percent(answer.gap)}, ${audit} `,
      make("p", {}, make("code", {}, answer.command)),
      make("div", { className: "buttons" }, link("Page", "report", { target: "_blank" }),
        link("Study (YAML)", "study.yaml", { download: "" }), copy, take));
  }

  function takeValues(overrides) {
    for (const node of fields) put(node.dataset.path, node.dataset.base);
    const others = [];
    for (const text of overrides) {
      const path = text.slice(0, text.indexOf("=")), value = text.slice(path.length + 1);
      const node = field(path);
      if (!node) { others.push(text); continue; }
      const plain = value === "null" ? "" : value;
      put(path, node.dataset.kind === "names" ? plain.replace(/[[\]"]/g, "").replaceAll(",", ", ")
        .replaceAll("  ", " ") : plain);
    }
    byId("others").value = others.join("\n");
    marked();
  }

  async function showAnswers() {
    const names = state.answers.map((answer) => answer.name);
    const last = { before: names.at(-2) ?? "", after: names.at(-1) ?? "" };
    for (const side of ["before", "after"]) {
      if (!names.includes(chosen[side])) chosen[side] = "";
      const pick = byId(`pick-${side}`), value = chosen[side] || last[side];
      pick.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
      pick.value = value;
      pick.parentElement.hidden = names.length < 2;
    }
    byId("none").hidden = names.length > 0;
    const [before, after] = ["before", "after"].map((side) => byId(`pick-${side}`).value);
    if (shown === `${before} ${after}`) return;
    shown = `${before} ${after}`;
    const two = Boolean(before && after && before !== after);
    byId("compare").hidden = !two;
    byId("compare").href = address("compare", { before, after });
    const wanted = shown;
    const [now, was, parts] = await Promise.all([
      after ? ask(address(`answers/${after}/map`)) : null,
      two ? ask(address(`answers/${before}/map`)) : null,
      after ? ask(address("differences", { before: two ? before : "", after })) : null,
    ]);
    if (wanted !== shown) return;
    if (now?.ok) drawAnswer(now.found, was?.ok ? was.found : null);
    for (const side of ["before", "after", "differences"]) {
      byId(side).innerHTML = parts?.ok ? parts.found[side] ?? "" : "";
    }
    if (parts && !parts.ok) faults(parts.found.faults ?? []);
    document.body.dataset.shown = after;
  }

  for (const side of ["before", "after"]) {
    byId(`pick-${side}`).addEventListener("change", (event) => {
      chosen[side] = event.target.value;
      showAnswers();
    });
  }
  byId("jobs").addEventListener("click", (event) => {
    const { end, keep } = event.target.dataset;
    if (end) ask("end", { job: Number(end), keep: Boolean(keep) });
  });

  function show(news) {
    if (news.answers.length !== state.answers.length) chosen.before = chosen.after = "";
    state = news;
    byId("jobs").replaceChildren(...[...news.jobs].reverse().slice(0, 6).map(jobNode));
    byId("list").replaceChildren(...[...news.answers].reverse().map(answerNode));
    showAnswers();
  }

  // News ------------------------------------------------------------------------------------

  let stream = null;
  function listen() {
    // A browser opens few streams to one server: only the tabs that are seen have one.
    stream?.close();
    stream = null;
    if (document.hidden) return;
    stream = new EventSource(address("events"));
    stream.onmessage = (event) => {
      byId("lost").hidden = true;
      show(JSON.parse(event.data));
      document.body.dataset.ready = "yes";
    };
    stream.onerror = () => {
      byId("lost").textContent = "The workbench does not answer. Start it again; the answers are " +
        "kept in their folder.";
      byId("lost").hidden = false;
    };
  }
  document.addEventListener("visibilitychange", listen);

  byId("controls").append(make("datalist", { id: "sites" },
    ...everySite.map((id) => make("option", { value: id }))));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", siting.maps.repaint);
  siting.maps.start();
  restore();
  listen();
})();
