// The microphone as Opus packets of 20 ms, each with the instant of its first sample on this page's clock (microseconds).
// Samples are counted in the audio thread, so the stamps are even however late a message of it is read; where the count
// lies on the clock is told by the message that was read soonest.

const RATE = 48000;
const BITS = 32000;
const REMEMBERED = 500; // 10 s
const OPUS = { codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: BITS, opus: { frameDuration: 20000 } };

export const clock = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** Whether this browser can: "" or why not, in words. */
export async function missing() {
  if (!window.isSecureContext) return "Trình duyệt chỉ cho dùng micrô khi trang mở bằng địa chỉ https.";
  if (!window.AudioEncoder || !window.AudioWorkletNode) return "Trình duyệt này chưa phát trực tiếp được. Hãy dùng Chrome hoặc Edge bản mới, hoặc thu trước rồi phát ở mục Soạn bản tin.";
  const able = await AudioEncoder.isConfigSupported(OPUS).catch(() => null);
  return able && able.supported ? "" : "Trình duyệt này không nén được tiếng theo chuẩn của loa (Opus). Hãy dùng Chrome hoặc Edge bản mới.";
}

export class Capture {
  /** `onPacket(stamp, bytes)`, `onLevel(peak, rms)` of every 20 ms; nothing is encoded while not `open`. */
  constructor(stream, { onPacket, onLevel, onFault }) {
    this.stream = stream;
    this.onPacket = onPacket;
    this.onLevel = onLevel;
    this.onFault = onFault;
    this.open = false;
    this.offsets = [];
  }

  async start() {
    this.context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    await this.context.resume();
    await this.context.audioWorklet.addModule(new URL("./worklet.js", import.meta.url));
    this.encoder = new AudioEncoder({ output: (chunk) => this.packet(chunk), error: (problem) => this.onFault(problem) });
    this.encoder.configure(OPUS);
    this.ear = new AudioWorkletNode(this.context, "loa-ear", { numberOfInputs: 1, numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.ear.port.onmessage = ({ data }) => this.frame(data);
    this.context.createMediaStreamSource(this.stream).connect(this.ear);
    this.stream.getAudioTracks()[0].onended = () => this.onFault(new Error("unplugged"));
  }

  frame({ first, samples }) {
    let peak = 0;
    let sum = 0;
    for (const sample of samples) {
      peak = Math.max(peak, Math.abs(sample));
      sum += sample * sample;
    }
    this.offsets.push(clock() - Math.round((first + samples.length) * 1e6 / RATE));
    if (this.offsets.length > REMEMBERED) this.offsets.shift();
    this.onLevel(peak, Math.sqrt(sum / samples.length));
    if (!this.open || this.encoder.state !== "configured") return;
    const timestamp = Math.round(first * 1e6 / RATE);
    const data = new AudioData({ format: "f32-planar", sampleRate: RATE, numberOfFrames: samples.length, numberOfChannels: 1, timestamp, data: samples });
    this.encoder.encode(data);
    data.close();
  }

  packet(chunk) {
    const bytes = new Uint8Array(8 + chunk.byteLength);
    const soonest = Math.min(...this.offsets);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(chunk.timestamp + soonest));
    chunk.copyTo(bytes.subarray(8));
    this.onPacket(bytes);
  }

  close() {
    this.open = false;
    for (const track of this.stream.getTracks()) { track.onended = null; track.stop(); }
    if (this.encoder && this.encoder.state !== "closed") this.encoder.close();
    if (this.context) this.context.close().catch(() => {});
  }
}
