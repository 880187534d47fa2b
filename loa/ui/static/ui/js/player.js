// Plays a sound beside its wave form: play, pause, seek by pointer or keyboard, one sound at a time.
//
// Having heard a sound to its end is what an approver answers for, so it is measured, not claimed: the stretches that
// really played are added up, and only 98 % of the length is reported (POST to data-heard-url: heard_ms, length_ms).
// A player with data-say="id" speaks what stands in that field now, in the voice of the field data-voice="id".
// A button with data-play-all="#box" plays every player inside the box in a row.

import { each, length, post, show } from "./dom.js";

const ENOUGH = 0.98;
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
    this.button.addEventListener("click", () => (this.audio.paused ? this.play() : this.audio.pause()));
    this.seek.addEventListener("input", () => this.jump(Number(this.seek.value)));
    for (const name of ["play", "pause", "timeupdate", "ended"]) this.audio.addEventListener(name, () => this.draw());
    this.audio.addEventListener("ended", () => this.finish());
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

  async play() {
    this.aim();
    if (sounding && sounding !== this) sounding.audio.pause();
    sounding = this;
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
    const on = !this.audio.paused && !this.audio.ended;
    const share = this.total ? Math.min(1, at / this.total) : 0;
    const words = this.box.dataset.label;
    const heard = this.box.querySelector("[data-heard]");
    heard.setAttribute("width", String(share * heard.ownerSVGElement.viewBox.baseVal.width));
    this.box.querySelector("[data-time]").textContent = at ? `${length(at)} / ${length(this.total)}` : length(this.total);
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

/** Plays all in a row; says which one; a second press stops. */
function row(button) {
  const words = button.textContent.trim();
  const label = button.querySelector("[data-words]") || button;
  let running = false;

  const ending = (player) => new Promise((resolve) => {
    const leave = () => resolve(player.audio.ended);
    player.audio.addEventListener("ended", leave, { once: true });
    player.audio.addEventListener("pause", () => setTimeout(leave, 0), { once: true });
    player.box.addEventListener("loa:unheard", leave, { once: true });
  });

  button.addEventListener("click", async () => {
    if (running) {
      running = false;
      if (sounding) sounding.audio.pause();
      return;
    }
    running = true;
    const players = [...document.querySelectorAll(`${button.dataset.playAll} [data-player]`)].map((box) => box.player);
    for (const [index, player] of players.entries()) {
      label.textContent = `Đang nghe ${index + 1}/${players.length}, bấm để dừng`;
      player.jump(0);
      const ended = ending(player);
      player.play();
      if (!(await ended) || !running) break;
    }
    running = false;
    label.textContent = words;
  });
}

export function enhance(root) {
  each(root, "[data-player]", (box) => new Player(box));
  each(root, "[data-play-all]", row);
}
