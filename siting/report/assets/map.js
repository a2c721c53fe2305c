// Maps: OpenLayers draws what a page holds as data: places and lines, and rules of their looks, in
// which "@role" is a colour of the page and "$answer" the answer that is shown. A page around a map
// may listen for "siting:place": map, layer and id of the place that was chosen by the pointer. Its
// own script says what it does when a place is pointed at, `hover`, and chosen, `choose`.
const maps = new Map();
const shown = { answer: "" };
globalThis.siting = { choose, maps, shown };

// --- layers --------------------------------------------------------------------------------
const looks = (rules) => JSON.parse(JSON.stringify(rules)
  .replaceAll("$answer", JSON.stringify(shown.answer).slice(1, -1))
  .replace(/@(\w+)/g, (_, role) => colour(role)));

const points = ({ columns: { x = [], y, ...columns } = {}, unit }) => x.map((_, i) => new ol.Feature({
  ...Object.fromEntries(Object.entries(columns).map(([key, values]) => [key, values[i]])),
  i, geometry: new ol.Point([unit * x[i], unit * y[i]]),
}));
// Shapes of an object of a topology, read when they are asked for; the first reading places the arcs.
const shapes = (topology) => (name) => {
  const found = new ol.TopoJSON({ layerName: "object", layers: [name] }).readFeatures(topology);
  delete topology.transform;
  return found;
};

function layerOf(spec, known, projection) {
  // What is seen from near alone is read and drawn when the map comes near.
  const maxResolution = spec.most ?? Infinity;
  const options = { className: spec.canvas, opacity: spec.alpha, properties: { spec }, maxResolution };
  if (spec.image) {
    const source = { url: spec.image, imageExtent: spec.box, interpolate: false, projection };
    return clipped(new ol.ImageLayer({ ...options, source: new ol.Static(source) }));
  }
  const features = () => [
    ...(spec.objects ?? [spec.name]).flatMap(known), ...points(spec),
  ];
  // Of what cannot be chosen, features are made when the layer is seen first.
  const source = new ol.VectorSource({ loader: () => source.addFeatures(features()) });
  if (spec.picks) source.loadFeatures();
  const kind = spec.still ? ol.VectorImageLayer : ol.VectorLayer;
  const layer = new kind({ ...options, source, imageRatio: 2, declutter: spec.names && "names" });
  return spec.clip ? clipped(layer) : layer;
}

// Shows only where the layers below it on the same canvas are.
function clipped(layer) {
  layer.on("prerender", ({ context }) => (context.globalCompositeOperation = "source-atop"));
  layer.on("postrender", ({ context }) => (context.globalCompositeOperation = "source-over"));
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
function makeMap(spec) {
  const target = byId(`figure-${spec.name}`);
  const box = target.closest(".map");
  const lead = maps.get(spec.beside);
  const view = lead?.view ?? viewOf(spec, target);
  // Maps side by side share the shapes of the world.
  const world = lead?.world ?? { ...spec.world, known: shapes(spec.world.topology) };
  const built = (specs, known) => specs.map((each) => layerOf(each, known, view.getProjection()));
  const layers = built(spec.layers, shapes(spec.topology));
  const map = new ol.Map({
    target, view, keyboardEventTarget: box, controls: spec.scale ? [new ol.ScaleLine()] : [],
    // Names lie above all symbols, those of sites come first.
    layers: Object.values(Object.groupBy([...built(world.layers, world.known), ...layers],
      (each) => Number(each.get("spec").names ?? false))).flat(),
    interactions: ol.interactions({ dragPan: false, altShiftDragRotate: false, pinchRotate: false })
      .extend([new ol.DragPan({ condition: mouseOrTwoFingers })]),
  });
  const named = Object.fromEntries(layers.map((each) => [each.get("spec").name, each]));
  const own = { spec, world, view, map, layers: named };
  maps.set(spec.name, own);
  map.on("pointermove", (event) => event.dragging || pointAt(own, event));
  map.on("click", (event) => pick(own, event));
  target.addEventListener("pointerleave", () => hover(null));
  const moves = {
    "+": () => view.adjustZoom(0.6), "-": () => view.adjustZoom(-0.6), 0: () => view.fit(spec.first),
  };
  box.addEventListener("click", ({ target: { dataset } }) => moves[dataset.move]?.());
  box.addEventListener("keydown", ({ key }) => key === "0" && moves[0]());
}

// One finger scrolls the page; two fingers or the mouse move the map.
function mouseOrTwoFingers(event) {
  return event.originalEvent.pointerType === "mouse" || this.getPointerCount() === 2;
}

function viewOf({ name, drawn, first, nearest }, target) {
  const [west, south, east, north] = first;
  const { width, height } = target.getBoundingClientRect();
  const whole = Math.max((east - west) / width, (north - south) / height);
  return new ol.View({
    projection: new ol.Projection({ code: name, units: "m", metersPerUnit: 1000, extent: drawn }),
    center: [(west + east) / 2, (south + north) / 2], resolution: whole, extent: drawn,
    constrainOnlyCenter: true, enableRotation: false, minResolution: (whole * nearest) / (east - west),
    maxResolution: Math.max(whole, Math.min((drawn[2] - drawn[0]) / width, (drawn[3] - drawn[1]) / height)),
  });
}

// --- places under the pointer, and those that are chosen -------------------------------------
function under({ map, view, layers }, pixel) {
  const at = map.getCoordinateFromPixel(pixel);
  const box = [-30, -30, 30, 30].map((px, k) => at[k % 2] + px * view.getResolution());
  const seen = Object.values(layers).filter((layer) => layer.get("spec").picks && layer.getVisible());
  return seen.reverse().flatMap((layer) => {
    const { picks, reach } = layer.get("spec");
    const near = layer.getSource().getFeaturesInExtent(box).map((feature) => {
      const [x, y] = map.getPixelFromCoordinate(feature.getGeometry().getClosestPoint(at));
      const radius = feature.get("radius") ?? reach;
      return { feature, picks, radius, away: Math.hypot(x - pixel[0], y - pixel[1]) - radius };
    }).filter((each) => each.away <= 3 && [undefined, shown.answer].includes(each.feature.get("answer")));
    return near.sort((a, b) => a.radius - b.radius || a.away - b.away);
  });
}

function pointAt(own, { pixel, originalEvent }) {
  const [top] = under(own, pixel);
  own.map.getTargetElement().style.cursor = top?.feature.get("id") ? "pointer" : "";
  hover(top, originalEvent);
}

// Where symbols overlap, choosing again takes the next one.
function pick(own, { pixel }) {
  const found = under(own, pixel).filter(({ feature }) => feature.get("id") !== undefined);
  const next = (found.findIndex(({ feature }) => feature.get("picked")) + 1) % found.length;
  const { feature, picks: layer = "" } = found[next] ?? {};
  choose(layer, feature ? [feature.get("id")] : []);
  if (!feature) return;
  const detail = { map: own.spec.name, layer, id: feature.get("id") };
  own.map.getTargetElement().dispatchEvent(new CustomEvent("siting:place", { detail, bubbles: true }));
}

function mark(picks, ids) {
  const chosen = new Set(ids);
  for (const { map, view, layers } of maps.values()) for (const layer of Object.values(layers)) {
    const isPicked = (each) => layer.get("spec").picks === picks && chosen.has(each.get("id"));
    const features = layer.getSource().getFeatures();
    for (const each of features) each.set("picked", Number(isPicked(each)), true);
    layer.changed();
    // A place that was chosen elsewhere is brought into the window.
    const marked = features.filter((each) => each.get("picked"));
    const at = chosen.size === 1 && marked.length && map.getSize() && marked[0].getGeometry().getCoordinates();
    if (at && !ol.containsCoordinate(view.calculateExtent(map.getSize()), at)) view.setCenter(at);
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
