// Live states without reloading: listens to the gateway's /edge/events with the page's ticket.
//
// Each event is a JSON object {kind, area, facts}. An element with data-live="kind kind …" (a kind may end in ".*";
// "kind:id" only for events whose facts.id is id) then
//   - gets facts.name as text in its [data-live-field="name"] children, and
//   - when it has hx-get and hx-trigger="live", fetches itself again (at most once in two seconds, or as often as its
//     data-live-rest says, in milliseconds).
// The first event of a line is {kind: "snapshot", facts: {devices, holds, now, clock}}, unless it goes on where the last broke.
// What happened between the making of the page and the opening of its line is told to nobody: a part with data-live-first,
// which waits for something that comes only once, therefore asks when the line opens, and on a slow line all parts do.
// When the line is lost the page says since when its figures are true, tries again, and catches up afterwards.

import { hm, meta, show } from "./dom.js";

const SAY_AFTER = 4000;
const HIDDEN_AFTER = 30000;
const LONGEST_WAIT = 30000;
const AT_MOST_EVERY = 2000;
const RENEW_EVERY = 60000;
const SLOW = 10000;

let source = null;
let lostAt = 0;
let opened = false;
let wait = 1000;
let saying = 0;
let resting = 0;
let latest = "";
let renewed = 0;
const due = new WeakMap();
const asked = new WeakMap();

function address() {
  const last = latest ? `&last=${encodeURIComponent(latest)}` : "";
  return `${meta("loa-gateway")}/edge/events?ticket=${encodeURIComponent(meta("loa-ticket"))}${last}`;
}

function connect() {
  if (source || !meta("loa-ticket")) return;
  source = new EventSource(address());
  source.onopen = found;
  source.onerror = lost;
  source.onmessage = (event) => {
    found();
    latest = event.lastEventId || latest;
    hear(JSON.parse(event.data));
  };
}

function disconnect() {
  if (source) source.close();
  source = null;
}

function found() {
  clearTimeout(saying);
  wait = 1000;
  show(document.getElementById("live-state"), false);
  document.documentElement.dataset.line = "on";
  if (lostAt || (!opened && performance.now() > SLOW)) refresh();
  else if (!opened) refresh("[data-live-first]");
  opened = true;
  lostAt = 0;
}

function lost() {
  if (!lostAt) {
    lostAt = Date.now();
    saying = setTimeout(say, SAY_AFTER);
  }
  document.documentElement.dataset.line = "off";
  if (source && source.readyState !== EventSource.CLOSED) return; // it tries again by itself
  disconnect();
  renew().then(() => setTimeout(connect, wait + Math.random() * 500));
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

/** The gateway said no: the ticket may be over (12 hours, another password, a role that ended). The page itself is not
 * fetched again: some pages make a new secret or challenge each time they are opened. */
async function renew() {
  if (Date.now() - renewed < RENEW_EVERY) return;
  renewed = Date.now();
  try {
    const answer = await fetch("/ui/ticket/");
    if (answer.status === 401) signedOut();
    else if (answer.ok) document.querySelector('meta[name="loa-ticket"]').content = (await answer.json()).ticket;
  } catch {
    // the pages are away too: the next try tells
  }
}

function signedOut() {
  clearTimeout(saying);
  write("Đã hết phiên đăng nhập", "Số liệu trên trang không còn tự đổi. Hãy tải lại trang và đăng nhập lại.");
}

function say() {
  write(`Mất kết nối từ ${hm(lostAt)}, đang thử lại`, `Số liệu trên trang là của lúc ${hm(lostAt)}. Loa vẫn phát theo lịch đã nhận.`);
}

function write(title, text) {
  const note = document.getElementById("live-state");
  if (!note) return;
  note.querySelector("[data-live-title]").textContent = title;
  note.querySelector("[data-live-text]").textContent = text;
  show(note, true);
}

/** Tells the marked elements of one event. */
export function hear(event) {
  const facts = event.facts || {};
  document.dispatchEvent(new CustomEvent("loa:event", { detail: event }));
  for (const element of document.querySelectorAll("[data-live]")) {
    if (!wants(element, event.kind, facts.id)) continue;
    for (const field of element.querySelectorAll("[data-live-field]")) {
      const value = facts[field.dataset.liveField];
      if (value !== undefined && value !== null) field.textContent = value;
    }
    again(element);
  }
}

function wants(element, kind, id) {
  return element.dataset.live.split(/\s+/).some((wish) => {
    const [wanted, only] = wish.split(":");
    const fits = wanted === kind || (wanted.endsWith(".*") && kind.startsWith(wanted.slice(0, -1)));
    return fits && (only === undefined || only === String(id));
  });
}

/** Asks the server for the element anew; many events in a row cost one request. */
function again(element) {
  if (!element.hasAttribute("hx-get") || due.has(element)) return;
  const pause = Number(element.dataset.liveRest) || AT_MOST_EVERY;
  const rested = (asked.get(element) || 0) + pause - Date.now();
  due.set(element, setTimeout(() => {
    due.delete(element);
    asked.set(element, Date.now());
    if (document.contains(element) && window.htmx) window.htmx.trigger(element, "live");
  }, Math.max(rested, 300 + Math.random() * 600)));
}

function refresh(which = "[data-live]") {
  for (const element of document.querySelectorAll(`${which}[hx-get]`)) again(element);
}

function rest() {
  clearTimeout(resting);
  if (document.hidden) {
    resting = setTimeout(disconnect, HIDDEN_AFTER);
  } else if (!source) {
    lostAt ||= Date.now(); // what happened meanwhile is not on the page
    connect();
  }
}

export function enhance() {
  connect();
  if (lostAt && Date.now() - lostAt > SAY_AFTER) say(); // the note belongs to a body that was swapped away
}

document.addEventListener("visibilitychange", rest);
window.addEventListener("online", () => { disconnect(); wait = 1000; connect(); });
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
