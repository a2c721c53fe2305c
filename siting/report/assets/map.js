// Maps: OpenLayers draws what a page holds as data, in whose rules of looks "@role" is a colour of
// the page and "$answer" the answer that is shown. The page's own script says what it does when a
// place is pointed at, `hover`, and chosen, `choose`; a page around it may listen for "siting:place".
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
  const options = { className: spec.canvas, opacity: spec.alpha, properties: { spec },
    maxResolution: spec.most ?? Infinity, imageRatio: 2, declutter: spec.names && "names" };
  let layer;
  if (spec.image) {
    const source = { url: spec.image, imageExtent: spec.box, interpolate: false, projection };
    layer = new ol.ImageLayer({ ...options, source: new ol.Static(source) });
  } else {
    const features = () => [...(spec.objects ?? [spec.name]).flatMap(known), ...points(spec)];
    const loader = () => source.addFeatures(features());
    const source = new ol.VectorSource({ loader });
    if (spec.picks) source.loadFeatures();
    layer = new (spec.still ? ol.VectorImageLayer : ol.VectorLayer)({ ...options, source });
  }
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
    ?? { view: viewOf(spec, target), world: { ...spec.world, known: shapes(spec.world.topology) } };
  const built = (specs, known) => specs.map((each) => layerOf(each, known, view.getProjection()));
  const layers = built(spec.layers, shapes(spec.topology));
  const isName = (each) => Number(each.get("spec").names ?? false);
  const map = new ol.Map({
    target, view, keyboardEventTarget: box, controls: spec.scale ? [new ol.ScaleLine()] : [],
    layers: [...built(world.layers, world.known), ...layers].sort((a, b) => isName(a) - isName(b)),
    // One finger scrolls the page; two fingers or the mouse move the map.
    interactions: ol.interactions({ dragPan: false, altShiftDragRotate: false, pinchRotate: false })
      .extend([new ol.DragPan({ condition({ originalEvent }) {
        return originalEvent.pointerType === "mouse" || this.getPointerCount() === 2;
      } })]),
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

function viewOf({ name, drawn, first, nearest }, target) {
  const [west, south, east, north] = first;
  const { width, height } = target.getBoundingClientRect();
  const whole = Math.max((east - west) / width, (north - south) / height);
  const all = Math.min((drawn[2] - drawn[0]) / width, (drawn[3] - drawn[1]) / height);
  return new ol.View({
    projection: new ol.Projection({ code: name, units: "m", metersPerUnit: 1000, extent: drawn }),
    center: [(west + east) / 2, (south + north) / 2], resolution: whole, extent: drawn,
    minResolution: (whole * nearest) / (east - west), maxResolution: Math.max(whole, all),
    constrainOnlyCenter: true, enableRotation: false,
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

// A place that was chosen elsewhere is brought into the window.
function mark(picks, ids) {
  const chosen = new Set(ids);
  for (const { map, view, layers } of maps.values()) for (const layer of Object.values(layers)) {
    const isPicked = (each) => layer.get("spec").picks === picks && chosen.has(each.get("id"));
    const features = layer.getSource().getFeatures();
    for (const each of features) each.set("picked", Number(isPicked(each)), true);
    layer.changed();
    const at = chosen.size === 1 && features.find(isPicked)?.getGeometry().getCoordinates();
    if (at && map.getSize() && !ol.containsCoordinate(view.calculateExtent(map.getSize()), at)) view.setCenter(at);
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
