// The drawing of a timeline: wave form, chosen stretch, place of listening; and the fingers on it. Knows milliseconds
// of the result and pixels, nothing of edits.

import { SILENT, factor } from "./edits.js";

const DRAG = 8; // pixels from which on a press is a choice of a stretch, not of a place
const NARROWEST = 2000; // ms that the closest view shows

export class Wave {
  /** `box` holds a canvas, [data-cursor] and two [data-handle]; `changed({cursor, chosen, view})` tells what a person did. */
  constructor(box, changed) {
    this.box = box;
    this.changed = changed;
    this.canvas = box.querySelector("canvas");
    this.heights = new Map();
    this.view = [0, 1];
    this.chosen = null;
    this.cursor = 0;
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    for (const handle of box.querySelectorAll("[data-handle]")) this.grip(handle);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** `heights.get(id)` is {step (ms), levels (bytes)}; `ids` are the sounds of the sources. */
  show(line, ids) {
    this.line = line;
    this.ids = ids;
    const span = Math.min(this.view[1] - this.view[0], line.length);
    this.look(this.whole || this.view[1] <= 1 ? [0, line.length] : [Math.min(this.view[0], line.length - span), Math.min(this.view[0], line.length - span) + span]);
  }

  look([from, to]) {
    const { length } = this.line;
    const span = Math.max(Math.min(to - from, length), Math.min(NARROWEST, length));
    const start = Math.max(0, Math.min(from, length - span));
    this.view = [start, start + span];
    this.whole = span >= length;
    this.changed({ view: this.view });
    this.draw();
  }

  zoom(times) {
    const [from, to] = this.view;
    const middle = this.cursor >= from && this.cursor <= to ? this.cursor : (from + to) / 2;
    const half = (to - from) / times / 2;
    this.look([middle - half, middle + half]);
  }

  /** Turns the page when what sounds leaves the view. */
  follow(time) {
    const [from, to] = this.view;
    if (time < from || time > to) this.look([time - (to - from) * 0.1, time + (to - from) * 0.9]);
  }

  pixel(time) {
    const [from, to] = this.view;
    return ((time - from) / (to - from)) * this.canvas.clientWidth;
  }

  time(pixel) {
    const [from, to] = this.view;
    const exact = from + (pixel / this.canvas.clientWidth) * (to - from);
    return Math.round(Math.max(0, Math.min(this.line.length, exact)));
  }

  press(event) {
    if (event.button > 0 || !this.line) return;
    const left = this.canvas.getBoundingClientRect().left;
    const begin = event.clientX - left;
    const first = this.time(begin);
    let dragged = false;
    const move = (moved) => {
      const now = moved.clientX - left;
      if (!dragged && Math.abs(now - begin) < DRAG) return;
      dragged = true;
      const here = this.time(now);
      this.changed({ chosen: [Math.min(first, here), Math.max(first, here)], dragging: true });
    };
    const end = (ended) => {
      this.canvas.removeEventListener("pointermove", move);
      this.canvas.removeEventListener("pointerup", end);
      this.canvas.removeEventListener("pointercancel", end);
      if (ended.type === "pointercancel") return;
      if (dragged) this.changed({ chosen: this.chosen });
      else this.changed({ cursor: first });
    };
    this.canvas.setPointerCapture(event.pointerId);
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
  }

  /** A handle follows the finger, and the arrows: a tenth of a second, with Shift a whole one. */
  grip(handle) {
    const side = handle.dataset.handle === "end" ? 1 : 0;
    const to = (time) => {
      if (!this.chosen) return;
      const pair = [...this.chosen];
      pair[side] = side ? Math.max(time, pair[0] + 20) : Math.min(time, pair[1] - 20);
      pair[side] = Math.max(0, Math.min(this.line.length, pair[side]));
      this.changed({ chosen: pair });
    };
    handle.addEventListener("pointerdown", (event) => {
      handle.setPointerCapture(event.pointerId);
      const apart = event.clientX - this.canvas.getBoundingClientRect().left - this.pixel(this.chosen[side]);
      const move = (moved) => to(this.time(moved.clientX - this.canvas.getBoundingClientRect().left - apart));
      const end = () => handle.removeEventListener("pointermove", move);
      handle.addEventListener("pointermove", move);
      handle.addEventListener("pointerup", end, { once: true });
      handle.addEventListener("pointercancel", end, { once: true });
    });
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!steps || !this.chosen) return;
      event.preventDefault();
      event.stopPropagation();
      to(this.chosen[side] + steps * (event.shiftKey ? 1000 : 100));
    });
  }

  draw() {
    if (!this.line || !this.canvas.clientWidth) return;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const pen = this.canvas.getContext("2d");
    const style = getComputedStyle(this.box);
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.clearRect(0, 0, width, height);
    this.drawChosen(pen, ratio, height, colour("--accent-soft"));
    this.drawLevels(pen, ratio, width, height, [colour("--control"), colour("--accent")]);
    this.drawSeams(pen, ratio, height, colour("--person-line"));
    this.place();
  }

  drawChosen(pen, ratio, height, colour) {
    if (!this.chosen) return;
    pen.fillStyle = colour;
    const from = this.pixel(this.chosen[0]) * ratio;
    pen.fillRect(from, 0, Math.max(2, this.pixel(this.chosen[1]) * ratio - from), height);
  }

  /** One bar for three pixels, as high as the loudest moment in it. */
  drawLevels(pen, ratio, width, height, [usual, chosen]) {
    const bar = Math.max(2, Math.round(2 * ratio));
    const gap = Math.max(1, Math.round(ratio));
    let place = 0;
    let at = 0;
    for (let x = 0; x < width; x += bar + gap) {
      const from = this.timeAt(x / ratio);
      const to = this.timeAt((x + bar + gap) / ratio);
      while (place < this.line.pieces.length - 1 && at + this.line.pieces[place].length <= from) { at += this.line.pieces[place].length; place += 1; }
      const level = this.level(this.line.pieces[place], from - at, to - at);
      const half = Math.max(ratio, (level * (height - 4 * ratio)) / 2);
      const inside = this.chosen && from >= this.chosen[0] && to <= this.chosen[1] + (to - from);
      pen.fillStyle = inside ? chosen : usual;
      pen.fillRect(x, height / 2 - half, bar, half * 2);
    }
  }

  timeAt(pixel) {
    const [from, to] = this.view;
    return from + (pixel / this.canvas.clientWidth) * (to - from);
  }

  level(piece, from, to) {
    const known = piece && piece.source !== SILENT ? this.heights.get(this.ids[piece.source]) : null;
    if (!known) return 0;
    const low = Math.max(0, Math.floor((piece.start + Math.max(0, from)) / known.step));
    const high = Math.min(known.levels.length, Math.max(low + 1, Math.floor((piece.start + Math.min(to, piece.length)) / known.step)));
    let most = 0;
    for (let i = low; i < high; i += 1) if (known.levels[i] > most) most = known.levels[i];
    const gain = piece.curves.reduce((product, curve) => product * factor(curve, piece.start + (from + to) / 2), 1);
    return Math.min(1, (most / 255) * gain);
  }

  drawSeams(pen, ratio, height, colour) {
    pen.fillStyle = colour;
    let at = 0;
    for (const piece of this.line.pieces.slice(0, -1)) {
      at += piece.length;
      if (at > this.view[0] && at < this.view[1]) pen.fillRect(Math.round(this.pixel(at) * ratio), 0, Math.max(1, ratio), height);
    }
  }

  /** The line of listening and the handles lie above the drawing. */
  place() {
    const width = this.canvas.clientWidth;
    const cursor = this.box.querySelector("[data-cursor]");
    const x = this.pixel(this.cursor);
    cursor.hidden = x < -1 || x > width + 1;
    cursor.style.transform = `translateX(${Math.max(0, Math.min(width - 2, x))}px)`;
    for (const handle of this.box.querySelectorAll("[data-handle]")) {
      handle.classList.toggle("is-away", !this.chosen);
      if (!this.chosen) {
        handle.style.transform = "";
        continue;
      }
      const edge = this.pixel(this.chosen[handle.dataset.handle === "end" ? 1 : 0]);
      handle.style.transform = `translateX(${Math.max(0, Math.min(width - 44, edge - 22))}px)`;
    }
  }
}
