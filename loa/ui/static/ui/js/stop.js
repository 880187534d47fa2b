// 'Dừng tất cả loa' goes straight to the gateway with the ticket of the page, so that it works while the web server or
// the database is away, and from the kept offline page too.
//
// POST {gateway}/edge/stop   {audience: {area}, until: Unix ms, reason}  -> {until, devices, …}
// POST {gateway}/edge/resume {audience: {area}}
// Both with Authorization: Bearer <ticket>; a refusal is {code, detail}.

import { each, hm, meta, show } from "./dom.js";
import * as store from "./store.js";

const PATIENCE = 5000;
const TRIES = 3;
const PAUSE = 1500;
const LONGEST = 24 * 3600 * 1000;
const AT_LEAST = 60 * 1000;
const AWAY = "Chưa dừng được: máy này không tới được trung tâm. Bấm lại ngay, gọi người có mạng bấm giúp, hoặc tắt tại tủ loa.";

/** What is needed to stop: from the page, or kept from the last page when this one was made without network. */
async function means() {
  const stop = document.querySelector('meta[name="loa-stop"]');
  if (stop && meta("loa-ticket")) {
    return { ticket: meta("loa-ticket"), gateway: meta("loa-gateway"), area: stop.content, place: stop.dataset.place, speakers: stop.dataset.speakers };
  }
  const kept = await store.get("kept", "stop");
  return kept ? kept.value : null;
}

async function keep() {
  if (meta("loa-stop")) await store.put("kept", { key: "stop", value: await means() });
}

class Refused extends Error {}

async function tell(path, body, { ticket, gateway }) {
  for (let attempt = 1; ; attempt += 1) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), PATIENCE);
    try {
      const answer = await fetch(gateway + path, {
        method: "POST", body: JSON.stringify(body), signal: giveUp.signal, keepalive: true,
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${ticket}` },
      });
      const told = await answer.json().catch(() => ({}));
      if (answer.ok) return told;
      if (answer.status < 500) throw new Refused(told.detail || AWAY);
    } catch (error) {
      if (error instanceof Refused || attempt >= TRIES) throw error instanceof Refused ? error : new Refused(AWAY);
    } finally {
      clearTimeout(timer);
    }
    if (attempt >= TRIES) throw new Refused(AWAY);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** The instant a choice means: "item:<ms>", "session:<ms>", "minutes:<n>", or "until" with the time field; 0: unreadable. */
function instant(choice, time) {
  const [scope, value] = choice.split(":");
  if (scope === "minutes") return Date.now() + Number(value) * 60000;
  if (value) return Math.max(Number(value), Date.now() + AT_LEAST); // a page from before: at least a minute
  const read = time.trim().match(/^(\d{1,2})\s*[:hg.]?\s*(\d{2})?$/i); // 17:30, 17h30, 1730, 17
  const [hours, minutes] = read ? [Number(read[1]), Number(read[2] || 0)] : [24, 0];
  if (hours > 23 || minutes > 59) return 0;
  const now = new Date(Date.now() + 7 * 3600 * 1000);
  const then = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), hours - 7, minutes);
  return then > Date.now() ? then : then + LONGEST;
}

function box(element) {
  const form = element.querySelector("form");
  const hint = element.querySelector("[data-stop-hint]");
  const summary = element.querySelector("summary");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = event.submitter;
    const until = instant(pressed ? pressed.value : "minutes:60", form.elements.until ? form.elements.until.value : "");
    if (!until) {
      hint.textContent = "Ghi giờ cho phát lại theo mẫu 17:30.";
      form.elements.until.focus();
      return;
    }
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    hint.textContent = "Đang gửi lệnh dừng…";
    delete hint.dataset.failed;
    try {
      const how = await means();
      if (!how) throw new Refused("Chưa có quyền dừng trên máy này. Mở trang Hôm nay khi có mạng một lần.");
      const told = await tell("/edge/stop", { audience: { area: how.area }, until, reason: "" }, how);
      held({ until: told.until || until, by: "Anh/chị", at: Date.now(), devices: told.devices });
      hint.textContent = `Đã gửi lệnh dừng lúc ${hm(Date.now())}.`;
      if (element.tagName === "DETAILS") {
        element.open = false;
        summary.focus();
      }
    } catch (error) {
      hint.textContent = error.message;
      hint.dataset.failed = "";
    }
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  });
}

let ending = 0;

/** The banner: who stopped it, until when. */
export function held({ until, by, at, reason, devices }) {
  const banner = document.getElementById("hold-banner");
  if (!banner || until <= Date.now()) return;
  const reached = devices === undefined ? "" : ` Lệnh đã gửi tới ${devices} cụm loa.`;
  banner.querySelector("[data-hold-title]").textContent = `Đang dừng tất cả loa đến ${hm(until)}`;
  banner.querySelector("[data-hold-text]").textContent =
    `${by || "Có người"} dừng lúc ${hm(at || Date.now())}${reason ? `: “${reason}”` : ""}.${reached} Hết giờ dừng, loa tự phát tiếp theo lịch.`;
  show(banner, true);
  watch(banner, until);
}

export function released() {
  clearTimeout(ending);
  show(document.getElementById("hold-banner"), false);
}

function watch(banner, until) {
  clearTimeout(ending);
  ending = setTimeout(() => show(banner, false), Math.max(0, Math.min(until - Date.now(), LONGEST)));
}

function banner(element) {
  if (element.dataset.until) watch(element, Number(element.dataset.until));
  const button = element.querySelector("[data-resume]");
  if (!button) return;
  button.addEventListener("click", async () => {
    const text = element.querySelector("[data-hold-text]");
    button.disabled = true;
    try {
      const how = await means();
      if (!how) throw new Refused("Chưa có quyền cho phát lại trên máy này. Mở trang Hôm nay khi có mạng một lần.");
      await tell("/edge/resume", { audience: { area: how.area } }, how);
      text.textContent = `Đã cho phát lại lúc ${hm(Date.now())}.`;
      element.querySelector("[data-hold-title]").textContent = "Loa phát lại theo lịch";
      show(button, false);
      clearTimeout(ending);
      ending = setTimeout(() => { show(element, false); show(button, true); }, 8000);
    } catch (error) {
      text.textContent = error.message.replace("Chưa dừng được", "Chưa cho phát lại được").replace(", hoặc tắt tại tủ loa", "");
    }
    button.disabled = false;
  });
}

/** The offline page knows nobody; it offers the stop when this browser still holds a ticket. */
async function offlineBox(element) {
  const how = await means();
  if (!how) return;
  element.querySelector("[data-stop-place]").textContent = `Dừng ${how.speakers} cụm loa của ${how.place}?`;
  show(element, true);
  box(element);
}

/** A stop of our area, or of one above it, silences us. */
function ours(area) {
  const mine = meta("loa-area");
  return Boolean(mine) && (area === mine || mine.startsWith(`${area}.`));
}

/** What the gateway knows is newer than what the page was made with. */
function standing(holds) {
  const whole = holds.filter((hold) => ours(hold.area) && hold.subject.startsWith("area/"));
  const longest = whole.sort((a, b) => b.until - a.until)[0];
  if (longest) held(longest);
  else if (meta("loa-area")) released();
}

document.addEventListener("loa:event", ({ detail: { kind, facts = {}, area } }) => {
  if (kind === "snapshot") standing(facts.holds || []);
  else if (kind === "hold.held" && ours(area)) held(facts);
  else if (kind === "hold.released" && ours(area)) released();
});

export function enhance(root) {
  each(root, "[data-stop-all]", box);
  each(root, "#hold-banner", banner);
  each(root, "[data-stop-kept]", (element) => offlineBox(element).catch(() => {}));
}

keep().catch(() => {});
