// The text is painted first, then the map is built. A page around this one may use `siting`.
siting.find = find;
requestAnimationFrame(() => setTimeout(async () => {
  startMaps();
  await embed("lead");
  showAnswer(first);
  await openNamed();
  root.dataset.ready = "yes";
}));
