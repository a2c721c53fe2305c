// The parts of OpenLayers that siting/report/assets/map.js uses, as one object, `ol`.
export { default as Feature } from 'ol/Feature.js';
export { default as Map } from 'ol/Map.js';
export { default as View } from 'ol/View.js';
export { default as ScaleLine } from 'ol/control/ScaleLine.js';
export { containsCoordinate } from 'ol/extent.js';
export { default as TopoJSON } from 'ol/format/TopoJSON.js';
export { default as Point } from 'ol/geom/Point.js';
export { default as DragPan } from 'ol/interaction/DragPan.js';
export { defaults as interactions } from 'ol/interaction/defaults.js';
export { ImageStatic as Static, Vector as VectorSource } from 'ol/source.js';
export { Image as ImageLayer, Vector as VectorLayer, VectorImage as VectorImageLayer } from 'ol/layer.js';
export { default as Projection } from 'ol/proj/Projection.js';
