// Records a voice in the browser. Every second of sound goes to IndexedDB at once, so that a closed tab, an empty
// battery or a lost network loses at most that second. A finished take can be heard, used (sent) or thrown away; one
// that could not be sent waits on this machine and is sent when the network returns.
//
// Markup: c-recorder. Answers like upload.js: hidden [data-sound] gets the id, event loa:sound goes up from the box.

import { each, hm, length, meta, show, uuid } from "./dom.js";
import { enhance as players } from "./player.js";
import * as store from "./store.js";
import { rest, send } from "./upload.js";

const SLICE = 1000;
const KEEP = 14 * 24 * 3600 * 1000;
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const WHY = {
  NotAllowedError: "Trình duyệt chưa cho dùng micrô. Bấm vào biểu tượng ổ khóa cạnh địa chỉ trang, chọn Cho phép micrô, rồi bấm Thu lại.",
  NotFoundError: "Máy này không có micrô. Cắm micrô, hoặc thu bằng điện thoại rồi tải tệp lên.",
  NotReadableError: "Micrô đang bị chương trình khác dùng. Tắt chương trình đó rồi bấm Thu lại.",
};
const INSECURE = "Trình duyệt chỉ cho thu khi trang mở bằng địa chỉ https. Thu bằng điện thoại rồi tải tệp lên.";

class Recorder {
  constructor(box) {
    this.box = box;
    this.part = (name) => box.querySelector(`[data-${name}]`);
    this.page = location.pathname;
    this.part("start").addEventListener("click", () => this.start());
    this.part("pause").addEventListener("click", () => this.pause());
    this.part("finish").addEventListener("click", () => this.recorder.stop());
    if (!navigator.mediaDevices || !window.MediaRecorder) this.unable(INSECURE);
    this.restore().catch(() => {}).finally(() => { box.dataset.takesRead = ""; });
    window.addEventListener("online", () => this.sendWaiting());
  }

  say(words) {
    this.part("say").textContent = words;
  }

  unable(words) {
    this.part("start").disabled = true;
    this.say(words);
  }

  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true, autoGainControl: true } });
    } catch (error) {
      this.say(WHY[error.name] || WHY.NotReadableError);
      return;
    }
    const kind = KINDS.find((name) => MediaRecorder.isTypeSupported(name));
    this.recorder = new MediaRecorder(this.stream, { mimeType: kind, audioBitsPerSecond: 96000 });
    this.take = { id: uuid(), user: meta("loa-user"), page: this.page, kind, at: Date.now(), ms: 0, levels: [], done: false };
    this.number = 0;
    this.saving = store.put("takes", this.take);
    this.recorder.ondataavailable = (event) => this.keep(event.data);
    this.recorder.onstop = () => this.finish();
    this.recorder.start(SLICE);
    this.listen();
    this.running(true);
    this.say("Đang thu. Từng giây được giữ trên máy này.");
  }

  running(on) {
    show(this.part("start"), !on);
    show(this.part("pause"), on);
    show(this.part("finish"), on);
    window.onbeforeunload = on ? (event) => event.preventDefault() : null;
  }

  keep(blob) {
    if (!blob.size) return;
    const number = this.number++;
    this.saving = this.saving.then(() => store.put("chunks", { take: this.take.id, number, blob })).then(() => store.put("takes", this.take));
    this.saving.catch(() => this.say("Máy này hết chỗ chứa, chưa giữ được đoạn vừa thu. Bấm Thu xong để dùng phần đã có."));
  }

  pause() {
    const paused = this.recorder.state === "paused";
    if (paused) this.recorder.resume();
    else this.recorder.pause();
    this.part("words").textContent = paused ? "Tạm dừng" : "Thu tiếp";
    this.say(paused ? "Đang thu." : "Đang tạm dừng, chưa thu.");
  }

  /** The level meter and the clock; both stand still while paused. */
  listen() {
    this.context = new AudioContext();
    const ear = this.context.createAnalyser();
    ear.fftSize = 2048;
    this.context.createMediaStreamSource(this.stream).connect(ear);
    const samples = new Float32Array(ear.fftSize);
    let before = performance.now();
    const look = () => {
      if (!this.recorder || this.recorder.state === "inactive") return;
      const now = performance.now();
      if (this.recorder.state === "recording") {
        this.take.ms += now - before;
        ear.getFloatTimeDomainData(samples);
        this.level(Math.max(...samples.map(Math.abs)));
      }
      before = now;
      if (this.take.ms > Number(this.box.dataset.limit) * 60000) this.recorder.stop();
      setTimeout(look, 100);
    };
    look();
  }

  level(peak) {
    const decibels = 20 * Math.log10(Math.max(peak, 0.001));
    const share = Math.round(Math.max(0, Math.min(100, (decibels + 60) * (100 / 60))));
    this.part("level").setAttribute("width", String(share));
    this.take.levels.push(share);
    this.part("time").textContent = length(this.take.ms);
    const latest = this.take.levels.slice(-30);
    if (latest.length < 30) return;
    if (Math.max(...latest) < 45) this.say("Nhỏ quá: nói gần máy hơn, hoặc nói to hơn.");
    else if (share >= 98) this.say("To quá, dễ vỡ tiếng: lùi ra xa máy một chút.");
  }

  async finish() {
    this.running(false);
    for (const track of this.stream.getTracks()) track.stop();
    this.context.close();
    this.part("level").setAttribute("width", "0");
    this.part("time").textContent = "0:00";
    this.part("words").textContent = "Tạm dừng";
    await this.saving.catch(() => {});
    this.take.done = true;
    await store.put("takes", this.take).catch(() => {});
    this.say("Nghe lại rồi bấm Dùng đoạn này.");
    await this.offer(this.take);
  }

  /** Shows what earlier visits left behind; throws away what nobody came back for. */
  async restore() {
    for (const take of await store.all("takes")) {
      if (Date.now() - take.at > KEEP) await forget(take);
      else if (take.user === meta("loa-user") && take.page === this.page) await this.offer(take);
    }
    this.sendWaiting();
  }

  async offer(take) {
    const blob = new Blob((await store.chunksOf(take.id)).map((row) => row.blob), { type: take.kind });
    if (!blob.size) return forget(take);
    const made = this.part("take").content.firstElementChild.cloneNode(true);
    const player = made.querySelector("[data-player]");
    player.dataset.src = URL.createObjectURL(blob);
    player.dataset.ms = Math.round(take.ms);
    player.querySelector(".wave").setAttribute("viewBox", `0 0 ${Math.max(1, Math.min(75, take.levels.length)) * 4} 48`);
    for (const path of player.querySelectorAll(".wave path")) path.setAttribute("d", wave(take.levels));
    made.querySelector("[data-what]").textContent = `Đoạn thu ${length(take.ms)}, lúc ${hm(take.at)}`;
    made.querySelector("[data-use]").addEventListener("click", () => this.use(take, blob, made));
    twice(made.querySelector("[data-drop]"), async () => { await forget(take); made.remove(); });
    made.take = take;
    made.blob = blob;
    this.part("takes").append(made);
    players(made);
    player.player.draw();
    return undefined;
  }

  async use(take, blob, made) {
    const words = made.querySelector("[data-what]");
    const use = made.querySelector("[data-use]");
    const startedAt = Date.now();
    use.disabled = true;
    try {
      const answer = await send({
        url: this.box.dataset.url, blob, name: `thu-${take.id}.${take.kind.includes("mp4") ? "m4a" : "webm"}`, id: take.id, origin: "recorded",
        progress: (sent, total) => { words.textContent = `Đang gửi ${Math.floor((sent / total) * 100)}%, ${rest(sent, total, startedAt)}`; },
      });
      this.part("sound").value = answer.id || take.id;
      await forget(take);
      made.remove();
      this.box.dispatchEvent(new CustomEvent("loa:sound", { bubbles: true, detail: { id: answer.id || take.id, answer } }));
      this.say("Đã nhận đoạn thu.");
    } catch (problem) {
      use.disabled = false;
      take.wanted = Boolean(problem.kept);
      await store.put("takes", take).catch(() => {});
      words.textContent = problem.kept
        ? `Đoạn thu ${length(take.ms)} chưa gửi được, giữ trên máy này; có mạng thì tự gửi.`
        : problem.message || "Chưa gửi được đoạn thu.";
    }
  }

  sendWaiting() {
    if (!navigator.onLine) return;
    for (const made of this.part("takes").children) if (made.take.wanted) this.use(made.take, made.blob, made);
  }
}

async function forget(take) {
  await store.removeChunks(take.id);
  await store.remove("takes", take.id);
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
