// 'Nghe' plays what a simulated loudspeaker is really rendering, through the gateway (a real one has no such tap).
//
// button[data-listen="<device>"][data-listen-name="<its name>"] with [data-words] inside, and beside it a
// [data-listen-state] that tells. Pressed again it stops. One loudspeaker is heard at a time; a part of the page that is
// fetched anew finds its button as it was.

import { each, meta } from "./dom.js";

const AWAY = "Chưa nghe được: máy này không tới được trung tâm. Thử lại sau vài giây.";
const NO_TAP = "Cụm loa này không cho nghe từ xa. Chỉ nghe được loa mô phỏng đang chạy.";
const CUT = "Loa ngắt tiếng. Bấm Nghe để nối lại.";
let heard = null; // {device, name, audio, words}

function address(device) {
  return `${meta("loa-gateway")}/edge/listen/${encodeURIComponent(device)}`;
}

function draw() {
  for (const button of document.querySelectorAll("[data-listen]")) {
    const on = heard !== null && heard.audio !== null && button.dataset.listen === heard.device;
    const mine = heard !== null && button.dataset.listen === heard.device;
    const label = button.querySelector("[data-words]");
    label.dataset.rest ||= label.textContent;
    label.textContent = on ? "Thôi nghe" : label.dataset.rest;
    const state = button.parentElement.querySelector("[data-listen-state]");
    const words = mine ? heard.words : "";
    if (state.textContent !== words) state.textContent = words;
  }
}

function stop(words = "") {
  if (heard === null) return;
  const { audio } = heard;
  heard = words ? { ...heard, audio: null, words } : null;
  if (audio) {
    audio.pause();
    audio.removeAttribute("src");
    audio.load(); // hangs up
  }
  draw();
}

function start(device, name) {
  stop();
  const audio = new Audio(`${address(device)}?ticket=${encodeURIComponent(meta("loa-ticket"))}`);
  heard = { device, name, audio, words: "Đang mở tiếng…" };
  const still = () => heard !== null && heard.audio === audio;
  audio.addEventListener("playing", () => {
    if (!still()) return;
    heard.words = `Đang nghe cụm ${name}, chậm khoảng 2 giây.`;
    draw();
  });
  audio.addEventListener("ended", () => still() && stop(CUT));
  audio.addEventListener("error", async () => {
    if (!still()) return;
    const words = await reason(device);
    if (still()) stop(words);
  });
  audio.play().catch(() => {}); // the error event tells
  draw();
}

/** A sound that does not open says nothing: the same address is asked once more for its words. */
async function reason(device) {
  const giveUp = new AbortController();
  try {
    const headers = { Authorization: `Bearer ${meta("loa-ticket")}` };
    const answer = await fetch(address(device), { headers, signal: giveUp.signal });
    if (answer.ok) return CUT;
    if (answer.status === 404) return NO_TAP;
    const told = await answer.json();
    return told.detail || AWAY;
  } catch {
    return AWAY;
  } finally {
    giveUp.abort();
  }
}

function listen(button) {
  button.addEventListener("click", () => {
    const on = heard !== null && heard.audio !== null && heard.device === button.dataset.listen;
    if (on) stop();
    else start(button.dataset.listen, button.dataset.listenName);
  });
}

export function enhance(root) {
  each(root, "[data-listen]", listen);
  if (heard && !document.querySelector(`[data-listen="${CSS.escape(heard.device)}"]`)) stop();
  draw();
}

window.addEventListener("pagehide", () => stop());
