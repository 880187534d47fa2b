// Opens a Word, LibreOffice, PDF or text file and puts its words into the title and the text of the form around it.
//
// Markup: bulletins/open_document.html, [data-document] with data-url (answers {title, text, dropped, warnings, legacy,
// original} or a refusal) and data-convert (answers {text, legacy} for pasted text in an old encoding, or {}). What
// stood in the form before is given back by one press, and so is each part that was left out. An old encoding is never
// converted before somebody has said so. Fields are filled as if somebody typed, so that drafts and previews see it.

import { each, post, refusal, show } from "./dom.js";

const AWAY = "Mất mạng nên chưa đọc được tệp. Có mạng thì chọn lại tệp.";
const REFUSED = "Chưa đọc được tệp này. Hãy chép chữ trong tệp rồi dán vào ô chữ.";
const LARGEST = 20_000_000;
const TOO_LARGE = "Tệp nặng hơn 20 MB nên không mở được. Hãy bỏ bớt ảnh trong tệp rồi lưu lại, hoặc chép chữ rồi dán vào ô chữ.";
const SAMPLE = 160;
const SHORTEST_PASTE = 12;

const sample = (text) => (text.length > SAMPLE ? `${text.slice(0, SAMPLE)}…` : text);

function type(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

class OpenDocument {
  constructor(box) {
    this.box = box;
    this.form = box.closest("form");
    this.input = box.querySelector("input[type=file]");
    this.part = (name) => box.querySelector(`[data-${name}]`);
    this.error = this.part("error");
    this.input.addEventListener("change", () => this.input.files[0] && this.take(this.input.files[0]));
    this.part("cancel").addEventListener("click", () => this.request && this.request.abort());
    this.part("undo").addEventListener("click", () => this.undo());
    this.form.elements.text.addEventListener("paste", (event) => {
      const piece = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
      setTimeout(() => this.pasted(piece.replace(/\r\n?/g, "\n")), 0);
    });
    this.drop(box.closest(".card") || box);
    show(box, true);
  }

  drop(area) {
    const file = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
    for (const name of ["dragover", "dragleave", "drop"]) {
      area.addEventListener(name, (event) => {
        if (!file(event)) return;
        event.preventDefault();
        this.box.querySelector(".drop").classList.toggle("is-over", name === "dragover");
        if (name === "drop" && event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
      });
    }
  }

  async take(file) {
    if (file.size > LARGEST) return this.refuse(TOO_LARGE);
    this.begin(file);
    const body = new FormData();
    body.append("file", file, file.name);
    try {
      const answer = await post(this.box.dataset.url, body, this.request.signal);
      if (!answer.ok || answer.redirected) return this.refuse(await refusal(answer, REFUSED));
      const told = await answer.json();
      this.finish();
      return told.legacy ? this.ask(told, file.name) : this.fill(told, file.name);
    } catch (problem) {
      return problem.name === "AbortError" ? this.finish() : this.refuse(AWAY);
    }
  }

  begin(file) {
    this.request = new AbortController();
    for (const part of [this.error, this.part("outcome"), this.part("legacy")]) show(part, false);
    this.input.disabled = true;
    this.part("busy").querySelector("[data-name]").textContent = file.name;
    show(this.part("busy"), true);
  }

  finish() {
    this.input.disabled = false;
    this.input.value = ""; // the same file may be chosen again
    show(this.part("busy"), false);
  }

  refuse(words) {
    this.finish();
    this.error.querySelector("span").textContent = words;
    show(this.error, true);
  }

  /** An old encoding: both forms side by side, and a person decides. */
  ask(told, name) {
    const plain = { ...told, title: told.original.title, text: told.original.text };
    this.compare(told.legacy, told.original.text, told.text, () => this.fill(told, name), () => this.fill(plain, name));
  }

  compare(encoding, before, after, yes, no) {
    const box = this.part("legacy");
    box.querySelector("[data-name]").textContent = encoding;
    box.querySelector("[data-before]").textContent = sample(before);
    box.querySelector("[data-after]").textContent = sample(after);
    box.querySelector("[data-yes]").onclick = () => { show(box, false); yes(); };
    box.querySelector("[data-no]").onclick = () => { show(box, false); no(); };
    show(box, true);
    box.focus();
  }

  fill(told, name) {
    const { title, text } = this.form.elements;
    const had = title.value || text.value;
    this.before = { title: title.value, text: text.value };
    if (told.title) type(title, told.title);
    type(text, told.text);
    this.part("words").textContent = `Đã lấy chữ từ tệp “${name}”. Hãy đọc lại một lượt.`;
    this.part("undo").lastChild.textContent = had ? "Lấy lại chữ trước đó" : "Bỏ chữ vừa lấy";
    this.warn(told.warnings);
    this.list(told.dropped);
    show(this.part("outcome"), true);
    this.part("outcome").focus();
  }

  warn(warnings) {
    const lines = warnings.map((words) => Object.assign(document.createElement("li"), { textContent: words }));
    this.part("warnings").querySelector("[data-list]").replaceChildren(...lines);
    show(this.part("warnings"), lines.length > 0);
  }

  list(dropped) {
    const box = this.part("dropped");
    box.querySelector("[data-kinds]").textContent = [...new Set(dropped.map((one) => one.what))].join("; ");
    box.querySelector("[data-list]").replaceChildren(...dropped.map((one) => this.row(one)));
    show(box, dropped.length > 0);
  }

  row(one) {
    const made = this.part("row").content.firstElementChild.cloneNode(true);
    for (const place of made.querySelectorAll("[data-what]")) place.textContent = one.what;
    const lines = one.text.split("\n").flatMap((line, at) => (at ? [document.createElement("br"), line] : [line]));
    made.querySelector("[data-text]").replaceChildren(...lines);
    const button = made.querySelector("button");
    button.addEventListener("click", () => {
      this.putBack(one);
      button.disabled = true;
      button.lastChild.previousSibling.textContent = "Đã lấy lại";
    });
    return made;
  }

  /** Where it stood: in front of the paragraph that came after it, if that is still there. */
  putBack({ text, before }) {
    const field = this.form.elements.text;
    const at = before ? field.value.indexOf(before) : -1;
    if (at < 0) type(field, `${field.value}${field.value ? "\n" : ""}${text}`);
    else type(field, `${field.value.slice(0, at)}${text}\n${field.value.slice(at)}`);
  }

  undo() {
    type(this.form.elements.title, this.before.title);
    type(this.form.elements.text, this.before.text);
    show(this.part("outcome"), false);
    this.form.elements.text.focus();
  }

  /** Text from an old file that somebody has pasted, perhaps into a text in Unicode. */
  async pasted(piece) {
    const field = this.form.elements.text;
    const whole = field.value;
    const text = piece && whole.includes(piece) ? piece : whole;
    if (text.length < SHORTEST_PASTE || !/[\u00a1-\u00ff]/.test(text)) return;
    try {
      const answer = await post(this.box.dataset.convert, { text });
      const told = answer.ok ? await answer.json() : {};
      if (!told.text || !field.value.includes(text)) return;
      const yes = () => { type(field, field.value.replace(text, () => told.text)); field.focus(); };
      this.compare(told.legacy, text, told.text, yes, () => field.focus());
    } catch {
      // without network nothing is offered; the text stays as it was pasted
    }
  }
}

export function enhance(root) {
  each(root, "[data-document]", (box) => new OpenDocument(box));
}
