// Records a voice in the browser. Every second of sound goes to IndexedDB at once, so that a closed tab, an empty
// battery or a lost network loses at most that second. A recording can be heard, continued (the next part is joined to
// it), used (sent, in pieces that survive a bad line) or thrown away; one that could not be sent waits on this machine
// and is sent when the network returns.
//
// Markup: c-recorder. Answers like upload.js: hidden [data-sound] gets the id, event loa:sound goes up from the box.
// A take: {id, user, page, field, kind, at, ms, levels, starts: numbers of the chunks that begin a part, done, wanted}.
// `field` is the name of the hidden field it is meant for: a page may have several recorders, one a language.

import { each, hm, length, meta, show, uuid } from "./dom.js";
import { Awake, INSECURE, Meter, able, offer, open, verdict, why } from "./microphone.js";
import { enhance as players } from "./player.js";
import { Sending } from "./sending.js";
import * as store from "./store.js";
import { Pace } from "./upload.js";

const SLICE = 1000;
const KEEP = 14 * 24 * 3600 * 1000;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus", "audio/webm"];
const LITTLE_ROOM = 40 * 1000 * 1000;
const LEVELS = { quiet: "Nhỏ quá: nói gần máy hơn, hoặc nói to hơn", good: "Vừa", loud: "To quá, vỡ tiếng: lùi ra xa máy một chút" };
const FULL = "Máy này hết chỗ chứa nên đã dừng thu. Phần đã thu còn nguyên: hãy dùng ngay đoạn này, đừng đóng trang.";
const awake = new Awake();

class Recorder {
  constructor(box) {
    this.box = box;
    this.part = (name) => box.querySelector(`[data-${name}]`);
    this.page = location.pathname;
    this.field = this.part("sound").name;
    this.part("start").addEventListener("click", () => this.start(null));
    this.part("pause").addEventListener("click", () => this.pause());
    this.part("finish").addEventListener("click", () => this.recorder.stop());
    this.part("no-count").addEventListener("click", () => { this.counting = false; });
    const count = this.part("count");
    count.checked = localStorage.getItem("loa-count-in") !== "no";
    count.addEventListener("change", () => localStorage.setItem("loa-count-in", count.checked ? "yes" : "no"));
    if (!able()) this.unable(INSECURE);
    this.restore().catch(() => {}).finally(() => { box.dataset.takesRead = ""; });
    window.addEventListener("online", () => this.sendWaiting());
    document.addEventListener("loa:take", () => document.contains(box) && this.restore().catch(() => {}));
  }

  say(words) {
    this.part("say").textContent = words;
  }

  unable(words) {
    this.part("start").disabled = true;
    this.say(words);
  }

  /** Begins a take, or the next part of one (`made` is its note on the page). */
  async start(made) {
    if (this.recorder && this.recorder.state !== "inactive") return;
    this.part("start").disabled = true;
    try {
      this.stream = await open();
    } catch (error) {
      this.part("start").disabled = false;
      this.say(why(error));
      return;
    }
    offer(this.part("mic"), this.stream).catch(() => {});
    this.levels = [];
    this.meter = new Meter(this.stream, (share) => this.level(share));
    const go = await this.countIn();
    this.part("start").disabled = false;
    if (go) await this.record(made);
    else this.close("Chưa thu. Bấm Thu để bắt đầu.");
  }

  /** Three, two, one: seen and, with a screen reader, heard. The microphone is open, so that the level can be seen. */
  async countIn() {
    if (!this.part("count").checked) return true;
    this.counting = true;
    show(this.part("start"), false);
    show(this.part("no-count"), true);
    for (let left = 3; left > 0 && this.counting; left -= 1) {
      this.part("time").textContent = String(left);
      this.say(`Bắt đầu thu sau ${left}…`);
      for (let tenth = 0; tenth < 10 && this.counting; tenth += 1) await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    show(this.part("no-count"), false);
    show(this.part("start"), true);
    return this.counting && document.contains(this.box);
  }

  async record(made) {
    const kind = made ? made.take.kind : KINDS.find((name) => MediaRecorder.isTypeSupported(name));
    this.recorder = new MediaRecorder(this.stream, { mimeType: kind, audioBitsPerSecond: 96000 });
    this.take = made ? made.take : { id: uuid(), user: meta("loa-user"), page: this.page, field: this.field, kind: kind || this.recorder.mimeType, at: Date.now(), ms: 0, levels: [], starts: [] };
    this.take.done = false;
    this.number = made ? await store.lastChunk(this.take.id) + 1 : 0;
    this.take.starts = [...(this.take.starts || [0]), this.number];
    if (made) made.remove();
    this.spare = made ? made.spare : [];
    this.held = hold(this.take.id);
    this.saving = store.put("takes", this.take).catch(() => this.full());
    this.recorder.ondataavailable = (event) => this.keep(event.data);
    this.recorder.onstop = () => this.finish();
    this.stream.getAudioTracks()[0].onended = () => this.unplugged();
    this.recorder.start(SLICE);
    this.seen = performance.now();
    this.running(true);
    awake.ask();
    this.say("Đang thu. Từng giây được giữ trên máy này.");
    this.warnOfRoom().catch(() => {});
  }

  async warnOfRoom() {
    await navigator.storage?.persist?.();
    const room = await navigator.storage?.estimate?.();
    if (room && room.quota - room.usage < LITTLE_ROOM) this.say("Đang thu. Máy này sắp hết chỗ chứa: chỉ nên thu vài phút rồi dùng ngay.");
  }

  running(on) {
    show(this.part("start"), !on);
    show(this.part("pause"), on);
    show(this.part("finish"), on);
    show(this.part("verdict"), on);
    this.part("takes").inert = on;
    window.onbeforeunload = on ? (event) => event.preventDefault() : null;
  }

  keep(blob) {
    if (!blob.size) return;
    const row = { take: this.take.id, number: this.number++, blob };
    const stored = () => store.put("chunks", row).catch((problem) => { this.spare.push(row); throw problem; });
    this.saving = this.saving.then(stored).then(() => store.put("takes", this.take)).catch(() => this.full());
  }

  /** The browser takes no more: what came after stays in memory, and nothing new is begun. */
  full() {
    this.isFull = true;
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }

  unplugged() {
    this.lost = true;
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }

  pause() {
    const paused = this.recorder.state === "paused";
    if (paused) this.recorder.resume();
    else this.recorder.pause();
    this.part("words").textContent = paused ? "Tạm dừng" : "Thu tiếp";
    this.say(paused ? "Đang thu." : "Đang tạm dừng, chưa thu.");
  }

  /** Ten times a second; the clock stands still while paused. */
  level(share) {
    this.part("level").setAttribute("width", String(share));
    if (!this.recorder || this.recorder.state === "inactive") return;
    if (!document.contains(this.box)) return this.recorder.stop(); // the page was drawn anew
    const now = performance.now();
    if (this.recorder.state === "recording") {
      this.take.ms += now - this.seen;
      this.take.levels.push(share);
      this.levels.push(share);
      this.part("time").textContent = length(this.take.ms);
      this.judge();
      if (this.take.ms > Number(this.box.dataset.limit) * 60000) this.recorder.stop();
    }
    this.seen = now;
    return undefined;
  }

  /** In plain words, and not more often than one can read. */
  judge() {
    const now = verdict(this.levels);
    const element = this.part("verdict");
    if (!now || element.dataset.level === now || Date.now() - (this.judged || 0) < 1500) return;
    this.judged = Date.now();
    element.dataset.level = now;
    element.textContent = LEVELS[now];
  }

  close(words) {
    for (const track of this.stream.getTracks()) { track.onended = null; track.stop(); }
    this.meter.close();
    awake.rest();
    this.part("level").setAttribute("width", "0");
    this.part("time").textContent = "0:00";
    this.part("words").textContent = "Tạm dừng";
    this.part("verdict").textContent = "";
    delete this.part("verdict").dataset.level;
    this.say(words);
  }

  async finish() {
    this.running(false);
    this.close("Đang cất đoạn thu…");
    await this.saving.catch(() => {});
    this.take.done = true;
    await store.put("takes", this.take).catch(() => {});
    if (this.held) this.held.release();
    if (this.isFull) this.say(FULL);
    else if (this.lost) this.say("Micrô bị rút ra hoặc bị tắt. Phần đã thu còn nguyên ở dưới.");
    else this.say("Nghe lại rồi bấm Dùng đoạn này.");
    this.isFull = this.lost = false;
    if (document.contains(this.box)) await this.offer(this.take, this.spare);
    else setTimeout(() => document.dispatchEvent(new CustomEvent("loa:take")), 300); // the lock is let go meanwhile
  }

  /** Shows what earlier visits left behind; throws away what nobody came back for. */
  async restore() {
    const busy = await underway();
    for (const take of await store.all("takes")) {
      if (busy.has(take.id) || [...this.part("takes").children].some((made) => made.take.id === take.id)) continue;
      if (Date.now() - take.at > KEEP) await forget(take);
      else if (take.user === meta("loa-user") && take.page === this.page && this.isMine(take)) await this.offer(take, []);
    }
    this.sendWaiting();
  }

  /** A take whose field is gone from the page (its language was dropped) is offered by the first recorder. */
  isMine(take) {
    const fields = [...document.querySelectorAll("[data-recorder] [data-sound]")].map((field) => field.name);
    return take.field === this.field || (!fields.includes(take.field) && this.field === fields[0]);
  }

  async offer(take, spare) {
    const rows = [...await store.chunksOf(take.id).catch(() => []), ...spare].sort((one, other) => one.number - other.number);
    if (!rows.length) return forget(take);
    const made = this.part("take").content.firstElementChild.cloneNode(true);
    Object.assign(made, { take, spare, blob: new Blob(rows.map((row) => row.blob), { type: take.kind }) });
    this.listening(made, rows);
    made.querySelector("[data-what]").textContent = `${title(take)} ${length(take.ms)}, lúc ${hm(take.at)}`;
    made.querySelector("[data-use]").addEventListener("click", () => this.use(made));
    made.querySelector("[data-more]").addEventListener("click", () => this.start(made));
    show(made.querySelector("[data-more]"), !take.wanted && !spare.length && joinable(take.kind));
    twice(made.querySelector("[data-drop]"), async () => {
      if (made.sending) await made.sending.stop();
      await forget(take);
      made.remove();
    });
    this.part("takes").append(made);
    players(made);
    for (const player of made.querySelectorAll("[data-player]")) player.player.draw();
    return undefined;
  }

  /** One player for each part: browsers play a file of several parts only up to the end of the first. */
  listening(made, rows) {
    const starts = made.take.starts?.length ? made.take.starts : [0];
    const parts = starts.map((start, at) => rows.filter((row) => row.number >= start && row.number < (starts[at + 1] ?? Infinity))).filter((part) => part.length);
    const first = made.querySelector("[data-player]");
    const { levels, ms } = made.take;
    let from = 0;
    parts.forEach((part, at) => {
      const player = at ? first.cloneNode(true) : first;
      const to = at === parts.length - 1 ? levels.length : from + Math.round((part.length / rows.length) * levels.length);
      const mine = levels.slice(from, to);
      from = to;
      player.dataset.src = URL.createObjectURL(new Blob(part.map((row) => row.blob), { type: made.take.kind }));
      player.dataset.ms = Math.round(levels.length ? (ms * mine.length) / levels.length : ms);
      player.querySelector(".wave").setAttribute("viewBox", `0 0 ${Math.max(1, Math.min(75, mine.length)) * 4} 48`);
      for (const path of player.querySelectorAll(".wave path")) path.setAttribute("d", wave(mine));
      if (at) made.querySelector("[data-what]").parentElement.parentElement.insertBefore(player, made.querySelector("[data-use]").parentElement);
    });
  }

  async use(made) {
    const { take, blob } = made;
    const words = made.querySelector("[data-what]");
    if (made.sending) return;
    for (const name of ["use", "more"]) made.querySelector(`[data-${name}]`).disabled = true;
    const pace = new Pace();
    const wait = async (why) => {
      take.wanted = true;
      words.textContent = `${title(take)} ${length(take.ms)} chưa gửi được, giữ trên máy này; có mạng thì tự gửi. ${why}`;
      await store.put("takes", take).catch(() => {});
    };
    made.sending = new Sending({
      url: this.box.dataset.url, blob, name: `thu-${take.id}.${take.kind.includes("mp4") ? "m4a" : "webm"}`, id: take.id, origin: "recorded",
      progress: (sent, total) => { words.textContent = `Đang gửi ${Math.floor((sent / total) * 100)}%, ${pace.words(sent, total)}`; },
      waiting: wait,
    });
    try {
      this.taken(made, await made.sending.run());
    } catch (problem) {
      made.sending = null;
      made.querySelector("[data-use]").disabled = false;
      if (problem.kept) await wait(problem.message);
      else if (!problem.stopped) words.textContent = problem.message || "Chưa gửi được đoạn thu.";
    }
  }

  async taken(made, answer) {
    await forget(made.take);
    made.remove();
    if (!document.contains(this.box)) return;
    this.part("sound").value = answer.id;
    this.box.dispatchEvent(new CustomEvent("loa:sound", { bubbles: true, detail: { id: answer.id, answer } }));
    this.say("Đã nhận đoạn thu.");
  }

  sendWaiting() {
    if (!navigator.onLine) return;
    for (const made of this.part("takes").children) if (made.take.wanted) this.use(made);
  }
}

const title = (take) => (take.done ? "Đoạn thu" : "Bản ghi dở");

/** WebM files can be put one behind the other and are read as one; of MP4 only the first part would be. */
const joinable = (kind) => kind.includes("webm") && able() && MediaRecorder.isTypeSupported(kind);

async function forget(take) {
  await store.removeChunks(take.id);
  await store.remove("takes", take.id);
}

/** Other tabs must not offer what this one is recording. */
function hold(id) {
  const lock = {};
  const ended = new Promise((resolve) => { lock.release = resolve; });
  navigator.locks?.request(`loa-take-${id}`, () => ended).catch(() => {});
  return lock;
}

async function underway() {
  const locks = await navigator.locks?.query().catch(() => null);
  return new Set((locks?.held || []).map((lock) => lock.name.replace("loa-take-", "")));
}

/** Throwing a recording away takes two presses within four seconds. */
function twice(element, work) {
  const words = element.querySelector("span");
  const before = words.textContent;
  let armed = 0;
  element.addEventListener("click", () => {
    if (Date.now() - armed < 4000) return work();
    armed = Date.now();
    words.textContent = "Bấm lần nữa để bỏ";
    setTimeout(() => { words.textContent = before; }, 4000);
    return undefined;
  });
}

/** The same drawing as loa/ui/wave.py: 75 bars, each the loudest of its stretch. */
function wave(levels) {
  const bars = Math.min(75, levels.length);
  let path = "";
  for (let i = 0; i < bars; i += 1) {
    const part = levels.slice(Math.floor((i * levels.length) / bars), Math.floor(((i + 1) * levels.length) / bars));
    const reach = Math.max(2, Math.round((Math.max(...part) * 23) / 100));
    path += `M${i * 4 + 2} ${24 - reach}V${24 + reach}`;
  }
  return path;
}

export function enhance(root) {
  each(root, "[data-recorder]", (box) => new Recorder(box));
}
