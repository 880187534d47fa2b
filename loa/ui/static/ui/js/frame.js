// The frame: clock, menu, sheets, printing, sign-out. Everything here also works without it, only less comfortably.

import { each, hm, meta } from "./dom.js";
import * as store from "./store.js";

const SETTLED = 800;
const DAYS = ["Chủ nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"];

/** The clock shows the server's time; the computer's own clock is often wrong. */
function clock(element) {
  const ahead = Number(element.dataset.clock) - Date.now();
  const time = element.querySelector("time");
  const day = element.querySelector("b + span");
  const tick = () => {
    const now = new Date(Date.now() + ahead);
    const local = new Date(now.getTime() + 7 * 3600 * 1000);
    time.textContent = hm(now);
    time.dateTime = now.toISOString();
    if (day) day.textContent = `${DAYS[local.getUTCDay()]}, ${local.getUTCDate()}/${local.getUTCMonth() + 1}/${local.getUTCFullYear()}`;
    setTimeout(tick, 60000 - (now.getTime() % 60000) + 50);
  };
  // Half a day of difference is a kept page, not a wrong clock: then show the computer's.
  if (Math.abs(ahead) < 12 * 3600 * 1000) tick();
}

function sheet(box) {
  const summary = box.querySelector("summary");
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    box.open = false;
    summary.focus();
    event.stopPropagation();
  });
  document.addEventListener("click", (event) => {
    if (box.open && !box.contains(event.target)) box.open = false;
  });
}

/** While the menu covers a phone's screen, nothing behind it can be reached by keyboard. */
function menu(nav) {
  const behind = () => document.querySelectorAll(".top, .acts, .main");
  const sync = () => {
    const covers = location.hash === `#${nav.id}` && getComputedStyle(nav).position === "fixed";
    for (const element of behind()) element.inert = covers;
    if (covers) nav.querySelector("a").focus();
  };
  window.addEventListener("hashchange", sync);
  nav.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && location.hash === `#${nav.id}`) history.back();
  });
  sync();
}

async function signOut(form) {
  form.addEventListener("submit", () => {
    store.forget("stop");
    if ("caches" in window) caches.delete("loa-pages");
  });
}

/** A decision cannot be pressed in the first moment of a page: that press was meant for the page before it. */
function settle(element) {
  element.disabled = true;
  setTimeout(() => { element.disabled = false; }, SETTLED);
}

/** Pages kept for one person are not for the next one at the same computer. */
async function sameperson() {
  const now = meta("loa-user");
  if (!now || !("indexedDB" in window)) return;
  const before = await store.get("kept", "user");
  if (before && before.value !== now && "caches" in window) await caches.delete("loa-pages");
  await store.put("kept", { key: "user", value: now });
}

export function enhance(root) {
  each(root, "[data-clock]", clock);
  each(root, "[data-sheet], [data-stop-all]", sheet);
  each(root, ".nav", menu);
  each(root, "[data-settle]", settle);
  each(root, "[data-print]", (element) => element.addEventListener("click", () => window.print()));
  each(root, "[data-sign-out]", signOut);
  each(root, "select[data-submit]", (select) => select.addEventListener("change", () => select.form.requestSubmit()));
}

sameperson().catch(() => {});
