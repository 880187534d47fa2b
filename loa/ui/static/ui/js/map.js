// Maps: an element with data-map="#list" shows a point for each tr with data-lat, data-lon inside #list. The list stays
// what it is: the same facts for people without sight or script, and by keyboard. When htmx brings new rows the points
// follow them. Nothing comes from another host unless the page says data-tiles.
//
//   tr: data-look person|quiet|live|none, data-mark (short text on the point), data-words, and a link in its th;
//       data-horns ("90,225": degrees from north, where its horns point)
//   map: data-leaflet, data-shapes (addresses), data-province (code), data-whole (show all of it), data-near (names
//   around: [[name, lat, lon] ...]), data-say (what it is called), data-tiles and data-credit

import { each } from "./dom.js";

const ORDER = ["none", "live", "quiet", "person"]; // the last is drawn on top
const SMALLEST = 6;
const LARGEST = 18;
const WITH_TEXT = 14;
const ONE_POINT_ZOOM = 14;

export const maps = [];
let loading = null;

/** Leaflet, fetched once and only by pages with a map. */
function leaflet(address) {
  loading ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.L);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["ground", "surface", "sunken", "ink", "line", "control", "accent", "on-accent", "person", "person-soft", "person-line"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** What the rows of the list say. */
function points(selector) {
  return [...document.querySelectorAll(`${selector} tr[data-lat]`)].map((row) => {
    const link = row.querySelector("th a");
    const { lat, lon, look, mark, words } = row.dataset;
    const horns = (row.dataset.horns || "").split(",").filter(Boolean).map(Number);
    return { at: [Number(lat), Number(lon)], look, mark, words, horns, name: link.textContent, href: link.href };
  }).sort((one, other) => ORDER.indexOf(one.look) - ORDER.indexOf(other.look));
}

/** A shape for each state, so that colour is never alone: circle, square, diamond. */
function outline(context, look, x, y, r) {
  context.beginPath();
  if (look === "person") {
    const d = r * 1.3;
    context.moveTo(x, y - d);
    context.lineTo(x + d, y);
    context.lineTo(x, y + d);
    context.lineTo(x - d, y);
    context.closePath();
  } else if (look === "quiet") {
    context.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  } else {
    context.arc(x, y, look === "none" ? Math.max(3, r * 0.45) : r, 0, 2 * Math.PI);
  }
}

/** A wedge for each horn, from the point outwards, below it. */
function wedges(context, { x, y }, r, horns, colour) {
  context.fillStyle = colour.control;
  context.strokeStyle = colour.surface;
  context.lineWidth = 1;
  for (const degrees of horns) {
    const turn = ((degrees - 90) * Math.PI) / 180;
    context.beginPath();
    context.moveTo(x + r * 1.8 * Math.cos(turn), y + r * 1.8 * Math.sin(turn));
    context.lineTo(x + r * Math.cos(turn - 0.6), y + r * Math.sin(turn - 0.6));
    context.lineTo(x + r * Math.cos(turn + 0.6), y + r * Math.sin(turn + 0.6));
    context.closePath();
    context.fill();
    context.stroke();
  }
}

function paint(context, { x, y }, r, { look, mark, horns }, colour) {
  wedges(context, { x, y }, r, horns, colour);
  const fill = { person: colour["person-soft"], quiet: colour.surface, live: colour.accent, none: colour.surface }[look];
  const edge = { person: colour["person-line"], quiet: colour.control, live: colour.surface, none: colour.control }[look];
  outline(context, look, x, y, r + 1.5);
  context.fillStyle = colour.surface;
  context.fill();
  outline(context, look, x, y, r);
  context.fillStyle = fill;
  context.fill();
  context.lineWidth = look === "person" ? 3 : 1.5;
  context.strokeStyle = edge;
  context.stroke();
  if (!mark || r < WITH_TEXT || look === "none") return;
  context.font = `600 16px ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = { person: colour.person, quiet: colour.ink, live: colour["on-accent"] }[look];
  context.fillText(mark, x, y + 1);
}

class LiveMap {
  constructor(L, element, shapes) {
    this.L = L;
    this.element = element;
    this.list = element.dataset.map;
    this.colour = colours();
    this.group = L.layerGroup();
    this.map = this.open();
    this.ground(shapes);
    this.home(shapes);
    this.names();
    this.group.addTo(this.map);
    this.draw();
    this.map.on("zoomend", () => this.draw());
  }

  open() {
    const { L, element } = this;
    element.hidden = false;
    element.setAttribute("role", "region");
    element.setAttribute("aria-label", element.dataset.say);
    const map = L.map(element, {
      // One finger scrolls the page, two move the map; a mouse drags it, but its wheel scrolls the page.
      dragging: !window.matchMedia("(pointer: coarse)").matches,
      scrollWheelZoom: false,
      zoomControl: false,
      attributionControl: false,
      zoomAnimation: false,
      fadeAnimation: false,
      inertia: false,
      maxZoom: 17,
      minZoom: 4,
      zoomSnap: element.dataset.tiles ? 1 : 0.25,
      zoomDelta: 1,
      renderer: L.canvas({ padding: 0.3, tolerance: 8 }),
    });
    // A popup that needs room moves the map at once: what slides away under a finger is pressed beside.
    map.panBy = (offset) => L.Map.prototype.panBy.call(map, offset, { animate: false });
    L.control.zoom({ position: "topright", zoomInTitle: "Phóng to bản đồ", zoomOutTitle: "Thu nhỏ bản đồ" }).addTo(map);
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
    const credit = L.control.attribution().setPrefix(false).addAttribution("Bản đồ minh họa");
    credit.addTo(map);
    if (element.dataset.tiles) {
      L.tileLayer(element.dataset.tiles, { maxZoom: 18, attribution: element.dataset.credit || "" }).addTo(map);
    }
    return map;
  }

  /** Our own provinces below the points: with tiles only as lines. */
  ground(shapes) {
    if (!shapes) return;
    const own = (feature) => feature.id === this.element.dataset.province;
    this.shapes = this.L.geoJSON(shapes, { interactive: false, style: (feature) => this.style(own(feature)) }).addTo(this.map);
    this.shapes.eachLayer((layer) => { if (own(layer.feature)) this.own = layer; });
  }

  /** The communes around, to find one's way by. */
  names() {
    for (const [name, lat, lon] of JSON.parse(this.element.dataset.near || "[]")) {
      const icon = this.L.divIcon({ className: "map-name", iconSize: null });
      const sign = this.L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(this.map);
      sign.getElement().textContent = name;
    }
  }

  style(own) {
    const { colour, element } = this;
    const bare = Boolean(element.dataset.tiles);
    const inside = element.dataset.province && "whole" in element.dataset;
    return {
      color: own ? colour.control : colour.line,
      weight: own ? 2 : 1,
      fill: !bare,
      fillColor: inside && !own ? colour.ground : "whole" in element.dataset ? colour.surface : colour.sunken,
      fillOpacity: 1,
    };
  }

  home(shapes) {
    const all = points(this.list).map((point) => point.at);
    const whole = "whole" in this.element.dataset && shapes;
    const seen = whole ? (this.own || this.shapes).getBounds() : this.L.latLngBounds(all);
    const room = whole ? 8 : 36; // and below and at the right for the buttons
    this.map.fitBounds(seen, { paddingTopLeft: [room, room], paddingBottomRight: [whole ? room : 72, whole ? 36 : 56], maxZoom: ONE_POINT_ZOOM });
    if (this.own) this.own.bringToFront(); // its whole edge, over its neighbours'
    this.start = this.map.getZoom();
  }

  /** As large as there is room: many points on a phone are small and bear no text. */
  radius(count) {
    const size = this.map.getSize();
    const shown = "whole" in this.element.dataset ? count : 1;
    const zoomed = 2 ** (this.map.getZoom() - this.start);
    const room = Math.sqrt((size.x * size.y) / Math.max(1, shown)) * zoomed;
    return Math.min(LARGEST, Math.max(SMALLEST, room * 0.2));
  }

  draw() {
    const all = points(this.list);
    const radius = this.radius(all.length);
    this.group.clearLayers();
    for (const point of all) this.group.addLayer(this.sign(point, radius));
  }

  sign(point, radius) {
    const { L, colour } = this;
    const sign = L.circleMarker(point.at, { radius, weight: 2 });
    sign._updatePath = function updatePath() {
      if (this._renderer._drawing && !this._empty()) paint(this._renderer._ctx, this._point, this._radius, point, colour);
    };
    if (window.matchMedia("(hover: hover)").matches) sign.bindTooltip(words(point), { direction: "top", offset: [0, -radius] });
    sign.on("click", () => {
      sign.closeTooltip();
      this.say(point, radius);
    });
    return sign;
  }

  say(point, radius) {
    const link = document.createElement("a");
    link.className = "btn";
    link.href = point.href;
    link.textContent = "Mở";
    link.setAttribute("aria-label", `Mở ${point.name}`);
    const told = words(point);
    told.append(link);
    this.L.popup({ closeButton: false, offset: [0, -radius], autoPanPadding: [12, 12] })
      .setLatLng(point.at).setContent(told).openOn(this.map);
  }

  /** After a change of theme. */
  recolour() {
    this.colour = colours();
    if (this.shapes) this.shapes.setStyle((feature) => this.style(feature.id === this.element.dataset.province));
    this.draw();
  }
}

function words(point) {
  const told = document.createElement("div");
  const name = document.createElement("strong");
  const facts = document.createElement("p");
  name.textContent = point.name;
  facts.textContent = point.words;
  told.append(name, facts);
  return told;
}

async function open(element) {
  const shapes = fetch(element.dataset.shapes).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
  const L = await leaflet(element.dataset.leaflet).catch(() => null); // without it the list says the same
  if (L && points(element.dataset.map).length) maps.push(new LiveMap(L, element, await shapes));
}

export function enhance(root) {
  each(root, "[data-map]", open);
  for (const map of maps) map.draw();
}

new MutationObserver(() => { for (const map of maps) map.recolour(); })
  .observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
