// Sends a file and says how far it is in numbers: "64 %, 3,1 trên 4,8 MB, còn khoảng 20 giây".
//
// It goes in pieces (sending.js). A line that breaks, a pause, a closed tab lose nothing: the server keeps what it has for
// a day, the page lists what is half sent, and the same file picked again goes on there. On success the hidden
// [data-sound] field holds the id and the event loa:sound {id, answer} goes up from the box.

import { mark } from "./crc32.js";
import { each, hm, show, size, uuid } from "./dom.js";
import { Sending, forget, halfSent } from "./sending.js";

const REFUSED = "Hệ thống chưa nhận tệp này.";
const BROKEN = "Phần đã tải được giữ lại; đừng đóng trang này: có mạng thì tự tải tiếp.";
const PAUSED = "Đang tạm dừng. Đóng trang cũng được: trong 24 giờ, chọn lại đúng tệp này thì tải tiếp.";
export const LARGEST = 200 * 1000 * 1000;

/** The words for how far it is, and how long it takes by the speed of the last moments. */
export class Pace {
  constructor() {
    this.seen = [];
  }

  /** "3,1 MB trên 4,8 MB, còn khoảng 20 giây." */
  words(sent, total) {
    const now = Date.now();
    this.seen.push([now, sent]);
    while (this.seen.length > 2 && now - this.seen[0][0] > 20000) this.seen.shift();
    const words = `${size(sent)} trên ${size(total)}`;
    if (sent >= total) return `${words}, đang kiểm tra tiếng…`;
    const [since, before] = this.seen[0];
    const seconds = ((now - since) / (sent - before)) * (total - sent) / 1000;
    if (!Number.isFinite(seconds) || seconds < 0 || now - since < 1500) return `${words}.`;
    return `${words}, còn khoảng ${left(seconds)}.`;
  }
}

function left(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} giây`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} phút`;
  return `${Math.round(seconds / 3600)} giờ`;
}

const FILM = /\.(mp4|mov|webm|mkv|3gp|avi)$/i;

/** A film is not shown to anybody: it is said at once that only its sound is taken. */
const called = (file) => (file.type.startsWith("video/") || (!file.type && FILM.test(file.name)) ? `Lấy tiếng từ video “${file.name}”` : `Đang tải tệp “${file.name}”`);

const underWay = new Set(); // what goes up from this page, through all that htmx draws anew

class Upload {
  constructor(box) {
    this.box = box;
    this.input = box.querySelector("input[type=file]");
    this.panel = box.querySelector("[data-progress]");
    this.error = box.querySelector("[data-error]");
    this.sending = null;
    this.input.addEventListener("change", () => this.input.files[0] && this.take(this.input.files[0]));
    box.querySelector("[data-cancel]").addEventListener("click", () => this.stop());
    box.querySelector("[data-hold]").addEventListener("click", () => this.hold());
    this.drop(box.querySelector(".drop"));
    this.field = box.querySelector("[data-sound]").name; // a page may have several, one a language
    for (const going of underWay) if (going.url === box.dataset.url && going.field === this.field) this.adopt(going);
    if (!box.dataset.url.startsWith("#")) this.listHalfSent();
  }

  drop(area) {
    for (const name of ["dragover", "dragleave", "drop"]) {
      area.addEventListener(name, (event) => {
        event.preventDefault();
        area.classList.toggle("is-over", name === "dragover");
        if (name === "drop" && !this.sending && event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
      });
    }
  }

  async take(file) {
    if (file.size > LARGEST) return this.refuse(`Tệp nặng ${size(file.size)}, nhận tới 200 MB. Cắt ngắn hoặc lưu lại dạng MP3 rồi tải lại.`);
    if (file.size === 0) return this.refuse("Tệp này rỗng, không có tiếng. Chọn tệp khác.");
    return this.send(file);
  }

  async send(file) {
    this.begin(file);
    const going = { url: this.box.dataset.url, field: this.field, file, pace: new Pace(), part: this };
    this.sending = going.sending = new Sending({
      url: going.url, blob: file, name: file.name, id: uuid(), origin: "uploaded", mark: await mark(file).catch(() => ""),
      progress: (sent, total) => going.part.advance(sent, total, going.pace),
      waiting: (words) => going.part.say(`${words} ${BROKEN}`),
    });
    underWay.add(going);
    try {
      const answer = await going.sending.run();
      going.part.finish(answer);
    } catch (problem) {
      going.part.refuse(problem.message || REFUSED);
    } finally {
      underWay.delete(going);
    }
    await going.sending.forgotten; // or what was given up would be listed as half sent
    going.part.listHalfSent();
  }

  /** The page was drawn anew (a draft was kept) while a file goes up: the new page shows it on. */
  adopt(going) {
    going.part = this;
    this.sending = going.sending;
    this.begin(going.file);
    this.advance(going.sending.offset, going.file.size, going.pace);
    if (going.sending.held) this.sayPaused();
  }

  say(words) {
    this.panel.querySelector("[data-rest]").textContent = words;
  }

  hold() {
    if (!this.sending) return;
    if (this.sending.held) {
      this.sending.resume();
      this.panel.querySelector("[data-hold-words]").textContent = "Tạm dừng";
      this.say("Đang tải tiếp…");
    } else {
      this.sending.pause();
      this.sayPaused();
    }
  }

  sayPaused() {
    this.panel.querySelector("[data-hold-words]").textContent = "Tải tiếp";
    this.say(PAUSED);
  }

  stop() {
    if (this.sending) this.sending.stop();
  }

  begin(file) {
    show(this.error, false);
    show(this.panel, true);
    this.input.disabled = true;
    this.panel.querySelector("[data-name]").textContent = called(file);
    this.panel.querySelector("[data-hold-words]").textContent = "Tạm dừng";
    this.advance(0, file.size, new Pace());
  }

  advance(sent, total, pace) {
    const percent = Math.floor((sent / total) * 100);
    this.panel.querySelector("[data-percent]").textContent = `${percent}%`;
    this.panel.querySelector("progress").value = percent;
    this.say(pace.words(sent, total));
  }

  end() {
    this.sending = null;
    this.input.disabled = false;
    this.input.value = ""; // the same file may be chosen again, and goes no second time with the form
    show(this.panel, false);
  }

  finish(answer) {
    this.end();
    this.box.querySelector("[data-sound]").value = answer.id || "";
    this.box.dispatchEvent(new CustomEvent("loa:sound", { bubbles: true, detail: { id: answer.id, answer } }));
  }

  refuse(message) {
    this.end();
    this.error.querySelector("span").textContent = message;
    show(this.error, true);
  }

  /** What was begun before, here or on another machine: it goes on when the same file is chosen. Told once a page. */
  async listHalfSent() {
    if (document.querySelector("[data-upload]") !== this.box) return;
    const rows = await halfSent(this.box.dataset.url).catch(() => []);
    const mine = rows.filter((row) => row.origin === "uploaded" && row.id !== this.sending?.id);
    this.box.querySelector("[data-half]").replaceChildren(...mine.map((row) => this.half(row)));
  }

  half(row) {
    const made = this.box.querySelector("[data-half-row]").content.firstElementChild.cloneNode(true);
    made.querySelector("[data-half-what]").textContent = `“${row.name}” tải dở lúc ${hm(row.at)}: đã có ${size(row.offset)} trên ${size(row.size)}.`;
    made.querySelector("[data-half-on]").addEventListener("click", () => this.input.click());
    made.querySelector("[data-half-drop]").addEventListener("click", async () => {
      const address = new URL(this.box.dataset.url, location.href);
      await forget(`${address.pathname}${row.id}/`);
      made.remove();
    });
    return made;
  }
}

export function enhance(root) {
  each(root, "[data-upload]", (box) => new Upload(box));
}
