// The microphone of a phone or a laptop: opening it for speech, choosing one of several, saying in plain words why it
// cannot be used, how loud it is, and keeping the phone awake meanwhile.

const CHOSEN = "loa-microphone";
const WHY = {
  NotAllowedError: "Trình duyệt chưa cho dùng micrô. Bấm vào biểu tượng ổ khóa cạnh địa chỉ trang, chọn Cho phép micrô, rồi bấm Thu lại.",
  SecurityError: "Trình duyệt không cho trang này dùng micrô. Mở trang bằng địa chỉ https, hoặc thu bằng điện thoại rồi tải tệp lên.",
  NotFoundError: "Máy này không có micrô. Cắm micrô, hoặc thu bằng điện thoại rồi tải tệp lên.",
  NotReadableError: "Micrô đang bị chương trình khác dùng. Tắt chương trình đó rồi bấm Thu lại.",
};
export const INSECURE = "Trình duyệt chỉ cho thu khi trang mở bằng địa chỉ https. Thu bằng điện thoại rồi tải tệp lên.";
export const able = () => Boolean(navigator.mediaDevices && window.MediaRecorder);

/** Opens it as speech wants it: level kept even and noise held down, but no echo canceller, which eats words. */
export function open() {
  const wanted = localStorage.getItem(CHOSEN);
  const audio = { channelCount: 1, noiseSuppression: true, autoGainControl: true, echoCancellation: false };
  if (wanted) audio.deviceId = { ideal: wanted };
  return navigator.mediaDevices.getUserMedia({ audio });
}

export const why = (error) => WHY[error.name] || WHY.NotReadableError;

/** Fills the choice of microphones once the browser tells their names; one alone needs no choice. */
export async function offer(select, stream) {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "audioinput" && device.label);
  const used = stream.getAudioTracks()[0]?.getSettings().deviceId;
  select.replaceChildren(...found.map((device) => new Option(device.label, device.deviceId, false, device.deviceId === used)));
  select.closest("[data-mic-line]").hidden = found.length < 2;
  select.onchange = () => localStorage.setItem(CHOSEN, select.value);
}

/** Looks at the sound ten times a second: `look(share)` 0-100, where 100 is as loud as the file can hold. */
export class Meter {
  constructor(stream, look) {
    this.context = new AudioContext();
    const ear = this.context.createAnalyser();
    ear.fftSize = 8192; // at least the time between two looks, so that no clap falls between
    this.context.createMediaStreamSource(stream).connect(ear);
    const samples = new Float32Array(ear.fftSize);
    this.timer = setInterval(() => {
      ear.getFloatTimeDomainData(samples);
      let peak = 0.001;
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      look(Math.round(Math.max(0, Math.min(100, (20 * Math.log10(peak) + 60) / 0.6))));
    }, 100);
    this.context.resume().catch(() => {});
  }

  close() {
    clearInterval(this.timer);
    this.context.close().catch(() => {});
  }
}

const SHORT = 30;
const QUIET = 45; // -33 dB
const LOUD = 98; // -1 dB

/** What the last three seconds of levels sound like: quiet, good, loud; "" while it is too early to say. */
export function verdict(levels) {
  const latest = levels.slice(-SHORT);
  if (latest.filter((share) => share >= LOUD).length >= 2) return "loud";
  if (latest.length < SHORT) return "";
  return Math.max(...latest) < QUIET ? "quiet" : "good";
}

/** Keeps the screen on while `wanted()`; a phone that sleeps stops recording. */
export class Awake {
  constructor() {
    this.wanted = false;
    document.addEventListener("visibilitychange", () => this.wanted && !document.hidden && this.ask());
  }

  async ask() {
    this.wanted = true;
    this.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  rest() {
    this.wanted = false;
    this.lock?.release().catch(() => {});
  }
}
