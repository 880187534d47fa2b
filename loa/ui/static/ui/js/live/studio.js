// The page Phát trực tiếp: one line to the gateway (see loa/gateway/live/wire.py), the microphone, the buttons.

import { each, length, meta, show } from "../dom.js";
import { Awake, offer, open, why } from "../microphone.js";
import { Capture, clock, missing } from "./capture.js";

const AGAIN = 2000;
const ASK = 5000;
const awake = new Awake();

class Studio {
  constructor(box) {
    this.box = box;
    this.part = (name) => box.querySelector(`[data-${name}]`);
    this.state = "off"; // off, opening, counting, on
    this.part("begin").addEventListener("click", () => this.begin());
    this.part("finish").addEventListener("click", () => this.finish());
    this.part("give").addEventListener("click", () => { this.tell("give", { to: this.wanted }); show(this.part("wanted"), false); });
    this.part("want").addEventListener("click", () => { this.tell("want", { session: this.busy }); this.busySay("Đã xin micrô. Đợi người đang nói trao lại."); });
    this.part("targets").addEventListener("change", () => this.ask());
    this.part("push").addEventListener("change", () => this.mouth());
    const hold = this.part("hold");
    hold.addEventListener("pointerdown", (event) => { hold.setPointerCapture(event.pointerId); this.talk(true); });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) hold.addEventListener(name, () => this.talk(false));
    hold.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); this.talk(true); } });
    hold.addEventListener("keyup", () => this.talk(false));
    window.addEventListener("pagehide", () => this.line && this.line.close());
    missing().then((words) => (words ? this.say(words) : this.connect()));
  }

  say(words) { this.part("say").textContent = words; }

  tell(kind, facts = {}) {
    if (this.line && this.line.readyState === WebSocket.OPEN) this.line.send(JSON.stringify({ t: kind, ...facts }));
  }

  connect() {
    if (!document.contains(this.box)) return;
    this.line = new WebSocket(`${meta("loa-gateway").replace(/^http/, "ws")}/edge/live`);
    this.line.onopen = () => this.tell("ticket", { ticket: meta("loa-ticket") });
    this.line.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.line.onclose = () => {
      if (this.state !== "off") this.over("Mất kết nối với trung tâm nên đã ngừng phát. Trang đang nối lại.");
      this.part("begin").disabled = true;
      clearInterval(this.asking);
      setTimeout(() => this.connect(), AGAIN);
    };
  }

  hear(said) {
    if (said.t === "ping") this.tell("pong", { n: said.n, at: clock() });
    else if (said.t === "hello") this.greet();
    else if (said.t === "ready") this.ready(said);
    else if (said.t === "counting") this.count(said);
    else if (said.t === "state") this.counted(said);
    else if (said.t === "silent") this.say(`Không nghe thấy tiếng nói. Sau ${Math.round(said.left / 60) || 1} phút nữa sẽ tự kết thúc.`);
    else if (said.t === "wanted") this.want(said);
    else if (said.t === "offered") { this.say(`${said.by} đã trao micrô cho anh/chị.`); show(this.part("busy"), false); this.begin({ chime: false }); }
    else if (said.t === "over") this.over(`Đã kết thúc: ${said.words.toLowerCase()}. Đã nói ${length(said.seconds * 1000)}.`);
    else if (said.t === "refused") this.refused(said);
  }

  greet() {
    this.part("begin").disabled = false;
    this.ask();
    this.asking = setInterval(() => this.state === "off" && this.ask(), ASK);
  }

  chosen() {
    const all = (name) => [...this.box.querySelectorAll(`input[name=${name}]:checked`)].map((input) => input.value);
    return { areas: all("area"), groups: all("group"), devices: [] };
  }

  ask() {
    const wish = this.chosen();
    if (!wish.areas.length && !wish.groups.length) this.part("ready").textContent = "Hãy chọn nơi nói.";
    else this.tell("wish", wish);
  }

  ready(said) {
    const parts = [`${said.ready}/${said.expected} cụm loa sẵn sàng`];
    if (said.away) parts.push(`${said.away} cụm mất liên lạc`);
    if (said.held) parts.push(`${said.held} cụm đang bị dừng`);
    this.part("ready").textContent = `${parts.join(", ")}.`;
    const other = this.state === "off" && said.busy[0];
    show(this.part("busy"), Boolean(other));
    if (!other || this.busy === other.session) return;
    this.busy = other.session;
    this.busySay(`${other.speaker} đang phát trực tiếp tại ${other.places.join(", ")}.`);
  }

  busySay(words) { this.part("busy-text").textContent = words; }

  async begin({ chime = this.part("chime").checked } = {}) {
    if (this.state !== "off") return;
    this.state = "opening";
    this.part("begin").disabled = true;
    try {
      this.capture = new Capture(await open(), {
        onPacket: (bytes) => this.send(bytes), onLevel: (peak, rms) => this.level(peak, rms), onFault: () => this.finish(),
      });
      await this.capture.start();
    } catch (error) {
      this.over(why(error));
      return;
    }
    offer(this.part("mic"), this.capture.stream).catch(() => {});
    this.say("Đang xin phát…");
    this.tell("start", { ...this.chosen(), title: this.part("title").value, chime });
  }

  async count({ wait, length: ms }) {
    this.state = "counting";
    this.left = ms;
    show(this.part("begin"), false);
    show(this.part("finish"), true);
    this.part("targets").disabled = true;
    awake.ask();
    window.onbeforeunload = (event) => event.preventDefault();
    const begins = performance.now() + wait;
    for (let left = Math.ceil(wait / 1000); left > 0; left -= 1) {
      this.part("time").textContent = String(left);
      this.say(`Bắt đầu nói sau ${left}…`);
      await new Promise((resolve) => { setTimeout(resolve, begins - (left - 1) * 1000 - performance.now()); });
      if (this.state !== "counting") return;
    }
    this.state = "on";
    this.since = performance.now();
    this.say("Đang phát trực tiếp. Hãy nói.");
    this.mouth();
  }

  /** Open all the time, or only while the button is held. */
  mouth() {
    const push = this.part("push").checked;
    show(this.part("hold"), push && this.state === "on");
    if (this.capture && this.state === "on") this.capture.open = !push;
  }

  talk(on) {
    if (this.state !== "on" || !this.part("push").checked) return;
    this.capture.open = on;
    this.part("hold").toggleAttribute("data-on", on);
  }

  send(bytes) { if (this.line.readyState === WebSocket.OPEN) this.line.send(bytes); }

  /** Fifty times a second; what is shown and told changes less often. */
  level(peak, rms) {
    this.peak = Math.max(this.peak || 0, peak);
    this.rms = Math.max(this.rms || 0, this.capture.open ? rms : 0);
    this.frames = (this.frames || 0) + 1;
    if (this.frames % 5 === 0) {
      const share = Math.max(0, Math.min(100, (20 * Math.log10(this.peak || 0.001) + 60) / 0.6));
      this.part("level").setAttribute("width", String(Math.round(share)));
      this.peak = 0;
      if (this.state === "on") this.part("time").textContent = `${length(performance.now() - this.since)} / ${length(this.left)}`;
    }
    if (this.frames % 50 === 0) {
      this.tell("level", { db: Math.max(-100, 20 * Math.log10(this.rms || 1e-5)) });
      this.rms = 0;
    }
  }

  counted({ sounding, expected }) { this.part("ready").textContent = `${sounding}/${expected} cụm loa báo đang phát.`; }

  want({ user, name }) {
    this.wanted = user;
    this.part("wanted-text").textContent = `${name} xin micrô.`;
    show(this.part("wanted"), true);
  }

  refused({ code, detail }) {
    if (this.state === "opening") this.over(detail);
    else if (code !== "live_over") this.say(detail);
  }

  finish() {
    this.tell("stop");
    if (this.state !== "on" && this.state !== "counting") this.over("Chưa phát.");
    else if (this.capture) this.capture.open = false;
  }

  over(words) {
    this.state = "off";
    if (this.capture) this.capture.close();
    this.capture = null;
    awake.rest();
    window.onbeforeunload = null;
    for (const name of ["finish", "hold", "wanted"]) show(this.part(name), false);
    show(this.part("begin"), true);
    this.part("begin").disabled = !this.line || this.line.readyState !== WebSocket.OPEN;
    this.part("targets").disabled = false;
    this.part("level").setAttribute("width", "0");
    this.part("time").textContent = "0:00";
    this.say(words);
  }
}

/** Everywhere: who is on the air here, and, for who may allow it, who asks. */
const airs = new Map();

function banner() {
  const note = document.getElementById("live-banner");
  if (!note) return;
  const words = [...airs.values()].map((air) => `${air.speaker} (${air.places.join(", ")})`);
  note.querySelector("[data-live-banner]").textContent = `Đang phát trực tiếp: ${words.join("; ")}`;
  show(note, words.length > 0);
}

document.addEventListener("loa:event", ({ detail: { kind, facts = {} } }) => {
  if (kind === "snapshot") { airs.clear(); for (const air of facts.live || []) airs.set(air.session, air); }
  else if (kind === "live.on" || kind === "live.state") airs.set(facts.session, facts);
  else if (kind === "live.over") airs.delete(facts.session);
  else if (kind === "live.asked") { show(document.getElementById("live-asked"), true); return; }
  else return;
  banner();
});

export function enhance(root) {
  each(root, "[data-microphone]", (box) => new Studio(box));
  banner();
}
