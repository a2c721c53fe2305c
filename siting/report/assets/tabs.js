"use strict";
// Tabs by pointer, keyboard and address: the arrows, Home and End move, #name opens.
siting.tabs = async () => {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  if (!tabs.length) return;
  const panel = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

  async function open(tab) {
    for (const each of tabs) {
      each.setAttribute("aria-selected", each === tab);
      each.tabIndex = each === tab ? 0 : -1;
      panel(each).classList.toggle("open", each === tab);
    }
    await siting.embed(panel(tab).id);
    panel(tab).dataset.drawn = "yes";
  }

  function moved(event, i) {
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1, " ": i }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length);
    next.focus();
    open(next);
  }

  tabs.forEach((tab, i) => {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", tab.hash);
      open(tab);
    });
    tab.addEventListener("keydown", (event) => moved(event, i));
  });
  const named = () => tabs.find((tab) => tab.hash === location.hash);
  addEventListener("hashchange", () => named() && open(named()));
  addEventListener("beforeprint", () => tabs.forEach((tab) => siting.embed(panel(tab).id)));
  await open(named() ?? tabs[0]);
};
