// Plays a sound beside its wave form: play, pause, seek by pointer or keyboard, one sound at a time.
//
// Having heard a sound to its end is what an approver answers for, so it is measured, not claimed: the stretches that
// really played are added up, and only 98 % of the length is reported (POST to data-heard-url: heard_ms, length_ms).
// A player with data-say="id" speaks what stands in that field now, in the voice of the field data-voice="id".
// A player with data-readings plays its sound so often, with the pause that the loudspeakers make; data-link is what is
// said between two readings ("Xin nhắc lại").
// A button with data-play-all="#box" plays every player inside the box in a row. What sounds is told to the system, so
// that it can be paused, and the next begun, from a phone's locked screen or a headset.

import { each, length, post, show } from "./dom.js";

const ENOUGH = 0.98;
const BETWEEN_READINGS = 2000; // as BETWEEN_READINGS_MS of loa/broadcasts/rules/plans.py; around a link half of it
let sounding = null;

class Player {
  constructor(box) {
    this.box = box;
    this.audio = new Audio();
    this.audio.preload = "none";
    this.audio.src = box.dataset.src;
    this.said = false;
    this.seek = box.querySelector("[data-seek]");
    this.button = box.querySelector("[data-play]");
    this.button.addEventListener("click", () => (this.on ? this.pause() : this.play()));
    this.seek.addEventListener("input", () => this.jump(Number(this.seek.value)));
    for (const name of ["play", "pause", "timeupdate", "ended"]) this.audio.addEventListener(name, () => this.draw());
    this.audio.addEventListener("ended", () => { this.finish(); this.again(); });
    this.round = 1;
    this.resting = 0;
    this.link = box.dataset.link ? new Audio() : null;
    this.link?.addEventListener("ended", () => this.rest(() => this.play()));
    this.link?.addEventListener("error", () => this.rest(() => this.play()));
    this.audio.addEventListener("timeupdate", () => this.finish());
    this.audio.addEventListener("error", () => this.fail());
    this.audio.addEventListener("playing", () => this.box.classList.remove("is-broken"));
    box.player = this;
  }

  get total() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration * 1000 : Number(this.box.dataset.ms);
  }

  /** Milliseconds that really sounded, each moment counted once. */
  get heard() {
    const parts = this.audio.played;
    let sum = 0;
    for (let i = 0; i < parts.length; i += 1) sum += parts.end(i) - parts.start(i);
    return sum * 1000;
  }

  /** The address of what stands in the fields now; the same words are not fetched again. */
  aim() {
    const { say, voice, src } = this.box.dataset;
    if (!say) return;
    const words = document.getElementById(say)?.value || "";
    const wanted = `${src}&chu=${encodeURIComponent(words)}&giong=${encodeURIComponent(document.getElementById(voice)?.value || "")}`;
    if (this.aimed !== wanted) this.audio.src = this.aimed = wanted;
  }

  get readings() {
    return Number(this.box.dataset.readings || 1);
  }

  /** Read several times: once more after the pause, or after the words that say so; then it has ended. */
  again() {
    if (this.round < this.readings) {
      this.round += 1;
      this.rest(() => (this.link ? this.sayLink() : this.play()));
      this.draw();
      return;
    }
    this.round = 1;
    this.draw();
    this.box.dispatchEvent(new CustomEvent("loa:over"));
  }

  /** Silence, then `next`. */
  rest(next) {
    this.resting = setTimeout(next, this.link ? BETWEEN_READINGS / 2 : BETWEEN_READINGS);
  }

  sayLink() {
    if (!this.link.src) this.link.src = this.box.dataset.link;
    this.link.currentTime = 0;
    this.link.play().catch((error) => { if (error.name !== "AbortError") this.rest(() => this.play()); });
  }

  /** Stands still, also between two readings. */
  pause() {
    clearTimeout(this.resting);
    this.link?.pause();
    if (this.resting && this.audio.ended) this.round = 1;
    this.resting = 0;
    this.audio.pause();
    this.draw();
    this.box.dispatchEvent(new CustomEvent("loa:stopped"));
  }

  get on() {
    return Boolean(this.resting) || (!this.audio.paused && !this.audio.ended);
  }

  async play() {
    this.aim();
    this.resting = 0;
    if (sounding && sounding !== this) sounding.pause();
    sounding = this;
    announce(this);
    try {
      await this.audio.play();
    } catch (error) {
      if (error.name !== "AbortError") this.fail();
    }
  }

  jump(milliseconds) {
    this.audio.currentTime = milliseconds / 1000;
    this.draw();
  }

  draw() {
    const at = this.audio.currentTime * 1000;
    const { on } = this;
    const round = this.readings > 1 && (on || at) ? `, lần ${this.round}/${this.readings}` : "";
    const share = this.total ? Math.min(1, at / this.total) : 0;
    const words = this.box.dataset.label;
    const heard = this.box.querySelector("[data-heard]");
    heard.setAttribute("width", String(share * heard.ownerSVGElement.viewBox.baseVal.width));
    this.box.querySelector("[data-time]").textContent = (at ? `${length(at)} / ${length(this.total)}` : length(this.total)) + round;
    this.seek.max = Math.round(this.total);
    this.seek.value = Math.round(at);
    this.seek.setAttribute("aria-valuetext", `${length(at)} trên ${length(this.total)}`);
    this.button.setAttribute("aria-label", on ? `Tạm dừng: ${words}` : words);
    show(this.box.querySelector("[data-icon-play]"), !on);
    show(this.box.querySelector("[data-icon-pause]"), on);
  }

  async finish() {
    if (this.said || !this.total || this.heard < this.total * ENOUGH) return;
    this.said = true;
    const facts = { heard_ms: Math.round(this.heard), length_ms: Math.round(this.total) };
    this.box.dataset.heardToEnd = "";
    if (this.box.dataset.heardUrl) {
      try {
        const answer = await post(this.box.dataset.heardUrl, facts);
        if (!answer.ok) throw new Error(String(answer.status));
      } catch {
        this.said = false; // told again with the next second of sound, or when heard again
        return;
      }
    }
    this.box.dispatchEvent(new CustomEvent("loa:heard", { bubbles: true, detail: facts }));
  }

  fail() {
    this.box.classList.add("is-broken");
    this.box.querySelector("[data-time]").textContent = "Chưa nghe được, thử lại";
    this.box.dispatchEvent(new CustomEvent("loa:unheard", { bubbles: true }));
  }
}

/** What the locked screen of a phone shows and offers. */
function announce(player) {
  if (!("mediaSession" in navigator)) return;
  const session = navigator.mediaSession;
  session.metadata = new MediaMetadata({ title: player.box.dataset.label, artist: "Loa", album: document.title });
  session.setActionHandler("play", () => player.play());
  session.setActionHandler("pause", () => player.pause());
  session.setActionHandler("nexttrack", list && list.has(player) ? () => list.next() : null);
}

/** The players that are played in a row just now. */
let list = null;

class Row {
  constructor(button) {
    this.button = button;
    this.label = button.querySelector("[data-words]") || button;
    this.words = this.label.textContent.trim();
    button.addEventListener("click", () => (list === this ? this.stop() : this.start()));
  }

  start() {
    if (list) list.stop();
    list = this;
    this.players = [...document.querySelectorAll(`${this.button.dataset.playAll} [data-player]`)].map((box) => box.player);
    this.at = -1;
    this.next();
  }

  has(player) {
    return this.players.includes(player);
  }

  next() {
    this.leave();
    this.at += 1;
    const player = this.players[this.at];
    if (!player) return this.stop();
    this.label.textContent = `Đang nghe ${this.at + 1}/${this.players.length}, bấm để dừng`;
    this.ears = [["loa:over", () => this.next()], ["loa:unheard", () => this.next()], ["loa:stopped", () => this.stop()]];
    for (const [name, work] of this.ears) player.box.addEventListener(name, work);
    player.round = 1;
    player.jump(0);
    player.play();
    return undefined;
  }

  /** No longer listens to the one that sounds, and silences it. */
  leave() {
    const player = this.players[this.at];
    if (!player) return;
    for (const [name, work] of this.ears) player.box.removeEventListener(name, work);
    if (player.on) player.pause();
  }

  stop() {
    this.leave();
    list = null;
    this.at = -1;
    this.label.textContent = this.words;
  }
}

export function enhance(root) {
  each(root, "[data-player]", (box) => new Player(box));
  each(root, "[data-play-all]", (button) => new Row(button));
}
