// One file on its way to the server in pieces (docs/how-to/uploads.md): after a broken line, a reload or a restart of
// the server it goes on where it was. The server knows the file by its id, or as the same file of the same person.
//
// It tries again by itself until it is whole, given up or refused; `run()` resolves with what the server says of the
// sound {id, state, …} and rejects with {message, kept}: kept means that what was sent is still there.

import { meta } from "./dom.js";
import { checksum } from "./crc32.js";

const FIRST = 1024 * 1024;
const SMALLEST = 256 * 1024;
const LARGEST = 4 * 1024 * 1024;
const AIM_MS = 6000;
const WAITS = [1000, 2000, 5000, 10000, 20000, 30000];
const REFUSED = "Hệ thống chưa nhận tệp này.";
const SIGNED_OUT = "Phiên làm việc đã hết. Đăng nhập lại rồi gửi tiếp, phần đã gửi vẫn còn.";
const UNREADABLE = "Máy không đọc được tệp này nữa: tệp đã bị sửa, xóa, hoặc USB đã rút. Chọn lại tệp.";
const GONE = "Mất mạng giữa chừng.";
const PIECE = "application/offset+octet-stream";

/** How large the next piece is: some seconds of this line, so that little is lost when it breaks. */
export function next(size, milliseconds) {
  const wanted = milliseconds > 0 ? (size * AIM_MS) / milliseconds : size * 2;
  return Math.round(Math.min(LARGEST, Math.max(SMALLEST, Math.min(wanted, size * 2))));
}

export class Sending {
  /** `progress(sent, total)` as it goes; `waiting(words)` each time that it has to wait for the line or the server. */
  constructor({ url, blob, name, id, origin, mark = "", progress = () => {}, waiting = () => {} }) {
    Object.assign(this, { url, blob, name, id, origin, mark, progress, waiting });
    this.piece = FIRST;
    this.offset = 0;
    this.tries = 0;
    this.held = null;
    this.stopped = false;
  }

  async run() {
    for (;;) {
      try {
        if (this.held) await this.held;
        if (this.stopped) throw { message: "Đã thôi tải.", stopped: true };
        await this.begin();
        return await this.pieces();
      } catch (problem) {
        if (problem.stopped || this.stopped) throw { message: "Đã thôi tải.", stopped: true };
        if (!problem.again) throw problem;
        if (!this.held) await this.rest(problem);
      }
    }
  }

  /** Told to wait by a person; what was sent stays on the server. */
  pause() {
    this.held = new Promise((resolve) => { this.release = resolve; });
    if (this.request) this.request.abort();
    if (this.wake) this.wake();
  }

  resume() {
    this.held = null;
    if (this.release) this.release();
  }

  /** Given up: the server forgets what it has; `forgotten` ends when it has done so. */
  async stop() {
    this.stopped = true;
    this.resume();
    if (this.request) this.request.abort();
    if (this.wake) this.wake();
    this.forgotten = this.address ? forget(this.address) : null;
    await this.forgotten;
  }

  async begin() {
    const fields = new URLSearchParams({ id: this.id, name: this.name, size: this.blob.size, mark: this.mark, origin: this.origin });
    const { told, offset, request } = await this.ask("POST", this.url, fields, {});
    this.id = told.id;
    this.address = request.getResponseHeader("Location");
    this.offset = offset;
    this.progress(offset, this.blob.size);
  }

  async pieces() {
    for (;;) {
      const part = await this.read();
      const startedAt = performance.now();
      const headers = { "Content-Type": PIECE, "Upload-Offset": String(this.offset), "Upload-Checksum": checksum(part) };
      const { told, offset } = await this.ask("PATCH", this.address, part, headers);
      this.tries = 0;
      this.piece = next(part.length || this.piece, performance.now() - startedAt);
      this.offset = offset;
      this.progress(offset, this.blob.size);
      if (told.sound) return told.sound;
    }
  }

  async read() {
    try {
      return new Uint8Array(await this.blob.slice(this.offset, this.offset + this.piece).arrayBuffer());
    } catch {
      throw { message: UNREADABLE, kept: true };
    }
  }

  async rest(problem) {
    this.piece = Math.max(SMALLEST, Math.round(this.piece / 2));
    const wait = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries += 1;
    this.waiting(problem.message);
    await new Promise((resolve) => {
      this.wake = resolve;
      window.addEventListener("online", resolve, { once: true });
      setTimeout(resolve, wait);
    });
    this.wake = null;
  }

  ask(method, url, body, headers) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.request = request;
      request.open(method, url);
      request.responseType = "json";
      for (const [name, value] of Object.entries({ "X-CSRFToken": meta("csrf"), Accept: "application/json", ...headers })) request.setRequestHeader(name, value);
      const start = this.offset;
      if (method === "PATCH") request.upload.onprogress = (event) => this.progress(start + event.loaded, this.blob.size);
      request.onload = () => judge(request, url, method, resolve, reject);
      request.onerror = request.ontimeout = request.onabort = () => reject({ message: GONE, again: true });
      request.timeout = 180000;
      request.send(body);
    });
  }
}

function judge(request, url, method, resolve, reject) {
  const { status } = request;
  const told = request.response || {};
  const offset = Number(request.getResponseHeader("Upload-Offset"));
  const moved = request.responseURL && new URL(request.responseURL).pathname !== new URL(url, location.href).pathname;
  if (moved) reject({ message: SIGNED_OUT, kept: true });
  else if (status < 300 && told.id) resolve({ told, offset, request });
  else if (status >= 500) reject({ message: told.message || "Máy chủ đang bận.", again: true });
  else if (method === "PATCH" && [400, 404, 409, 460].includes(status)) reject({ message: told.message || GONE, again: true });
  else reject({ message: told.message || told.detail || REFUSED, code: told.code });
}

/** Has the server forget a file that is half sent; it may be gone already, or the line away: then it goes by itself. */
export async function forget(address) {
  await fetch(address, { method: "DELETE", headers: { "X-CSRFToken": meta("csrf"), Accept: "application/json" } }).catch(() => {});
}

/** What this person has half sent from any browser: [{id, name, size, offset, origin, at}]. */
export async function halfSent(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  const told = answer.ok && !answer.redirected ? await answer.json() : {};
  return told.uploads || [];
}
