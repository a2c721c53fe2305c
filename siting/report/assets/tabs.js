// Tabs by pointer, keyboard and address: the arrows, Home and End move, #name opens.
const tabs = [...document.querySelectorAll("[role=tab]")];

async function openNamed() {
  const shown = tabs.find((tab) => tab.hash === location.hash) ?? tabs[0];
  for (const tab of tabs) {
    tab.ariaSelected = tab === shown;
    tab.tabIndex = tab === shown ? 0 : -1;
    document.querySelector(tab.hash).classList.toggle("open", tab === shown);
  }
  if (!shown) return;
  await embed(shown.hash.slice(1));
  document.querySelector(shown.hash).dataset.drawn = "yes";
}
for (const [i, tab] of tabs.entries()) tab.addEventListener("keydown", (event) => {
  const next = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: -1, " ": i }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  tabs.at(next % tabs.length).focus();
  tabs.at(next % tabs.length).click();
});
for (const tab of tabs) tab.addEventListener("click", (event) => {
  event.preventDefault();  // which would scroll
  history.replaceState(null, "", tab.hash);
  openNamed();
});
addEventListener("hashchange", openNamed);
addEventListener("beforeprint", () => tabs.forEach((tab) => embed(tab.hash.slice(1))));
