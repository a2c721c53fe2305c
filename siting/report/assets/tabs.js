"use strict";
// Tabs by pointer, keyboard and address: the arrows, Home and End move, #name opens.
siting.tabs = async () => {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const named = () => tabs.find((tab) => tab.hash === location.hash) ?? tabs[0];

  async function open(tab) {
    for (const each of tabs) {
      each.setAttribute("aria-selected", each === tab);
      each.tabIndex = each === tab ? 0 : -1;
      document.querySelector(each.hash).classList.toggle("open", each === tab);
    }
    await siting.embed(tab.hash.slice(1));
    document.querySelector(tab.hash).dataset.drawn = "yes";
  }

  for (const [i, tab] of tabs.entries()) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", tab.hash);
      open(tab);
    });
    tab.addEventListener("keydown", (event) => {
      const next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1, " ": i }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      tabs.at(next % tabs.length).focus();
      tabs.at(next % tabs.length).click();
    });
  }
  addEventListener("hashchange", () => open(named()));
  addEventListener("beforeprint", () => tabs.forEach((tab) => siting.embed(tab.hash.slice(1))));
  if (tabs.length) await open(named());
};
