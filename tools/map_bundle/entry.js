// The parts of OpenLayers that siting/report/assets/map.js uses, as one global.
import Feature from 'ol/Feature.js';
import Map from 'ol/Map.js';
import View from 'ol/View.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import { containsCoordinate } from 'ol/extent.js';
import TopoJSON from 'ol/format/TopoJSON.js';
import Point from 'ol/geom/Point.js';
import DragPan from 'ol/interaction/DragPan.js';
import { defaults as interactions } from 'ol/interaction/defaults.js';
import ImageLayer from 'ol/layer/Image.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorImageLayer from 'ol/layer/VectorImage.js';
import Projection from 'ol/proj/Projection.js';
import Static from 'ol/source/ImageStatic.js';
import VectorSource from 'ol/source/Vector.js';

globalThis.ol = {
  DragPan, Feature, ImageLayer, Map, Point, Projection, ScaleLine, Static, TopoJSON,
  VectorImageLayer, VectorLayer, VectorSource, View, containsCoordinate, interactions,
};
