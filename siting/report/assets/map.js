// Maps: OpenLayers draws what a page holds as data, in whose rules of looks "@role" is a colour of
// the page and "$answer" the answer that is shown. The page's own script says what it does when a
// place is pointed at, `hover`, and chosen, `choose`; a page around it may listen for "siting:place".
const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const colour = (role) => getComputedStyle(root).getPropertyValue(`--map-${role}`).trim();
const dark = matchMedia("(prefers-color-scheme: dark)");
const maps = new Map();
const shown = { answer: "" };
globalThis.siting = { choose, maps, shown };

// --- layers --------------------------------------------------------------------------------
const looks = (rules) => JSON.parse(JSON.stringify(rules)
  .replaceAll("$answer", JSON.stringify(shown.answer).slice(1, -1))
  .replace(/@(\w+)/g, (_, role) => colour(role)));

// Columns of a layer of places as features, and shapes of an object of a topology, which are read
// when they are asked for; the first reading places the arcs.
const points = ({ columns: { x = [], y, ...columns } = {}, unit }) => x.map((_, i) => {
  const feature = new ol.Feature(new ol.Point([unit * x[i], unit * y[i]]));
  for (const key in columns) feature.set(key, columns[key][i], true);
  return feature.set("i", i, true), feature;
});
const shapes = (topology) => (name) => {
  const found = new ol.TopoJSON({ layerName: "object", layers: [name] }).readFeatures(topology);
  delete topology.transform;
  return found;
};

// What is clipped shows only where the layers below it on the same canvas are; what is seen from
// near alone is read and drawn when the map comes near.
function layerOf(spec, known, projection) {
  const loader = () => source.addFeatures([...(spec.objects ?? [spec.name]).flatMap(known), ...points(spec)]);
  const source = spec.image
    ? new ol.Static({ url: spec.image, imageExtent: spec.box, interpolate: false, projection })
    : new ol.VectorSource({ loader });
  if (spec.picks) source.loadFeatures();
  const kind = spec.image ? ol.ImageLayer : spec.still ? ol.VectorImageLayer : ol.VectorLayer;
  const layer = new kind({ source, className: spec.canvas, opacity: spec.alpha, properties: { spec }, imageRatio: 2,
    maxResolution: spec.most ?? Infinity, declutter: spec.names && "names", zIndex: Number(spec.names ?? false) });
  for (const [when, how] of [["prerender", "source-atop"], ["postrender", "source-over"]])
    if (spec.clip) layer.on(when, ({ context }) => (context.globalCompositeOperation = how));
  return layer;
}

// What the boxes switch, and what is seen of it with the colours that are chosen now.
function restyle(change = {}) {
  Object.assign(shown, change);
  const chosen = byId("shade")?.value ?? "";
  for (const key of document.querySelectorAll("[data-key-of]")) key.hidden = key.dataset.keyOf !== chosen;
  for (const { map } of maps.values()) for (const layer of map.getAllLayers()) {
    const { shade, shaded, style, off, switch: name } = layer.get("spec");
    const isOn = document.querySelector(`input[data-layer="${name}"]`)?.checked ?? !off;
    layer.setVisible(isOn && (!shade || shade === chosen));
    layer.setStyle?.(looks(shaded?.[chosen] ?? style));
  }
}

// --- maps ----------------------------------------------------------------------------------
// Maps side by side share a view and the shapes of the world. Names lie above all symbols.
function makeMap(spec) {
  const target = byId(`figure-${spec.name}`);
  const box = target.closest(".map");
  const { view, world } = maps.get(spec.beside)
    ?? { view: viewOf(spec), world: { ...spec.world, known: shapes(spec.world.topology) } };
  const built = (specs, known) => specs.map((each) => layerOf(each, known, view.getProjection()));
  const own = built(spec.layers, shapes(spec.topology));
  const map = new ol.Map({
    target, view, keyboardEventTarget: box, controls: spec.scale ? [new ol.ScaleLine()] : [],
    layers: [...built(world.layers, world.known), ...own],
    // One finger scrolls the page; two fingers or the mouse move the map.
    interactions: ol.interactions({ dragPan: false, altShiftDragRotate: false, pinchRotate: false })
      .extend([new ol.DragPan({ condition({ originalEvent }) {
        return originalEvent.pointerType === "mouse" || this.getPointerCount() === 2;
      } })]),
  });
  const layers = Object.fromEntries(own.map((each) => [each.get("spec").name, each]));
  map.set("name", spec.name);
  maps.set(spec.name, { spec, world, view, map, layers });
  map.on("pointermove", (event) => event.dragging || pointAt(event));
  map.on("click", pick);
  target.addEventListener("pointerleave", () => hover());
  const moves = {
    "+": () => view.adjustZoom(0.6), "-": () => view.adjustZoom(-0.6), 0: () => view.fit(spec.first),
  };
  moves[0]();
  box.addEventListener("click", ({ target: { dataset } }) => moves[dataset.move]?.());
  box.addEventListener("keydown", ({ key }) => key === "0" && moves[0]());
}

const viewOf = ({ name: code, drawn: extent, nearest: minResolution }) => new ol.View({
  projection: new ol.Projection({ code, units: "m", metersPerUnit: 1000, extent }),
  extent, minResolution, showFullExtent: true, enableRotation: false,
});

// --- places under the pointer, and those that are chosen -------------------------------------
function under({ map, pixel, coordinate: at }) {
  const { view, layers } = maps.get(map.get("name"));
  const box = [-30, -30, 30, 30].map((px, k) => at[k % 2] + px * view.getResolution());
  const seen = Object.values(layers).filter((layer) => layer.get("spec").picks && layer.getVisible());
  return seen.reverse().flatMap((layer) => {
    const { picks, reach } = layer.get("spec");
    const near = layer.getSource().getFeaturesInExtent(box).map((feature) => {
      const [x, y] = map.getPixelFromCoordinate(feature.getGeometry().getClosestPoint(at));
      const { id, answer = shown.answer, radius = reach } = feature.getProperties();
      const away = answer === shown.answer ? Math.hypot(x - pixel[0], y - pixel[1]) - radius : Infinity;
      return { feature, picks, id, radius, away };
    });
    return near.filter(({ away }) => away <= 3).sort((a, b) => a.radius - b.radius || a.away - b.away);
  });
}

function pointAt(event) {
  const [top] = under(event);
  event.map.getTargetElement().style.cursor = top?.id ? "pointer" : "";
  hover(top, event.originalEvent);
}

// Where symbols overlap, choosing again takes the next one.
function pick(event) {
  const found = under(event).filter(({ id }) => id !== undefined);
  if (!found.length) return choose("", []);
  const next = (found.findIndex(({ feature }) => feature.get("picked")) + 1) % found.length;
  const { picks: layer, id } = found[next];
  choose(layer, [id]);
  const detail = { map: event.map.get("name"), layer, id };
  event.map.getTargetElement().dispatchEvent(new CustomEvent("siting:place", { detail, bubbles: true }));
}

// A place that was chosen elsewhere is brought into the window.
function mark(picks, ids) {
  const chosen = new Set(ids);
  for (const { view, layers } of maps.values()) for (const layer of Object.values(layers)) {
    for (const each of layer.getSource().getFeatures()) {
      const isPicked = layer.get("spec").picks === picks && chosen.has(each.get("id"));
      each.set("picked", Number(isPicked), true);
      const at = isPicked && chosen.size === 1 && each.getGeometry().getCoordinates();
      if (at && !ol.containsCoordinate(view.calculateExtent(), at)) view.setCenter(at);
    }
    layer.changed();
  }
}

function startMaps() {
  for (const each of document.querySelectorAll("script.map-data")) makeMap(JSON.parse(each.textContent));
  document.addEventListener("change", ({ target }) => target.matches("#shade, [data-layer]") && restyle());
  dark.addEventListener("change", () => restyle());
  const phase = byId("phase");
  const named = () => (phase.ariaValueText = byId("phase-name").value = phase.list.options[phase.value].label);
  const step = () => restyle(phase && { answer: named() });
  phase?.addEventListener("input", step);
  step();
}
