// Pages that the service worker keeps for reading without network: the offline page lists them.

import { each, hm, show } from "./dom.js";

const PAGES = "loa-pages";

async function list(box) {
  const pages = await caches.open(PAGES);
  const lines = [];
  for (const request of await pages.keys()) {
    const answer = await pages.match(request);
    const link = document.createElement("a");
    link.href = request.url;
    link.textContent = decodeURIComponent(answer.headers.get("X-Loa-Keep") || request.url);
    const line = document.createElement("li");
    line.append(link, ` · giữ lúc ${hm(new Date(answer.headers.get("Date") || Date.now()))}`);
    lines.push(line);
  }
  box.querySelector("[data-kept-list]").replaceChildren(...lines);
  show(box, lines.length > 0);
}

export function enhance(root) {
  each(root, "[data-kept-pages]", (box) => { if ("caches" in window) list(box).catch(() => {}); });
}
