// The parts of OpenLayers that siting/report/assets/map.js uses, as one global.
import Feature from 'ol/Feature.js';
import Map from 'ol/Map.js';
import View from 'ol/View.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import TopoJSON from 'ol/format/TopoJSON.js';
import LineString from 'ol/geom/LineString.js';
import Point from 'ol/geom/Point.js';
import Polygon from 'ol/geom/Polygon.js';
import DragPan from 'ol/interaction/DragPan.js';
import { defaults as interactions } from 'ol/interaction/defaults.js';
import VectorLayer from 'ol/layer/Vector.js';
import VectorImageLayer from 'ol/layer/VectorImage.js';
import Projection from 'ol/proj/Projection.js';
import VectorSource from 'ol/source/Vector.js';
import { Circle, Fill, RegularShape, Stroke, Style, Text } from 'ol/style.js';

globalThis.ol = {
  Circle, DragPan, Feature, Fill, LineString, Map, Point, Polygon, Projection, RegularShape,
  ScaleLine, Stroke, Style, Text, TopoJSON, VectorImageLayer, VectorLayer, VectorSource, View,
  interactions,
};
