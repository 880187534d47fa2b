// Entry of every page. Each module makes the marked elements of a page work, and again those of a fragment that htmx
// brought; nothing is started by script inside the HTML.

import { hm, meta, show } from "./dom.js";
import * as alerts from "./alerts.js";
import * as approve from "./approve.js";
import * as choosing from "./choosing.js";
import * as clock from "./clock.js";
import * as documents from "./documents.js";
import * as drafts from "./drafts.js";
import * as editor from "./editor/editor.js";
import * as find from "./find.js";
import * as frame from "./frame.js";
import * as hearing from "./hearing.js";
import * as kept from "./kept.js";
import * as listen from "./listen.js";
import * as live from "./live.js";
import * as map from "./map.js";
import * as passkey from "./passkey.js";
import * as player from "./player.js";
import * as record from "./record.js";
import * as studio from "./live/studio.js";
import * as share from "./share.js";
import * as stop from "./stop.js";
import * as upload from "./upload.js";
import * as week from "./week.js";

const parts = [frame, stop, live, clock, listen, player, hearing, upload, record, documents, drafts, share, kept, find, map, week, passkey, approve, choosing, studio, editor, alerts];
const enhance = (root) => parts.forEach((part) => part.enhance(root));

const SIGN_IN = "/dang-nhap/";

function problem(words, ...more) {
  const note = document.getElementById("page-problem");
  if (!note) return;
  note.querySelector("p").replaceChildren(words, ...more);
  show(note, Boolean(words));
}

document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = meta("csrf"); });
document.addEventListener("htmx:beforeRequest", () => problem(""));
document.addEventListener("htmx:sendError", (event) => {
  if (event.target.closest("form[data-draft], [data-live], [data-quiet]")) return;
  problem(`Mất mạng lúc ${hm(Date.now())}, chưa làm được việc vừa bấm. Thử lại khi có mạng.`);
});
// A part of a page that asks for itself after the sign-in has run out gets the sign-in page: that is no part of it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (!xhr.responseURL.includes(SIGN_IN) || requestConfig.boosted || location.pathname.includes(SIGN_IN)) return;
  event.detail.shouldSwap = false;
  const link = document.createElement("a");
  link.href = `${xhr.responseURL.split("?")[0]}?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Đăng nhập lại";
  problem("Phiên làm việc đã hết. Chữ đang viết được giữ trên máy này. ", link);
});
// A whole page that answers a press keeps its place, unless it has something to say: then that comes into view. While
// the old page and the new one stand below each other, the browser must not hold on to the old one.
let pressed = null;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== document.body || !detail.shouldSwap) return;
  pressed = detail.elt.id;
  document.documentElement.classList.add("swapping");
});
document.addEventListener("htmx:afterSettle", () => {
  if (pressed === null) return;
  const told = document.querySelector("[data-told]");
  told?.scrollIntoView({ block: "center" });
  told?.focus({ preventScroll: true });
  if (!told && pressed && !document.getElementById(pressed)) {
    document.getElementById("main")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }
  pressed = null;
  document.documentElement.classList.remove("swapping");
});
document.addEventListener("htmx:responseError", (event) => {
  // Nobody pressed anything: a part of the page wanted news.
  if (event.target.closest("[data-live], [data-quiet]")) return problem(`Hệ thống đang gặp lỗi. Số liệu trên trang là của trước ${hm(Date.now())}; loa vẫn phát theo lịch đã nhận.`);
  if (event.detail.xhr.status >= 500) problem("Hệ thống gặp lỗi, chưa làm được việc vừa bấm. Loa vẫn phát theo lịch đã nhận. Thử lại sau ít phút.");
  else problem("Chưa làm được việc vừa bấm. Tải lại trang rồi thử lại.");
  return undefined;
});

enhance(document.documentElement);
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js", { scope: "/" }).catch(() => {});
