// Sends a file and says how far it is in numbers: "64 %, 3,1 trên 4,8 MB, còn khoảng 20 giây".
//
// The server gets a multipart POST {file, id, origin} and answers {id, …} or a refusal {code, message}. The id is made
// here, so that a second try after a broken line is known to be the same sound. A send that broke off is tried again by
// itself while the page is open. On success the hidden [data-sound] field holds the id and the event loa:sound
// {id, answer} goes up from the box.

import { each, meta, show, size, uuid } from "./dom.js";

const BROKEN = "Mất mạng giữa chừng, chưa tải xong. Đừng đóng trang này: có mạng thì tự tải lại.";
const TRY_AGAIN = 5000;
const REFUSED = "Hệ thống chưa nhận tệp này.";
export const LARGEST = 200 * 1000 * 1000;

/** Sends one blob. `progress(sent, total)` is called as it goes; `handle.stop()` gives up. Rejects with {message, kept}. */
export function send({ url, blob, name, id, origin, progress, handle }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("id", id);
    body.append("origin", origin);
    body.append("file", blob, name);
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", meta("csrf"));
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded, event.total);
    request.onload = () => {
      const told = request.response || {};
      if (request.status < 300) resolve(told);
      else reject({ message: told.message || told.detail || REFUSED, kept: request.status >= 500 });
    };
    request.onerror = request.ontimeout = () => reject({ message: BROKEN, kept: true });
    request.onabort = () => reject({ message: "Đã thôi tải.", kept: true, stopped: true });
    if (handle) handle.stop = () => request.abort();
    request.send(body);
  });
}

/** Words for the time that is left, from the speed so far. */
export function rest(sent, total, startedAt) {
  const words = `${size(sent)} trên ${size(total)}`;
  const seconds = ((Date.now() - startedAt) / sent) * (total - sent) / 1000;
  if (sent >= total) return `${words}, đang kiểm tra tiếng…`;
  if (!Number.isFinite(seconds) || Date.now() - startedAt < 1500) return `${words}.`;
  return seconds < 90 ? `${words}, còn khoảng ${Math.max(1, Math.round(seconds))} giây.` : `${words}, còn khoảng ${Math.round(seconds / 60)} phút.`;
}

class Upload {
  constructor(box) {
    this.box = box;
    this.input = box.querySelector("input[type=file]");
    this.panel = box.querySelector("[data-progress]");
    this.error = box.querySelector("[data-error]");
    this.handle = {};
    this.input.addEventListener("change", () => this.input.files[0] && this.take(this.input.files[0]));
    box.querySelector("[data-cancel]").addEventListener("click", () => this.handle.stop && this.handle.stop());
    this.drop(box.querySelector(".drop"));
  }

  drop(area) {
    for (const name of ["dragover", "dragleave", "drop"]) {
      area.addEventListener(name, (event) => {
        event.preventDefault();
        area.classList.toggle("is-over", name === "dragover");
        if (name === "drop" && event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
      });
    }
  }

  async take(file) {
    if (file.size > LARGEST) return this.refuse(`Tệp nặng ${size(file.size)}, nhận tới 200 MB. Cắt ngắn hoặc lưu lại dạng MP3 rồi tải lại.`);
    if (file.size === 0) return this.refuse("Tệp này rỗng, không có tiếng. Chọn tệp khác.");
    return this.send(file, uuid());
  }

  async send(file, id) {
    const startedAt = Date.now();
    this.begin(file);
    try {
      const answer = await send({
        url: this.box.dataset.url, blob: file, name: file.name, id, origin: "uploaded", handle: this.handle,
        progress: (sent, total) => this.advance(sent, total, startedAt),
      });
      this.finish(answer);
    } catch (problem) {
      if (problem.kept && !problem.stopped) this.rest(file, id);
      else this.refuse(problem.message || REFUSED);
    }
  }

  /** The line broke: says so and tries again, until somebody gives up or leaves the page. */
  rest(file, id) {
    this.panel.querySelector("[data-rest]").textContent = BROKEN;
    const again = () => {
      window.removeEventListener("online", again);
      clearTimeout(timer);
      if (document.contains(this.box)) this.send(file, id);
    };
    const timer = setTimeout(again, TRY_AGAIN);
    window.addEventListener("online", again);
    this.handle.stop = () => {
      window.removeEventListener("online", again);
      clearTimeout(timer);
      this.refuse("Đã thôi tải.");
    };
  }

  begin(file) {
    show(this.error, false);
    show(this.panel, true);
    this.input.disabled = true;
    this.panel.querySelector("[data-name]").textContent = `Đang tải tệp “${file.name}”`;
    this.advance(0, file.size, Date.now());
  }

  advance(sent, total, startedAt) {
    const percent = Math.floor((sent / total) * 100);
    this.panel.querySelector("[data-percent]").textContent = `${percent}%`;
    this.panel.querySelector("progress").value = percent;
    this.panel.querySelector("[data-rest]").textContent = rest(sent, total, startedAt);
  }

  finish(answer) {
    this.input.disabled = false;
    this.input.value = ""; // the same file may be chosen again, and goes no second time with the form
    show(this.panel, false);
    this.box.querySelector("[data-sound]").value = answer.id || "";
    this.box.dispatchEvent(new CustomEvent("loa:sound", { bubbles: true, detail: { id: answer.id, answer } }));
  }

  refuse(message) {
    this.input.disabled = false;
    this.input.value = "";
    show(this.panel, false);
    this.error.querySelector("span").textContent = message;
    show(this.error, true);
  }
}

export function enhance(root) {
  each(root, "[data-upload]", (box) => new Upload(box));
}
