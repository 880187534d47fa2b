// Service worker. Keeps the shell (style, type, scripts, drawings, the offline page) and the pages that ask for it
// (header X-Loa-Keep: the title), so that the week's schedule can be read and the loudspeakers stopped without the web
// server. The server puts `self.LOA = {version, shell}` before this text. Never touches what is not a GET of our site.

const SHELL = `loa-shell-${self.LOA.version}`;
const PAGES = "loa-pages";
const OFFLINE = self.LOA.shell[0];
const MOST_PAGES = 12;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(self.LOA.shell)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("loa-shell-") && name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
});

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.headers.has("X-Loa-Keep")) await keep(request, answer.clone());
    return answer;
  } catch {
    const pages = await caches.open(PAGES);
    return (await pages.match(request.url)) || caches.match(OFFLINE);
  }
}

async function keep(request, answer) {
  const pages = await caches.open(PAGES);
  await pages.delete(request.url);
  await pages.put(request.url, answer);
  const kept = await pages.keys();
  for (const old of kept.slice(0, Math.max(0, kept.length - MOST_PAGES))) await pages.delete(old);
}

async function asset(request) {
  const cache = await caches.open(SHELL);
  return (await cache.match(request)) || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (self.LOA.shell.includes(url.pathname)) event.respondWith(asset(request));
});
