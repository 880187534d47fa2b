// In the audio thread: hands on every 20 ms of the microphone with the number of its first sample.

const FRAME = 960;

class Ear extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Float32Array(FRAME);
    this.filled = 0;
    this.first = 0;
  }

  process([[channel]]) {
    if (!channel) return true;
    for (let at = 0; at < channel.length; at += 1) {
      if (this.filled === 0) this.first = currentFrame + at;
      this.samples[this.filled] = channel[at];
      this.filled += 1;
      if (this.filled === FRAME) {
        this.port.postMessage({ first: this.first, samples: this.samples });
        this.samples = new Float32Array(FRAME);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("loa-ear", Ear);
