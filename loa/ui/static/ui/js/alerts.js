// Emergency alerts: signed, confirmed, declined and ended straight at the gateway with the ticket of the page, so that
// neither the web server nor the database stands between the last key and the loudspeakers.
//
// <form data-alert-ask="#wish" data-rp data-keys data-next>   the author: POST /edge/alerts/challenge, /edge/alerts
// <form data-alert-confirm="id" data-rp data-keys data-next>  the second person: GET /edge/alerts/id, POST …/confirm
// <form data-alert-decline="id" data-next>                    POST …/decline {reason}
// <section data-alert-board="id">                             the figures of /edge/alerts/id/board, as they come

import { each, hm, meta, show } from "./dom.js";
import { answer, words } from "./passkey.js";

const PATIENCE = 15000;
const AWAY = "Máy này không tới được trung tâm nên CHƯA gửi được. Bấm lại ngay, hoặc dùng loa tay và gọi người có mạng.";
const EVERY = 1000;
const AT_LEAST = 10000;

class Refused extends Error {}

async function tell(path, body) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE);
  try {
    const given = await fetch(meta("loa-gateway") + path, {
      method: body === undefined ? "GET" : "POST", body: body === undefined ? undefined : JSON.stringify(body),
      signal: giveUp.signal, headers: { "Content-Type": "application/json", Authorization: `Bearer ${meta("loa-ticket")}` },
    });
    const told = await given.json().catch(() => ({}));
    if (!given.ok) throw new Refused(told.detail || AWAY);
    return told;
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(AWAY);
  } finally {
    clearTimeout(timer);
  }
}

function say(form, text, failed) {
  const line = form.querySelector("[data-alert-say]");
  line.textContent = text;
  line.classList.toggle("error", Boolean(failed));
  show(line, Boolean(text));
}

async function word(part, { challenge, at }, form) {
  const assertion = await answer({ challenge, rp: form.dataset.rp, keys: form.dataset.keys });
  return { part, user: meta("loa-user"), at, assertion };
}

function pressed(form, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const buttons = [...form.querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    try {
      await work();
    } catch (error) {
      say(form, error instanceof Refused ? error.message : words(error), true);
      for (const button of buttons) button.disabled = false;
    }
  });
}

function ask(form) {
  pressed(form, async () => {
    const wish = JSON.parse(document.querySelector(form.dataset.alertAsk).textContent);
    say(form, "Đang hỏi khóa đăng nhập…");
    const content = wish.alert ? { alert: wish.alert } : { cancel: wish.cancel };
    const question = await tell("/edge/alerts/challenge", { part: "author", ...content });
    wish.word = await word("author", question, form);
    say(form, "Đang gửi…");
    const told = await tell("/edge/alerts", wish);
    location.assign(form.dataset.next.replace("__id__", told.id));
  });
}

function confirm(form) {
  pressed(form, async () => {
    const id = form.dataset.alertConfirm;
    say(form, "Đang hỏi khóa đăng nhập…");
    const one = await tell(`/edge/alerts/${id}`);
    if (!one.challenge) throw new Refused("Yêu cầu này không còn chờ, hoặc không dành cho anh/chị. Hãy tải lại trang.");
    const given = await word("confirmer", { challenge: one.challenge, at: one.word_at || one.at }, form);
    say(form, "Đang ký và phát…");
    await tell(`/edge/alerts/${id}/confirm`, { word: given });
    location.assign(form.dataset.next);
  });
}

function decline(form) {
  pressed(form, async () => {
    await tell(`/edge/alerts/${form.dataset.alertDecline}/decline`, { reason: form.elements.reason.value });
    location.assign(form.dataset.next);
  });
}

/** How long the second person has been waited for; after a minute the places above are asked as well. */
function waits(element) {
  const since = Number(element.dataset.alertWaits);
  const tick = () => {
    if (!document.contains(element)) return;
    const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
    const left = 60 - seconds;
    const minutes = Math.floor(seconds / 60);
    element.textContent = left > 0
      ? `Đã chờ ${seconds} giây. Sau ${left} giây nữa, trực ban cấp trên cũng được báo.`
      : `Đã chờ ${minutes} phút ${seconds % 60} giây. Trực ban cấp trên đã được báo.`;
    setTimeout(tick, 1000);
  };
  tick();
}

// ---------- writing ----------

const BLANK = /\[([^\]]*)\]/g;

/** Another kind: other texts, another siren. What was written stays only as long as the kind. */
function kind(select) {
  select.addEventListener("change", () => {
    const status = select.form.querySelector("[name=status]:checked");
    location.assign(`${select.dataset.alertKind}&loai=${select.value}&tin=${status ? status.value : "actual"}`);
  });
}

/** A text with blanks: one field for each, and the whole sentence below as it will be read. */
function template(select) {
  const target = select.form.querySelector(select.dataset.alertTemplate);
  const box = select.form.querySelector("[data-alert-blanks]");
  const fields = box.querySelector("[data-alert-fields]");
  const fill = (text) => {
    const labels = [...text.matchAll(BLANK)].map((found) => found[1]);
    fields.replaceChildren(...labels.map((label, number) => {
      const field = document.createElement("div");
      field.className = "field";
      const name = document.createElement("label");
      name.htmlFor = `blank-${number}`;
      name.textContent = label.charAt(0).toUpperCase() + label.slice(1);
      const input = document.createElement("input");
      Object.assign(input, { id: `blank-${number}`, className: "input", maxLength: 120, autocomplete: "off" });
      field.append(name, input);
      return field;
    }));
    show(box, labels.length > 0);
    const inputs = [...fields.querySelectorAll("input")];
    fields.oninput = () => {
      let number = 0;
      target.value = text.replace(BLANK, (whole) => inputs[number++].value.trim() || whole);
    };
  };
  select.addEventListener("change", () => {
    const text = select.selectedOptions[0].dataset.text || "";
    target.value = text;
    fill(text);
  });
  const text = select.selectedOptions[0] ? select.selectedOptions[0].dataset.text || "" : "";
  if (text && target.value.trim() === text.trim()) fill(text);
}

// ---------- the board ----------

function column(device, issued, tests) {
  if (device.refused || device.state === "silent" || !(device.received || device.sounding)) return "silent";
  if (tests) return "sounding";
  return !device.sounding || device.late || device.sounding - issued > 60000 ? "late" : "sounding";
}

function count(devices, issued, tests) {
  const sums = { expected: 0, received: 0, sounding: 0, late: 0, silent: 0 };
  for (const device of devices) {
    sums.expected += 1;
    if (device.received || device.sounding) sums.received += 1;
    sums[column(device, issued, tests)] += 1;
  }
  return sums;
}

function write(root, sums) {
  for (const [name, value] of Object.entries(sums)) {
    for (const field of root.querySelectorAll(`[data-sum="${name}"]`)) field.textContent = value;
  }
}

function draw(board, told) {
  const issued = Number(board.dataset.issued) || told.issued || 0;
  const tests = board.dataset.status === "test";
  const places = new Map();
  for (const device of told.devices) {
    const path = device.area.split(".").slice(0, 3).join(".");
    if (!places.has(path)) places.set(path, []);
    places.get(path).push(device);
  }
  write(board.querySelector("[data-board-all]"), count(told.devices, issued, tests));
  let mute = 0;
  for (const row of board.querySelectorAll("[data-board-area]")) {
    const sums = count(places.get(row.dataset.boardArea) || [], issued, tests);
    write(row, sums);
    const silent = sums.expected > 0 && sums.silent === sums.expected;
    mute += silent;
    row.classList.toggle("tr-person", silent);
    row.classList.toggle("tr-done", sums.expected > 0 && sums.sounding === sums.expected);
  }
  const title = board.querySelector("[data-board-mute]");
  if (title && board.dataset.words) title.textContent = mute ? `${mute} xã, phường chưa có loa nào kêu, gọi ngay` : "Xã, phường nào cũng có loa kêu";
  const at = board.querySelector("[data-board-at]");
  if (at) at.textContent = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Asia/Ho_Chi_Minh" }).format(told.now || Date.now());
}

function board(element) {
  const id = element.dataset.alertBoard;
  let asking = false;
  let again = false;
  let last = 0;
  const look = async () => {
    if (!document.contains(element) || document.hidden) return;
    if (asking) { again = true; return; }
    asking = true;
    try {
      draw(element, await tell(`/edge/alerts/${id}/board`));
    } catch {
      // the figures of the page stand, with the time they are from
    }
    last = Date.now();
    asking = false;
    if (again) { again = false; setTimeout(look, EVERY); }
  };
  document.addEventListener("loa:event", ({ detail: { kind, facts = {} } }) => {
    if ((kind === "board" || kind === "alert") && facts.id === id) setTimeout(look, Math.max(0, last + EVERY - Date.now()));
  });
  const beat = setInterval(() => { if (!document.contains(element)) clearInterval(beat); else look(); }, AT_LEAST);
  look();
}

/** What was asked, sent or ended stands on every page of the place at once, before the database knows of it. */
function heard({ kind, facts = {} }) {
  const list = document.getElementById("alerts-now");
  if (!list || kind !== "alert") return;
  list.querySelector(`[data-alert-now="${CSS.escape(facts.typ === "cancel" && facts.state === "sent" ? facts.of : facts.id)}"]`)?.remove();
  const waits = facts.state === "waiting" && list.dataset.confirms && String(facts.author) !== meta("loa-user");
  if (!waits && (facts.state !== "sent" || facts.typ === "cancel")) return;
  const note = list.querySelector("template").content.cloneNode(true).firstElementChild;
  note.dataset.alertNow = facts.id;
  note.classList.add(waits ? "note-person" : facts.status === "actual" ? "note-alert" : "note-drill");
  note.querySelector("strong").textContent = waits ? `Chờ anh/chị xác nhận: ${facts.headline}` : facts.headline;
  note.querySelector("p").textContent = waits ? `${facts.by} xin phát lúc ${hm(facts.asked)}.` : `Phát lúc ${hm(facts.issued || facts.at)}.`;
  note.querySelector("a").href = list.dataset.url.replace("__id__", facts.id) + (waits ? "xac-nhan/" : "");
  list.append(note);
}

document.addEventListener("loa:event", ({ detail }) => heard(detail));

export function enhance(root) {
  each(root, "form[data-alert-ask]", ask);
  each(root, "form[data-alert-confirm]", confirm);
  each(root, "form[data-alert-decline]", decline);
  each(root, "[data-alert-waits]", waits);
  each(root, "[data-alert-board]", board);
  each(root, "select[data-alert-kind]", kind);
  each(root, "select[data-alert-template]", template);
}
