"use strict";
// Pages of several answers: the chosen answer beside the one that was pinned.
(() => {
  const answers = siting.data.answers;
  const box = document.getElementById("versus");
  if (!answers || !box) return;
  const pin = document.getElementById("pin");
  let chosen = answers.first;
  let pinned = null;

  const made = (tag, words, attributes = {}) => {
    const node = document.createElement(tag);
    node.textContent = words;
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };
  const shown = (value) =>
    value === null || value === undefined ? "–" : value.toLocaleString("en", { maximumSignificantDigits: 4 });
  const change = (was, now) => (was && now !== null ? `${(100 * (now / was - 1)).toFixed(1)} %` : "–");

  function row(cells) {
    const line = document.createElement("tr");
    line.append(made("th", cells[0], { scope: "row" }));
    for (const cell of cells.slice(1)) line.append(made("td", cell, { class: "num" }));
    return line;
  }

  function compare() {
    box.hidden = pinned === null || pinned === chosen;
    if (box.hidden) return;
    const names = (id) => answers.sites[id].facts.map((fact) => fact.title);
    const [before, after] = [names(pinned), names(chosen)];
    const only = (those, others) => those.filter((name) => !others.includes(name)).join(", ") || "none";
    const table = document.createElement("table");
    table.append(made("caption", `${answers.titles[chosen]} against ${answers.titles[pinned]}`));
    const head = document.createElement("tr");
    for (const [i, words] of ["Figure", answers.titles[pinned], answers.titles[chosen], "Change"].entries()) {
      head.append(made("th", words, { scope: "col", class: i ? "num" : "" }));
    }
    table.createTHead().append(head);
    const body = table.createTBody();
    for (const { title, values } of answers.figures) {
      const [was, now] = [values[pinned], values[chosen]];
      body.append(row([title, shown(was), shown(now), change(was, now)]));
    }
    body.append(row(["Sites open only there", only(before, after), only(after, before), ""]));
    box.replaceChildren(table);
  }

  pin.addEventListener("click", () => {
    pinned = chosen;
    pin.textContent = `Pinned: ${answers.titles[pinned]}; choose another to compare`;
    compare();
  });
  document.addEventListener("answer", (event) => {
    chosen = event.detail;
    compare();
  });
})();
