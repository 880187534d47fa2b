// Plays a timeline at once, before anything is rendered: a few seconds of each source at a time come from the server
// (so that a sound of three hours fits into a small phone), and are put one behind the other with their ramps and fades.

import { SILENT, bends } from "./edits.js";

const WINDOW = 8000; // ms; every request begins at a multiple of it, so that what was heard is heard again from memory
const KEPT = 16;
const AHEAD = 3; // seconds that are scheduled before they sound
const LATE = 0.08;

export class Sounder {
  /** `address(source id, start, length, cleared)` of a WAV; `tell({at, playing, waiting, failed})` as often as it changes. */
  constructor(address, tell) {
    this.address = address;
    this.tell = tell;
    this.windows = new Map();
    this.run = null;
  }

  get playing() {
    return this.run !== null;
  }

  stop() {
    if (!this.run) return;
    const { run } = this;
    this.run = null;
    for (const node of run.nodes) { try { node.stop(); } catch { /* it has not begun */ } }
    const at = this.where(run);
    this.tell({ at, playing: false });
  }

  /** Plays `line` from `from` to `to` (ms); `ids` are the sounds of its sources. */
  async play(line, ids, from, to, cleared) {
    this.stop();
    this.context ||= new AudioContext();
    const run = { nodes: new Set(), marks: [], end: to };
    this.run = run;
    this.tell({ at: from, playing: true, waiting: true });
    try {
      await this.context.resume();
      await this.feed(run, line, ids, from, to, cleared);
    } catch {
      if (this.run === run) { this.stop(); this.tell({ failed: true, playing: false }); }
    }
  }

  async feed(run, line, ids, from, to, cleared) {
    let when = 0;
    let at = from;
    this.watch(run);
    for (const part of parts(line, from, to)) {
      const buffer = part.piece.source === SILENT ? null : await this.window(ids[part.piece.source], part.window, cleared && part.piece.source === 0);
      if (this.run !== run) return;
      const now = this.context.currentTime;
      if (when < now + 0.01) when = now + LATE;
      run.marks.push({ when, at, length: part.length });
      if (buffer) this.schedule(run, buffer, part, when);
      when += part.length / 1000;
      at += part.length;
      while (this.run === run && when - this.context.currentTime > AHEAD) await rest(100);
      if (this.run !== run) return;
    }
    while (this.run === run && this.context.currentTime < when) await rest(40);
    if (this.run !== run) return;
    this.run = null;
    this.tell({ at: to, playing: false, over: true });
  }

  schedule(run, buffer, part, when) {
    const node = this.context.createBufferSource();
    const gain = this.context.createGain();
    node.buffer = buffer;
    const [first, ...others] = bends(part.piece, part.from, part.length, part.seams);
    gain.gain.setValueAtTime(first[1], when);
    for (const [time, level] of others) gain.gain.linearRampToValueAtTime(level, when + time / 1000);
    node.connect(gain).connect(this.context.destination);
    node.start(when, part.offset / 1000, part.length / 1000);
    node.onended = () => run.nodes.delete(node);
    run.nodes.add(node);
  }

  /** Tells where it is as long as it plays. */
  watch(run) {
    const look = () => {
      if (this.run !== run) return;
      const waiting = !run.marks.length || this.context.currentTime < run.marks[0].when;
      this.tell({ at: this.where(run), playing: true, waiting });
      setTimeout(look, 50);
    };
    look();
  }

  where(run) {
    const now = this.context.currentTime;
    let found = run.marks[0];
    for (const mark of run.marks) if (mark.when <= now) found = mark;
    if (!found) return null;
    return Math.min(found.at + Math.max(0, (now - found.when) * 1000), found.at + found.length);
  }

  /** The samples of one window of a source, kept for the next time. */
  window(id, number, cleared) {
    const name = `${id} ${number} ${cleared}`;
    const known = this.windows.get(name);
    if (known) return known;
    const fetched = this.fetched(id, number, cleared);
    this.windows.set(name, fetched);
    fetched.catch(() => this.windows.delete(name));
    if (this.windows.size > KEPT) this.windows.delete(this.windows.keys().next().value);
    return fetched;
  }

  async fetched(id, number, cleared) {
    const answer = await fetch(this.address(id, number * WINDOW, WINDOW, cleared));
    if (!answer.ok) throw new Error(String(answer.status));
    return this.context.decodeAudioData(await answer.arrayBuffer());
  }
}

/** The stretches to schedule: a piece is cut where the windows of its source end. */
export function* parts(line, from, to) {
  let at = 0;
  for (const [number, piece] of line.pieces.entries()) {
    const seams = [number > 0, number < line.pieces.length - 1];
    let inside = Math.max(from - at, 0);
    const end = Math.min(to - at, piece.length);
    while (inside < end) {
      const source = piece.source === SILENT ? 0 : piece.start + inside;
      const window = Math.floor(source / WINDOW);
      const length = Math.min(end - inside, piece.source === SILENT ? end - inside : (window + 1) * WINDOW - source);
      yield { piece, seams, from: inside, length, window, offset: source - window * WINDOW };
      inside += length;
    }
    at += piece.length;
  }
}

const rest = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
