// Tabs by pointer, keyboard and address: the arrows, Home and End move, #name opens.
const tabs = [...document.querySelectorAll("[role=tab]")];

async function openTab(tab) {
  for (const each of tabs) {
    each.ariaSelected = each === tab;
    each.tabIndex = each === tab ? 0 : -1;
    document.querySelector(each.hash).classList.toggle("open", each === tab);
  }
  await embed(tab.hash.slice(1));
  document.querySelector(tab.hash).dataset.drawn = "yes";
}
const openNamed = async () => tabs.length && openTab(tabs.find((tab) => tab.hash === location.hash) ?? tabs[0]);

for (const [i, tab] of tabs.entries()) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", tab.hash);
    openTab(tab);
  });
  tab.addEventListener("keydown", (event) => {
    const next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1, " ": i }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tabs.at(next % tabs.length).focus();
    tabs.at(next % tabs.length).click();
  });
}
addEventListener("hashchange", openNamed);
addEventListener("beforeprint", () => tabs.forEach((tab) => embed(tab.hash.slice(1))));
