// The sentences of a machine's voice below its player: the one that sounds is marked, a press plays one, another plays
// those that nobody has vouched for yet.
//
// [data-hear] holds the sentences as buttons [data-from][data-to] (ms), and plays through the player of the same
// data-src. Which stretches really sounded and how fast is kept in this browser and told (POST to data-hear-url: stamp,
// spans) whenever a sentence is through; what could not be told is told when the network is back. The platform decides
// what counts as heard. When nothing is left, the player tells "loa:heard" and [data-until-heard] buttons open.

import { each, post, refusal, show } from "./dom.js";

const SHARE = 0.95; // as SHARE and MOST_SPEED of loa/media/heard.py
const MOST_SPEED = 1.5;
const LEAP = 2000; // ms: a longer way between two looks was no playing
const NEAR = 1500; // the next sentence that follows so closely is simply played on to
const AGAIN = 15_000;
const SPEED = "loa-hear-speed";
const boxes = new Set(); // of this page: whoever chooses a speed has chosen it for every sound

function stored(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch { /* full or forbidden: what was heard is still told while the page is open */ }
}

/** [from, to, speed] rows, those of one speed joined where they meet. */
function joined(rows) {
  const found = [];
  for (const row of [...rows].sort((a, b) => a[2] - b[2] || a[0] - b[0])) {
    const last = found.at(-1);
    if (last && last[2] === row[2] && row[0] <= last[1] + 20) last[1] = Math.max(last[1], row[1]);
    else found.push([...row]);
  }
  return found;
}

class Hearing {
  constructor(box, player) {
    this.box = box;
    this.player = player;
    this.audio = player.audio;
    this.items = [...box.querySelectorAll("[data-from]")].map((button) => ({ button, from: Number(button.dataset.from), to: Number(button.dataset.to), heard: "heard" in button.dataset }));
    this.name = `loa-heard-${box.dataset.sound}`;
    const kept = stored(this.name);
    this.stamp = kept ? kept.stamp : box.dataset.stamp;
    this.spans = kept ? kept.spans : [];
    this.playing = null;
    this.until = null;
    this.rest = false;
    this.rest_button = box.querySelector("[data-hear-rest]");
    this.words = this.rest_button.querySelector("[data-words]").textContent;
    boxes.add(this);
    this.listen();
    this.hurry(Number(stored(SPEED)) || 1);
    this.draw();
    if (this.spans.length) this.tell();
  }

  listen() {
    const { audio, box } = this;
    audio.addEventListener("playing", () => this.watch());
    audio.addEventListener("timeupdate", () => this.look());
    for (const name of ["pause", "ended"]) audio.addEventListener(name, () => { this.look(true); this.close(); this.draw(); });
    for (const name of ["seeking", "ratechange", "emptied"]) audio.addEventListener(name, () => this.close());
    for (const item of this.items) item.button.addEventListener("click", () => this.play(item));
    this.rest_button.addEventListener("click", () => (this.rest && this.player.on ? this.stop() : this.all()));
    for (const button of box.querySelectorAll("[data-hear-speed]")) button.addEventListener("click", () => hurryAll(Number(button.dataset.hearSpeed)));
    window.addEventListener("online", () => this.tell());
    window.addEventListener("pagehide", () => this.close());
  }

  hurry(speed) {
    this.speed = speed;
    this.audio.defaultPlaybackRate = speed;
    this.audio.playbackRate = speed;
    for (const button of this.box.querySelectorAll("[data-hear-speed]")) button.setAttribute("aria-pressed", String(Number(button.dataset.hearSpeed) === speed));
  }

  /** Looks at every frame while it sounds, so that a sentence ends where it ends; hidden pages look less often. */
  watch() {
    if (this.audio.paused) return;
    this.look();
    requestAnimationFrame(() => this.watch());
  }

  look(last = false) {
    const { audio } = this;
    const at = Math.round(audio.currentTime * 1000);
    if (audio.seeking || (audio.paused && !last)) return;
    const now = this.playing;
    if (now && at >= now[1] && at - now[1] < LEAP && now[2] === audio.playbackRate) now[1] = at;
    else if (!last) {
      this.close();
      this.playing = [at, at, audio.playbackRate];
    }
    this.mark(at);
    if (this.fresh()) this.tell();
    if (this.until !== null && at >= this.until && !last) this.onward();
  }

  close() {
    const now = this.playing;
    this.playing = null;
    if (now && now[1] > now[0]) {
      this.spans = joined([...this.spans, now]);
      store(this.name, { stamp: this.stamp, spans: this.spans });
    }
  }

  all_spans() {
    const now = this.playing;
    return joined(now && now[1] > now[0] ? [...this.spans, now] : this.spans);
  }

  covered(item) {
    let at = item.from;
    let played = 0;
    const rows = this.all_spans().filter((row) => row[2] <= MOST_SPEED).sort((a, b) => a[0] - b[0]);
    for (const [from, to] of rows) {
      const start = Math.max(at, from);
      const end = Math.min(to, item.to);
      if (end > start) { played += end - start; at = end; }
    }
    return played >= SHARE * (item.to - item.from);
  }

  /** Whether a sentence is through that has not been told yet. */
  fresh() {
    const found = this.items.filter((item) => !item.heard && !item.told && this.covered(item));
    for (const item of found) item.told = true;
    return found.length > 0;
  }

  get left() {
    return this.items.filter((item) => !item.heard && !item.told);
  }

  from(item) {
    const go = () => { this.audio.currentTime = item.from / 1000; this.player.play(); };
    this.until = item.to;
    this.player.round = 1;
    if (this.audio.readyState > 0) return go();
    this.audio.addEventListener("loadedmetadata", go, { once: true });
    this.audio.preload = "auto";
    return this.audio.load();
  }

  play(item) {
    this.rest = false;
    this.from(item);
  }

  all() {
    const [first] = this.left;
    this.rest = Boolean(first);
    if (first) this.from(first);
    this.draw();
  }

  /** Behind the sentence that was asked for: the next one nobody has heard, or silence. */
  onward() {
    const ended = this.until;
    const next = this.rest ? this.left.find((item) => item.from >= ended) || this.left[0] : null;
    if (!next) return this.stop();
    if (next.from >= ended && next.from - ended < NEAR) this.until = next.to;
    else this.from(next);
    return undefined;
  }

  stop() {
    this.until = null;
    this.rest = false;
    this.player.pause();
    this.draw();
  }

  async tell() {
    if (this.telling) { this.late = true; return; }
    const spans = this.all_spans();
    if (!spans.length) return;
    this.telling = true;
    this.late = false;
    store(this.name, { stamp: this.stamp, spans });
    try {
      const answer = await post(this.box.dataset.hearUrl, { stamp: this.stamp, spans: JSON.stringify(spans) });
      if (answer.ok) this.take(await answer.json());
      else if (answer.status < 500) this.begin(await refusal(answer, "Chưa ghi lại được việc nghe. Hãy tải lại trang."));
      else throw new Error(String(answer.status));
    } catch {
      this.say("Mất mạng: các câu đã nghe được giữ trên máy này và gửi khi có mạng.");
      setTimeout(() => this.tell(), AGAIN);
    }
    this.telling = false;
    if (this.late) this.tell();
  }

  take({ heard, left }) {
    for (const number of heard) if (this.items[number]) this.items[number].heard = true;
    this.say("");
    this.draw();
    if (left) return;
    store(this.name, null);
    this.player.box.dispatchEvent(new CustomEvent("loa:heard", { bubbles: true }));
    document.dispatchEvent(new CustomEvent("loa:all-heard", { detail: { sound: this.box.dataset.sound } }));
  }

  /** What is kept here does not fit: another person's, or too old. It starts anew with this page. */
  begin(words) {
    const old = this.stamp !== this.box.dataset.stamp;
    this.stamp = this.box.dataset.stamp;
    this.spans = [];
    this.playing = null;
    for (const item of this.items) item.told = false;
    store(this.name, null);
    if (!old) this.say(words);
  }

  say(words) {
    const line = this.box.querySelector("[data-hear-told]");
    if (line.textContent !== words) line.textContent = words;
  }

  mark(at) {
    for (const { button, from, to } of this.items) {
      const on = at >= from && at < to;
      if (on && !button.hasAttribute("aria-current")) button.setAttribute("aria-current", "true");
      else if (!on && button.hasAttribute("aria-current")) button.removeAttribute("aria-current");
    }
  }

  draw() {
    const done = this.items.filter((item) => item.heard).length;
    for (const { button, heard } of this.items) {
      if (!heard || "heard" in button.dataset) continue;
      button.dataset.heard = "";
      button.querySelector("[data-hear-mark]").textContent = "(đã nghe)";
    }
    const all = this.items.length;
    const words = done === all ? `Đã nghe đủ ${all} câu` : `Đã nghe ${done} trên ${all} câu`;
    const line = this.box.querySelector("[data-hear-words]");
    if (line.textContent !== words) line.textContent = words;
    this.rest_button.querySelector("[data-words]").textContent = this.rest && this.player.on ? "Dừng nghe" : this.words;
    show(this.rest_button, done < all);
  }
}

function hurryAll(speed) {
  store(SPEED, speed);
  for (const one of boxes) {
    if (document.contains(one.box)) one.hurry(speed);
    else boxes.delete(one);
  }
}

/** A button that waits until everything was heard: pressed before, it leads to the first sound that is left to hear. */
function gate(button) {
  const why = document.getElementById(button.getAttribute("aria-describedby"));
  button.addEventListener("click", (event) => {
    if (button.getAttribute("aria-disabled") !== "true") return;
    event.preventDefault();
    const rest = document.querySelector("[data-hear-rest]:not([hidden])");
    rest?.scrollIntoView({ block: "center" });
    rest?.focus({ preventScroll: true });
  });
  const left = new Set(button.dataset.untilHeard.split(" "));
  document.addEventListener("loa:all-heard", ({ detail }) => {
    if (!left.delete(detail.sound) || left.size) return;
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-describedby");
    show(why, false);
  });
}

export function enhance(root) {
  each(root, "[data-hear]", (box) => {
    const player = document.querySelector(`[data-player][data-src="${box.dataset.src}"]`)?.player;
    if (player) new Hearing(box, player);
  });
  each(root, "[data-until-heard]", gate);
}
