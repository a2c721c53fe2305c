"use strict";
// Maps: draws what each map of the page holds as data, and tells the page what is pointed at and
// chosen. A page around it may listen for "siting:place" on the map or any element around it;
// its detail has map, layer and id of the place that was chosen by the pointer.
siting.maps = (() => {
  const made = new Map();
  const chosen = new Map();
  const hidden = new Set();
  let shade = "";
  const pictures = new Map();
  let styles = new Map();
  // Outer radius of each shape over that of a circle of equal area, corners and turn.
  const SHAPES = {
    square: [1.253, 4, Math.PI / 4], diamond: [1.253, 4, 0], triangle: [1.555, 3, 0],
    pin: [1.555, 3, Math.PI],
  };

  const tint = (value) => (value?.[0] === "@" ? siting.colour(value.slice(1)) : value);
  const lines = (style) =>
    style.stroke && new ol.Stroke({
      color: faded(tint(style.stroke), style.alpha), width: style.width, lineDash: style.dash ?? undefined,
    });
  const fills = (style) => style.fill && new ol.Fill({ color: faded(tint(style.fill), style.alpha) });

  function faded(colour, alpha = 1) {
    if (alpha >= 1 || colour[0] !== "#") return colour;
    return colour + Math.round(255 * alpha).toString(16).padStart(2, "0");
  }

  // One style for all features that look alike; what a feature has itself comes first.
  function styled(kind, style) {
    const key = kind + JSON.stringify(style);
    if (!styles.has(key)) styles.set(key, makers[kind](style));
    return styles.get(key);
  }

  const makers = {
    area: (s) => new ol.Style({ fill: fills(s) || undefined, stroke: lines(s) || undefined, zIndex: s.z }),
    line: (s) => new ol.Style({ stroke: lines(s), zIndex: s.z }),
    point: (s) => {
      const [factor, points, angle] = SHAPES[s.shape] ?? [1];
      const looks = { fill: fills(s) || undefined, stroke: lines(s) || undefined, radius: s.radius * factor };
      const image = points ? new ol.RegularShape({ ...looks, points, angle }) : new ol.Circle(looks);
      return new ol.Style({ image, zIndex: s.z });
    },
    label: (s) => new ol.Style({
      // Names keep off the symbol beside them; a dot marks a city.
      image: s.dot
        ? new ol.Circle({ radius: 2, fill: new ol.Fill({ color: tint(s.colour) }), declutterMode: "none" })
        : s.radius ? new ol.Circle({ radius: s.radius, declutterMode: "obstacle", fill: new ol.Fill({ color: "#0000" }) })
          : undefined,
      text: new ol.Text({
        text: s.text, font: `${s.font} system-ui, "DejaVu Sans", sans-serif`,
        textAlign: s.beside ? "left" : "center", offsetX: s.beside,
        fill: new ol.Fill({ color: tint(s.colour) }),
        stroke: new ol.Stroke({ color: tint("@paper"), width: 3 }),
      }),
    }),
  };

  function look(layer, feature) {
    const style = { ...layer.style };
    for (const key of ["fill", "stroke", "width", "radius", "shape", "dash", "text"]) {
      const own = feature.get(key);
      if (own !== undefined) style[key] = own;
    }
    if (layer.kind === "point" && shade) style.fill = feature.get(`shade:${shade}`) ?? style.fill;
    const picked = chosen.get(layer.picks);
    if (picked?.size) {
      if (picked.has(feature.get("id"))) Object.assign(style, { stroke: "@ink", width: 4, z: 1 });
      else style.alpha = 0.45;
    }
    return style;
  }

  // --- layers ------------------------------------------------------------------------------
  // Places are in whole units; lines and rings by their steps.
  function walked(x, y, unit) {
    let [east, north] = [0, 0];
    return x.map((step, i) => [unit * (east += step), unit * (north += y[i])]);
  }
  const geometries = {
    point: (x, y, unit) => new ol.Point([unit * x, unit * y]),
    line: (x, y, unit) => new ol.LineString(walked(x, y, unit)),
    area: (x, y, unit) => new ol.Polygon(x.map((ring, k) => walked(ring, y[k], unit))),
  };
  geometries.label = geometries.point;

  function features(kind, { x, y, ...columns }, unit = 1) {
    const all = x.map((each, i) => {
      const feature = new ol.Feature(geometries[kind](each, y[i], unit));
      for (const [key, values] of Object.entries(columns)) feature.set(key, values[i], true);
      feature.set("i", i, true);
      return feature;
    });
    // The largest lie lowest, and are named first.
    all.sort((a, b) => (b.get("radius") ?? 0) - (a.get("radius") ?? 0));
    all.forEach((feature, rank) => feature.set("rank", rank, true));
    return all;
  }
  const byRank = (a, b) => a.get("rank") - b.get("rank");

  function layerOf(spec, unit) {
    const source = new ol.VectorSource({ features: features(spec.kind, spec.columns, unit) });
    const kind = spec.image ? ol.VectorImageLayer : ol.VectorLayer;
    const layer = new kind({
      source, visible: spec.on, imageRatio: 2, declutter: spec.kind === "label" && "names",
      renderOrder: byRank, updateWhileInteracting: false,
      style: (feature, resolution) => {
        const style = look(spec, feature);
        if (spec.kind !== "label") return styled(spec.kind, style);
        if (resolution > style.most) return null;
        return styled("label", { ...style, beside: (feature.get("radius") ?? 0) + style.gap, radius: feature.get("radius") });
      },
    });
    layer.set("spec", spec);
    return layer;
  }

  function baseOf(world) {
    // Maps side by side share them: reading a topology changes it.
    world.features ??= new ol.TopoJSON({ layerName: "object", layers: world.style.map((each) => each.object) })
      .readFeatures(world.topology);
    const all = Map.groupBy(world.features, (each) => each.get("object"));
    const looks = new Map(world.style.map((each, z) => [each.object, { ...each, z }]));
    const style = (feature, resolution) => {
      const { by, only, most, ...look } = looks.get(feature.get("object"));
      const shown = world.shades[shade];
      const colour = by && shown?.of === by ? shown.colours[feature.get(by)] : null;
      if (resolution > most || (only && !colour)) return null;
      return styled("area", colour ? { ...look, fill: colour, alpha: 0.8 } : look);
    };
    return [...Map.groupBy(world.style, (each) => each.on)].map(([on, rows]) => {
      const source = new ol.VectorSource({ features: rows.flatMap((each) => all.get(each.object) ?? []) });
      const within = on.startsWith("in-");
      const kind = within ? ol.VectorLayer : ol.VectorImageLayer;
      const layer = new kind({ source, style, imageRatio: 2, className: `ol-${on.replace("in-", "")}` });
      if (within) {
        layer.on("prerender", (event) => {
          event.context.globalCompositeOperation = "source-atop";
          cells(world, event);
        });
        layer.on("postrender", ({ context }) => (context.globalCompositeOperation = "source-over"));
      }
      return layer;
    });
  }

  // A grid of cells as an image, its first row the southernmost, as coordinates run to the north.
  function cells(world, { context, frameState }) {
    const { image, box } = world.shades[shade] ?? {};
    if (!image) return;
    if (!pictures.has(image)) {
      pictures.set(image, Object.assign(new Image(), { src: image, onload: redraw }));
    }
    const [xx, , , yy, x, y] = frameState.coordinateToPixelTransform.map((each) => each * frameState.pixelRatio);
    context.save();
    context.setTransform(xx, 0, 0, yy, x, y);
    context.globalAlpha = 0.8;
    context.imageSmoothingEnabled = false;
    context.drawImage(pictures.get(image), box[0], box[1], box[2] - box[0], box[3] - box[1]);
    context.restore();
  }

  function namesOf(world) {
    return Object.entries(world.places).reverse().map(([kind, { text, ...columns }]) => {
      const style = { ...world.names[kind], gap: world.names[kind].dot && 5 };
      const words = style.upper ? text.map((each) => each.toLocaleUpperCase("en")) : text;
      const all = features("label", { ...columns, text: words });
      return new ol.VectorLayer({
        source: new ol.VectorSource({ features: all }), declutter: "names", renderOrder: byRank,
        style: (feature, resolution) => resolution > feature.get("most") ? null
          : styled("label", { ...style, text: feature.get("text"), beside: style.gap }),
      });
    });
  }

  // --- maps --------------------------------------------------------------------------------
  function make(spec) {
    const target = document.getElementById(`figure-${spec.name}`);
    const lead = spec.beside && made.get(spec.beside);
    const world = lead ? lead.world : spec.world;
    if (!lead) world.shades = spec.shades;
    const view = lead ? lead.view : viewOf(spec, target);
    target.style.backgroundColor = `var(--map-${world.sea.slice(1)})`;
    const layers = Object.fromEntries(spec.layers.map((each) => [each.name, layerOf(each, spec.unit)]));
    const map = new ol.Map({
      target, view, controls: spec.scale ? [new ol.ScaleLine()] : [],
      interactions: ol.interactions({ dragPan: false, keyboard: false, altShiftDragRotate: false, pinchRotate: false })
        .extend([new ol.DragPan({ condition: mouseOrTwoFingers })]),
      layers: [...baseOf(world), ...namesOf(world), ...Object.values(layers)],
    });
    const own = { spec, world, view, map, layers };
    made.set(spec.name, own);
    map.on("pointermove", (event) => event.dragging || point(own, event));
    map.on("click", (event) => pick(own, event));
    target.addEventListener("pointerleave", () => siting.hover(own.spec, null));
  }

  // One finger scrolls the page; two fingers or the mouse move the map.
  const mouseOrTwoFingers = function (event) {
    return event.originalEvent.pointerType === "mouse" || this.getPointerCount() === 2;
  };

  function viewOf(spec, target) {
    const extent = spec.drawn;
    const projection = new ol.Projection({ code: `flat-${spec.name}`, units: "m", metersPerUnit: 1000, extent });
    const [west, south, east, north] = spec.first;
    const { width, height } = target.getBoundingClientRect();
    const first = Math.max((east - west) / width, (north - south) / height);
    const view = new ol.View({
      projection, center: [(west + east) / 2, (south + north) / 2], resolution: first, extent,
      constrainOnlyCenter: true, enableRotation: false, minResolution: first * spec.nearest / (east - west),
      maxResolution: Math.max(first, Math.min((extent[2] - extent[0]) / width, (extent[3] - extent[1]) / height)),
    });
    view.set("first", first);
    return view;
  }

  // What lies under the pointer, the topmost first.
  function hits(own, pixel) {
    const at = own.map.getCoordinateFromPixel(pixel);
    const scale = own.view.getResolution();
    const box = [at[0], at[1], at[0], at[1]].map((each, k) => each + (k < 2 ? -30 : 30) * scale);
    return Object.values(own.layers).reverse().flatMap((layer) => {
      const spec = layer.get("spec");
      if (!spec.picks || !layer.getVisible()) return [];
      const near = [];
      layer.getSource().forEachFeatureInExtent(box, (feature) => {
        const [x, y] = feature.getGeometry().getClosestPoint(at);
        const { radius, width } = look(spec, feature);
        const away = Math.hypot(x - at[0], y - at[1]) / scale - (radius ?? width / 2);
        if (away <= 3) near.push({ spec, feature, radius: radius ?? 0, away });
      });
      return near.sort((a, b) => a.radius - b.radius || a.away - b.away);
    });
  }

  function point(own, event) {
    const [top] = hits(own, event.pixel);
    own.map.getTargetElement().style.cursor = top?.feature.get("id") ? "pointer" : "";
    siting.hover(own.spec, top && { layer: top.spec.name, i: top.feature.get("row") ?? top.feature.get("i") });
  }

  // Where symbols overlap, choosing again takes the next one.
  function pick(own, event) {
    const found = hits(own, event.pixel).filter(({ feature }) => feature.get("id") !== undefined);
    if (!found.length) return siting.choose("", []);
    const at = found.findIndex(({ spec, feature }) => chosen.get(spec.picks)?.has(feature.get("id")));
    const { spec, feature } = found[(at + 1) % found.length];
    const [layer, id] = [spec.picks, feature.get("id")];
    siting.choose(layer, [id]);
    const detail = { map: own.spec.name, layer, id };
    own.map.getTargetElement().dispatchEvent(new CustomEvent("siting:place", { detail, bubbles: true }));
  }

  function redraw() {
    for (const { map } of made.values()) for (const layer of map.getAllLayers()) layer.changed();
  }

  function mark(layer, ids) {
    chosen.clear();
    if (layer) chosen.set(layer, new Set(ids));
    redraw();
    if (ids.length === 1) for (const own of made.values()) reveal(own, layer, ids[0]);
  }

  // A place that was chosen elsewhere is brought into the window.
  function reveal(own, layer, id) {
    for (const each of Object.values(own.layers)) {
      if (each.get("spec").picks !== layer) continue;
      const feature = each.getSource().getFeatures().find((one) => one.get("id") === id);
      const at = feature?.getGeometry().getCoordinates();
      if (!at || !own.map.getSize()) continue;
      const [west, south, east, north] = own.view.calculateExtent(own.map.getSize());
      if (at[0] < west || at[0] > east || at[1] < south || at[1] > north) own.view.setCenter(at);
    }
  }

  const move = (own, right, up) => {
    const [x, y] = own.view.getCenter();
    const [width, height] = own.map.getSize().map((px) => px * own.view.getResolution() * 0.15);
    own.view.setCenter([x + right * width, y + up * height]);
  };
  const zoom = (own, factor) => own.view.setResolution(own.view.getResolution() * factor);
  const KEYS = {
    ArrowLeft: (own) => move(own, -1, 0), ArrowRight: (own) => move(own, 1, 0),
    ArrowUp: (own) => move(own, 0, 1), ArrowDown: (own) => move(own, 0, -1),
    "+": (own) => zoom(own, 1 / 1.5), "-": (own) => zoom(own, 1.5),
    0: (own) => {
      const [west, south, east, north] = own.spec.first;
      own.view.setCenter([(west + east) / 2, (south + north) / 2]);
      own.view.setResolution(own.view.get("first"));
    },
  };

  function keyboard(own) {
    const box = own.map.getTargetElement().closest(".map");
    box.addEventListener("keydown", (event) => {
      const act = KEYS[event.key];
      if (!act || event.target.closest("button, input, select")) return;
      event.preventDefault();
      act(own);
    });
    for (const button of box.querySelectorAll("button[data-move]")) {
      button.addEventListener("click", () => KEYS[button.dataset.move](own));
    }
  }

  function switches() {
    for (const box of document.querySelectorAll("input[data-layer]")) {
      const show = () => {
        for (const own of made.values()) {
          for (const [name, layer] of Object.entries(own.layers)) {
            if (name === box.dataset.layer || (box.dataset.layer === "flows" && name === "flows-lost") ||
              (box.dataset.layer === "sites" && name === "labels")) layer.setVisible(box.checked);
          }
        }
      };
      box.addEventListener("change", show);
      show();
    }
    const select = document.getElementById("shade");
    select?.addEventListener("change", () => {
      shade = select.value;
      for (const key of document.querySelectorAll("[data-key-of]")) key.hidden = key.dataset.keyOf !== shade;
      redraw();
    });
  }

  function start() {
    for (const each of document.querySelectorAll("script.map-data")) make(JSON.parse(each.textContent));
    for (const own of made.values()) keyboard(own);
    switches();
  }

  // The features of a layer become others, as columns.
  function replace(name, layer, columns) {
    const each = made.get(name).layers[layer];
    each.getSource().clear(true);
    each.getSource().addFeatures(features(each.get("spec").kind, columns));
  }

  function repaint() {
    styles = new Map();
    redraw();
  }

  return { get: (name) => made.get(name), chosen, mark, repaint, replace, start };
})();
