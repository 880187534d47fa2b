// Sửa tiếng: buttons, keys and memory around the drawing (wave.js), the playing (sound.js) and the rules (edits.js).
//
// Markup: media/editor.html. Nothing is sent before "Lưu thành bản mới"; what was done is kept on this machine, so that
// a closed tab loses nothing. Keys: Space plays, arrows move, I and O set the stretch (when the drawing has the focus),
// Delete cuts, Ctrl+Z and Ctrl+Y undo and redo.

import { each, meta, post, refusal, show, uuid } from "../dom.js";
import { MOST_OPS, Refused, lay, old } from "./edits.js";
import { History } from "./history.js";
import { Sounder } from "./sound.js";
import { Wave } from "./wave.js";
import { seconds, step, time } from "./words.js";

const USUAL_FADE = 2000;
const LOUDER_DB = 3;
const COMPARED = 8000;
const NOTHING_CHOSEN = "Hãy chọn một đoạn trước: kéo ngang trên sóng tiếng, hoặc bấm Đặt đầu đoạn và Đặt cuối đoạn.";

class Editor {
  constructor(box) {
    this.box = box;
    this.facts = JSON.parse(box.dataset.facts);
    this.name = uuid(); // of the sound that will be made: the same on every try
    this.history = new History(this.kept() || this.facts.edits);
    this.history.saved = this.facts.edits;
    this.chosen = null;
    this.cursor = 0;
    this.titles = new Map([...box.querySelectorAll("[data-join] option")].map((one) => [one.value, one.dataset.title]));
    this.wave = new Wave(this.part("wave"), (news) => this.hear(news));
    this.sounder = new Sounder((id, from, length, cleared) => this.address(id, from, length, cleared), (news) => this.sound(news));
    for (const button of box.querySelectorAll("[data-do]")) button.addEventListener("click", () => this.press(button));
    this.part("clarity").addEventListener("change", () => this.push({ ...this.edits, clarity: this.part("clarity").checked }));
    this.part("scroll").addEventListener("input", () => this.scroll());
    document.addEventListener("keydown", this.keys = (event) => this.key(event));
    window.addEventListener("beforeunload", this.leaving = (event) => { if (this.history.changed && !this.gone) event.preventDefault(); });
    this.lay();
    this.heights(this.facts.base);
    if (this.history.changed) this.say("Đã mở lại các bước sửa đang làm dở trên máy này.");
    box.editor = this;
  }

  part(name) {
    return this.box.querySelector(`[data-${name}]`);
  }

  get edits() {
    return this.history.now;
  }

  get ids() {
    return [this.facts.base, ...this.line.joined];
  }

  /** Beside the tools, or where it is saved. */
  say(words, place = "say") {
    this.part(place).textContent = words;
  }

  // ---- memory ----

  get place() {
    return `loa-sua ${meta("loa-user")} ${location.pathname}`;
  }

  kept() {
    try {
      const { saved, edits } = JSON.parse(localStorage.getItem(this.place) || "{}");
      if (!edits || saved !== JSON.stringify(this.facts.edits)) return null;
      lay(edits, this.facts.length, true);
      return edits;
    } catch {
      return null;
    }
  }

  keep() {
    try {
      if (this.history.changed) localStorage.setItem(this.place, JSON.stringify({ saved: JSON.stringify(this.facts.edits), edits: this.edits }));
      else localStorage.removeItem(this.place);
    } catch { /* a full or forbidden memory only means that a closed tab is lost */ }
  }

  // ---- edits ----

  lay() {
    this.line = lay(this.edits, this.facts.length, true);
    this.cursor = Math.min(this.cursor, this.line.length);
    this.wave.show(this.line, this.ids);
    for (const id of this.line.joined) this.heights(id);
    this.keep();
    this.draw();
  }

  /** Why not, as the server would say it. */
  words(refused) {
    return (this.facts.words[refused.code] || "").replace("{length}", time(this.line.length));
  }

  /** A new state, if it may be; the words of a refusal otherwise. */
  push(state, told = "") {
    try {
      if (state.ops.length > MOST_OPS) throw new Refused("edit_odd");
      lay(state, this.facts.length, true);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.say(this.words(error));
      this.draw();
      return false;
    }
    this.sounder.stop();
    this.history.push(state);
    this.name = uuid();
    this.lay();
    if (told) this.say(`${told} Tiếng còn dài ${time(this.line.length)}.`);
    return true;
  }

  add(op, told) {
    return this.push({ ...this.edits, ops: [...this.edits.ops, op] }, told);
  }

  press(button) {
    const { chosen, cursor, line } = this;
    const span = chosen && { from: chosen[0], to: chosen[1] };
    const { length } = line;
    switch (button.dataset.do) {
      case "play": return this.play();
      case "play-chosen": return span ? this.start(span.from, span.to) : this.say(NOTHING_CHOSEN);
      case "cut": return this.cut();
      case "trim": return span ? this.trim(span) : this.say(NOTHING_CHOSEN);
      case "fade-in": return this.add({ do: "fade_in", ...(span || { from: 0, to: Math.min(USUAL_FADE, length) }) }, "Tiếng to dần.");
      case "fade-out": return this.add({ do: "fade_out", ...(span || { from: Math.max(0, length - USUAL_FADE), to: length }) }, "Tiếng nhỏ dần.");
      case "louder": return span ? this.gain(span, LOUDER_DB) : this.say(NOTHING_CHOSEN);
      case "quieter": return span ? this.gain(span, -LOUDER_DB) : this.say(NOTHING_CHOSEN);
      case "silence": return this.add({ do: "silence", at: cursor, length: Number(this.part("silence").value) }, "Đã thêm khoảng lặng tại vạch nghe.");
      case "join": return this.join();
      case "before": return this.compare(false);
      case "after": return this.compare(true);
      case "undo": return this.step(() => this.history.undo(), "Đã hoàn tác.");
      case "redo": return this.step(() => this.history.redo(), "Đã làm lại.");
      case "original": return this.push({ ...this.edits, ops: [], clarity: false }, "Đã trở về bản gốc; bấm Hoàn tác nếu muốn giữ các bước sửa.");
      case "in": return this.choose([Math.min(cursor, length - 20), chosen && chosen[1] > cursor ? chosen[1] : length]);
      case "out": return this.choose([chosen && chosen[0] < cursor ? chosen[0] : 0, Math.max(cursor, 20)]);
      case "nothing": return this.choose(null);
      case "nudge": return this.nudge(button.dataset.edge, Number(button.dataset.by));
      case "zoom-in": return this.wave.zoom(2);
      case "zoom-out": return this.wave.zoom(0.5);
      case "save": return this.save(button);
      default: return undefined;
    }
  }

  cut() {
    if (!this.chosen) return this.say(NOTHING_CHOSEN);
    const [from, to] = this.chosen;
    if (!this.add({ do: "cut", from, to }, `Đã cắt bỏ ${seconds(to - from)}.`)) return undefined;
    return this.choose(null, from);
  }

  trim(span) {
    if (this.add({ do: "trim", ...span }, "Đã bỏ phần ngoài đoạn chọn.")) this.choose(null, 0);
  }

  /** Pressed again on the same stretch it is one change, twice as strong. */
  gain(span, by) {
    const last = this.edits.ops[this.edits.ops.length - 1];
    const again = last && last.do === "gain" && last.from === span.from && last.to === span.to;
    const db = by + (again ? last.db : 0);
    const before = again ? this.edits.ops.slice(0, -1) : this.edits.ops;
    const ops = db === 0 ? before : [...before, { do: "gain", ...span, db }];
    this.push({ ...this.edits, ops }, by > 0 ? "Đoạn chọn to hơn một nấc." : "Đoạn chọn nhỏ hơn một nấc.");
  }

  join() {
    const option = this.part("join").selectedOptions[0];
    if (!option || !option.value) return this.say("Hãy chọn tiếng muốn ghép.");
    const at = { start: 0, end: this.line.length, cursor: this.cursor }[this.part("joint").value];
    return this.add({ do: "join", at, sound: option.value, length: Number(option.dataset.ms) }, `Đã ghép ${option.dataset.title}.`);
  }

  step(go, told) {
    const before = this.line;
    const source = old(before, Math.min(this.cursor, before.length - 1));
    this.sounder.stop();
    go();
    this.name = uuid();
    this.chosen = null;
    this.wave.chosen = null;
    this.line = lay(this.edits, this.facts.length, true);
    this.cursor = source ? placeOf(this.line, source, this.cursor) : 0;
    this.lay();
    this.say(`${told} Tiếng dài ${time(this.line.length)}.`);
  }

  // ---- choosing ----

  hear(news) {
    if (news.view) this.drawScroll();
    if (news.cursor !== undefined) { this.sounder.stop(); this.cursor = news.cursor; this.part("wave-focus").focus({ preventScroll: true }); this.draw(); }
    if (news.chosen !== undefined) this.choose(news.chosen, news.chosen ? news.chosen[0] : undefined);
  }

  choose(chosen, cursor) {
    this.chosen = chosen;
    if (cursor !== undefined) this.cursor = Math.min(cursor, this.line.length);
    this.draw();
  }

  nudge(edge, by) {
    if (!this.chosen) return this.say(NOTHING_CHOSEN);
    const pair = [...this.chosen];
    if (edge === "start") pair[0] = Math.max(0, Math.min(pair[0] + by, pair[1] - 20));
    else pair[1] = Math.min(this.line.length, Math.max(pair[1] + by, pair[0] + 20));
    return this.choose(pair);
  }

  scroll() {
    const [from, to] = this.wave.view;
    const start = Number(this.part("scroll").value);
    this.wave.look([start, start + to - from]);
  }

  move(by) {
    this.sounder.stop();
    this.cursor = Math.max(0, Math.min(this.line.length, this.cursor + by));
    this.wave.follow(this.cursor);
    this.draw();
  }

  key(event) {
    if (!this.box.isConnected) { document.removeEventListener("keydown", this.keys); window.removeEventListener("beforeunload", this.leaving); return; }
    const field = event.target.closest("input, select, textarea, button, a, summary, [role=slider][data-handle]");
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    let work = null;
    if (control && key === "z") work = () => this.press({ dataset: { do: event.shiftKey ? "redo" : "undo" } });
    else if (control && key === "y") work = () => this.press({ dataset: { do: "redo" } });
    else if (control || event.altKey) return;
    else if (key === " " && !field) work = () => this.play();
    else if ((key === "delete" || key === "backspace") && !field) work = () => this.cut();
    else if (key.startsWith("arrow") && !field) work = { arrowleft: () => this.move(event.shiftKey ? -100 : -1000), arrowright: () => this.move(event.shiftKey ? 100 : 1000) }[key];
    else if ((key === "i" || key === "o") && this.part("wave").contains(event.target)) work = () => this.press({ dataset: { do: key === "i" ? "in" : "out" } });
    if (!work) return;
    event.preventDefault();
    work();
  }

  // ---- listening ----

  address(id, from, length, cleared) {
    return `${this.facts.sounds}${id}/doan.wav?tu=${from}&dai=${length}${cleared ? "&ro=1" : ""}`;
  }

  async heights(id) {
    if (this.wave.heights.has(id)) return;
    this.wave.heights.set(id, null);
    try {
      const answer = await fetch(`${this.facts.sounds}${id}/song.bin`);
      if (!answer.ok) throw new Error(String(answer.status));
      const step_ = Number(answer.headers.get("X-Step-Ms"));
      this.wave.heights.set(id, { step: step_, levels: new Uint8Array(await answer.arrayBuffer()) });
      if (id === this.facts.base) this.box.dataset.drawn = "";
    } catch {
      this.wave.heights.delete(id);
      if (id === this.facts.base) this.part("drawing").textContent = "Chưa vẽ được";
      this.say("Chưa vẽ được sóng tiếng. Kiểm tra mạng rồi tải lại trang; các bước sửa vẫn được giữ.");
    }
    this.wave.draw();
  }

  play() {
    if (this.sounder.playing) return this.sounder.stop();
    return this.start(this.cursor >= this.line.length - 20 ? 0 : this.cursor, this.line.length);
  }

  start(from, to, cleared = this.edits.clarity) {
    this.sounder.play(this.line, this.ids, from, to, cleared);
  }

  /** The same stretch without and with clarity, equally loud. */
  compare(cleared) {
    const from = this.chosen ? this.chosen[0] : Math.min(this.cursor, Math.max(0, this.line.length - 1000));
    const to = Math.min(this.chosen ? this.chosen[1] : from + COMPARED, from + COMPARED, this.line.length);
    this.back = from;
    this.start(from, to, cleared);
    this.say(cleared ? "Đang nghe tiếng đã làm rõ." : "Đang nghe tiếng chưa làm rõ.");
  }

  sound(news) {
    if (news.failed) this.say("Chưa nghe được. Kiểm tra mạng rồi bấm nghe lại.");
    if (news.at !== null && news.at !== undefined) this.cursor = Math.min(Math.round(news.at), this.line.length);
    if (news.over && this.back !== undefined) this.cursor = this.back;
    if (!news.playing) this.back = undefined;
    if (news.playing) this.wave.follow(this.cursor);
    this.box.classList.toggle("is-waiting", Boolean(news.waiting));
    this.draw();
  }

  // ---- the page ----

  draw() {
    const { chosen, cursor, line } = this;
    this.wave.chosen = chosen;
    this.wave.cursor = cursor;
    this.wave.draw();
    const on = this.sounder.playing;
    show(this.part("icon-play"), !on);
    show(this.part("icon-pause"), on);
    this.part("play-words").textContent = on ? "Dừng nghe" : "Nghe từ vạch";
    this.part("time").textContent = `${time(cursor)} / ${time(line.length)}`;
    const focus = this.part("wave-focus");
    focus.setAttribute("aria-valuemax", String(line.length));
    focus.setAttribute("aria-valuenow", String(cursor));
    focus.setAttribute("aria-valuetext", `${time(cursor)} trên ${time(line.length)}`);
    this.drawChosen();
    this.drawScroll();
    this.drawSteps();
    this.part("clarity").checked = this.edits.clarity;
    disable(this.box.querySelector('[data-do="undo"]'), !this.history.canUndo);
    disable(this.box.querySelector('[data-do="redo"]'), !this.history.canRedo);
    disable(this.box.querySelector('[data-do="original"]'), !this.edits.ops.length && !this.edits.clarity);
  }

  drawChosen() {
    const { chosen } = this;
    show(this.part("chosen"), Boolean(chosen));
    show(this.part("unchosen"), !chosen);
    for (const [side, name] of [[0, "start"], [1, "end"]]) {
      const handle = this.box.querySelector(`[data-handle=${name}]`);
      this.part(`chosen-${name}`).textContent = chosen ? time(chosen[side]) : "";
      handle.setAttribute("aria-valuemax", String(this.line.length));
      handle.setAttribute("aria-valuenow", String(chosen ? chosen[side] : 0));
      handle.setAttribute("aria-valuetext", chosen ? time(chosen[side]) : "chưa chọn");
    }
    this.part("chosen-length").textContent = chosen ? seconds(chosen[1] - chosen[0]) : "";
  }

  drawScroll() {
    const scroll = this.part("scroll");
    const [from, to] = this.wave.view;
    show(scroll.closest("[data-scroll-box]"), !this.wave.whole);
    scroll.max = String(Math.max(0, Math.round((this.line?.length || 0) - (to - from))));
    scroll.step = String(Math.max(1, Math.round((to - from) / 20)));
    scroll.value = String(Math.round(from));
    scroll.setAttribute("aria-valuetext", `từ ${time(from)} đến ${time(to)}`);
  }

  drawSteps() {
    const steps = this.edits.ops.map((op) => step(op, this.titles));
    if (this.edits.clarity) steps.push("Làm rõ tiếng");
    this.part("steps").replaceChildren(...steps.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
    this.part("steps-count").textContent = steps.length ? `Các bước đã làm (${steps.length})` : "Chưa sửa gì";
    this.part("length").textContent = time(this.line.length);
  }

  async save(button) {
    if (!this.history.changed) return this.say("Chưa có gì thay đổi để lưu.", "say-saving");
    this.sounder.stop();
    try {
      lay(this.edits, this.facts.length);
    } catch (error) {
      return this.say(this.words(error), "say-saving");
    }
    disable(button, true);
    this.say("Đang gửi các bước sửa…", "say-saving");
    try {
      const answer = await post(this.box.dataset.save, { id: this.name, edits: JSON.stringify(this.edits) });
      if (!answer.ok) return this.say(await refusal(answer, "Máy chủ chưa lưu được. Thử lại sau ít phút."), "say-saving");
      const { go } = await answer.json();
      this.gone = true;
      localStorage.removeItem(this.place);
      location.assign(go);
    } catch {
      this.say("Mất mạng, chưa lưu được. Các bước sửa vẫn được giữ trên máy này; có mạng thì bấm Lưu lại.", "say-saving");
    } finally {
      disable(button, false);
    }
    return undefined;
  }
}

/** Where a moment of a source lies in another timeline, or the old place if it is gone there. */
function placeOf(line, [source, time_], otherwise) {
  let at = 0;
  for (const piece of line.pieces) {
    if (piece.source === source && time_ >= piece.start && time_ < piece.start + piece.length) return at + time_ - piece.start;
    at += piece.length;
  }
  return Math.min(otherwise, line.length);
}

function disable(button, on) {
  if (on) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

export function enhance(root) {
  each(root, "[data-editor]", (box) => new Editor(box));
}
