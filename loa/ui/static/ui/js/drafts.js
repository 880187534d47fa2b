// Forms marked with data-draft="name" lose nothing.
//
// Every change is kept in this browser and taken back when the page is opened again. The form is sent through htmx
// (hx-boost), so that a send without network is noticed: it then waits here under an id made by the client (field
// client_id, the same on every try) and goes out by itself when the network returns. The server answers such a late
// send (Accept: application/json) with {"id": client_id, "fields": {…}}, where fields are hidden fields of the form with
// their new values; anything else is not taken for a success. What was kept is forgotten only when an answer says
// X-Loa-Taken: client_id; the page of the sign-in is an answer too, and must cost nobody a word.
// data-draft-read stands on the form once it is known whether there is a draft.
// [data-draft-saved] elements say when the draft was last kept. A link with data-draft-drop gives up what was kept.

import { button, drawing, each, hm, meta, post, refusal, show, uuid } from "./dom.js";
import * as store from "./store.js";

const QUIET = 600;
const TRY_AGAIN = 10000;
const SKIP = new Set(["csrfmiddlewaretoken"]);

const keyOf = (form) => `${meta("loa-user")}|${location.pathname}|${form.dataset.draft}`;

function fieldsOf(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !SKIP.has(name));
}

function fill(form, fields) {
  const values = new Map();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) || []), value]);
  for (const control of form.elements) {
    if (!control.name || SKIP.has(control.name) || ["file", "submit", "button", "password"].includes(control.type)) continue;
    const wanted = values.get(control.name) || [];
    if (control.type === "checkbox" || control.type === "radio") control.checked = wanted.includes(control.value);
    else if (wanted.length) control.value = wanted.shift();
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

let current = null;

/** What people wrote, without the numbers that the page keeps for itself. */
const wordsOf = (fields) => JSON.stringify(fields.filter(([name]) => !["revision", "client_id", "sound"].includes(name)));

class Draft {
  constructor(form) {
    this.form = form;
    this.key = keyOf(form);
    this.timer = 0;
    this.id = this.clientId();
    if (!form.hasAttribute("hx-boost")) form.setAttribute("hx-boost", "true");
    if (window.htmx) window.htmx.process(form);
    this.untouched = JSON.stringify(fieldsOf(form));
    form.addEventListener("input", () => this.soon());
    form.addEventListener("change", () => this.soon());
    form.addEventListener("submit", () => this.now()); // the answer may be the sign-in page
    form.addEventListener("htmx:sendError", (event) => this.own(event) && this.wait(event.detail.requestConfig));
    this.restore().catch(() => {}).finally(() => { form.dataset.draftRead = ""; });
    current = this;
  }

  /** A part of the form that fetches itself is no send of the form. */
  own(event) {
    return event.detail.elt === this.form;
  }

  clientId() {
    let field = this.form.elements.client_id;
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = "client_id";
      this.form.append(field);
    }
    field.value ||= uuid();
    return field;
  }

  soon() {
    this.quiet();
    this.timer = setTimeout(() => this.now(), QUIET);
  }

  quiet() {
    clearTimeout(this.timer);
    this.timer = 0;
  }

  /** Keeps what was to be kept soon: the page may be left before. */
  now() {
    if (!this.timer) return;
    this.quiet();
    this.keep();
  }

  async keep() {
    const fields = fieldsOf(this.form);
    if (JSON.stringify(fields) === this.untouched) return;
    const row = { key: this.key, fields, saved: Date.now() };
    try {
      await store.put("drafts", row);
      this.say(`Đã lưu trên máy này lúc ${hm(row.saved)}`);
    } catch {
      this.say("Máy này không giữ được bản nháp, đừng đóng trang trước khi gửi");
    }
  }

  say(words) {
    for (const element of document.querySelectorAll("[data-draft-saved]")) {
      element.textContent = "";
      element.append(drawing("tick"), words);
      show(element, true);
    }
  }

  async restore() {
    const row = await store.get("drafts", this.key);
    if (!row || JSON.stringify(row.fields) === this.untouched) return;
    if (Number(this.form.dataset.savedAt || 0) > row.saved) return this.offer(row);
    const before = fieldsOf(this.form);
    fill(this.form, row.fields);
    this.say(`Đã lấy lại bản nháp lưu lúc ${hm(row.saved)}`);
    const back = button("Bỏ bản nháp này", "", "return");
    back.addEventListener("click", async () => {
      fill(this.form, before);
      this.quiet();
      await store.remove("drafts", this.key);
      notice("");
    });
    notice(`Trang này có bản nháp anh/chị viết dở, lưu trên máy lúc ${hm(row.saved)}.`, back);
    return undefined;
  }

  /** What stands on the page was saved later, perhaps by somebody else: then a person decides. */
  offer(row) {
    if (wordsOf(row.fields) === wordsOf(fieldsOf(this.form))) return;
    const take = button("Lấy bản trên máy này", "", "return");
    take.addEventListener("click", () => { fill(this.form, row.fields.filter(([name]) => name !== "revision")); notice(""); });
    const drop = button("Bỏ bản đó");
    drop.addEventListener("click", async () => { await store.remove("drafts", this.key); notice(""); });
    notice(`Máy này còn giữ một bản viết lúc ${hm(row.saved)}, khác bản đã lưu trên hệ thống.`, take, drop);
  }

  async done() {
    this.quiet();
    await store.remove("drafts", this.key);
  }

  /** A late send of this form went through: its next one builds on that. */
  renew(fields) {
    for (const [name, value] of Object.entries(fields)) if (this.form.elements[name]) this.form.elements[name].value = value;
    this.untouched = JSON.stringify(fieldsOf(this.form));
  }

  /** The network is away: the send waits here. */
  async wait(request) {
    const fields = [...request.parameters.entries ? request.parameters.entries() : Object.entries(request.parameters)];
    const row = {
      id: this.id.value, user: meta("loa-user"), url: request.path, page: location.pathname, key: this.key,
      title: this.form.elements.title?.value.trim() || this.form.dataset.draftTitle || document.title, saved: Date.now(),
      fields: fields.filter(([name, value]) => typeof value === "string" && !SKIP.has(name)),
    };
    await store.put("outbox", row);
    await tell();
    document.getElementById("drafts-state")?.scrollIntoView({ block: "center" });
  }
}

async function waiting() {
  return (await store.all("outbox")).filter((row) => row.user === meta("loa-user"));
}

function notice(words, ...more) {
  const note = document.getElementById("drafts-state");
  if (!note) return;
  const text = note.querySelector("[data-drafts-text]");
  text.textContent = words;
  note.querySelector(".line-s")?.remove();
  if (more.length) {
    const line = document.createElement("div");
    line.className = "line-s";
    line.append(...more);
    note.append(line);
  }
  show(note, Boolean(words));
}

async function tell() {
  const rows = await waiting();
  if (rows.length) notice(`${rows.length} lần gửi đang chờ mạng, giữ trên máy này: “${rows[0].title}”. Có mạng thì tự gửi, đừng xóa dữ liệu trình duyệt.`);
}

let flushing = false;

/** Sends what waits, one after the other; stops at the first sign that the network is still away. */
async function flush() {
  if (flushing || !navigator.onLine || !meta("csrf")) return;
  flushing = true;
  try {
    for (const row of await waiting()) if (!row.refused) await deliver(row);
  } catch {
    // the network is away again: the rows stay
  } finally {
    flushing = false;
  }
}

async function deliver(row) {
  const answer = await post(row.url, row.fields);
  const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.clone().json() : {};
  if (answer.ok && told.id === row.id) {
    await store.remove("outbox", row.id);
    await store.remove("drafts", row.key);
    if (current && current.id.value === row.id) current.renew(told.fields || {});
    notice(`Đã gửi “${row.title}” lúc ${hm(Date.now())}, viết lúc mất mạng ${hm(row.saved)}.`);
    document.dispatchEvent(new CustomEvent("loa:sent", { detail: { id: row.id, answer: told } }));
    return;
  }
  if (answer.status >= 500 || answer.redirected || !told.code) return; // signed out or not ready: later
  await store.put("outbox", { ...row, refused: true });
  const link = document.createElement("a");
  link.className = "btn";
  link.href = row.page;
  link.textContent = "Mở lại để sửa";
  const drop = button("Bỏ lần gửi này");
  drop.addEventListener("click", async () => { await store.remove("outbox", row.id); notice(""); });
  notice(`Chưa gửi được “${row.title}”: ${await refusal(answer, "hệ thống chưa nhận.")}`, link, drop);
}

export function enhance(root) {
  each(root, "form[data-draft]", (form) => new Draft(form));
  each(root, "a[data-draft-drop]", (link) => link.addEventListener("click", async (event) => {
    event.preventDefault();
    if (current) await current.done();
    location.assign(link.href);
  }));
}

document.addEventListener("htmx:afterRequest", (event) => {
  const taken = event.detail.xhr?.getResponseHeader("X-Loa-Taken");
  if (taken && current && current.id.value === taken) current.done();
});

let away = false;

/** Somebody who writes is told at once that the line is gone, and that no word is; and when it is back. */
function line(on) {
  if (!current || !document.contains(current.form) || away === !on) return;
  away = !on;
  if (on) notice("");
  else notice(`Mất kết nối từ ${hm(Date.now())}. Chữ anh/chị viết được giữ trên máy này; cứ viết và bấm gửi, có kết nối thì tự gửi.`);
}

document.addEventListener("visibilitychange", () => document.hidden && current?.now());
document.addEventListener("htmx:sendError", (event) => event.target.closest("[data-quiet]") && line(false));
document.addEventListener("htmx:afterOnLoad", () => line(true));

window.addEventListener("online", () => { line(true); flush(); });
window.addEventListener("offline", () => line(false));
setInterval(flush, TRY_AGAIN);
tell().then(flush).catch(() => {});
