// Small helpers that every module shares: finding marked elements once, words for times and sizes, posting with the
// page's CSRF word. No state of its own.

const seen = new WeakMap();

/** Calls `work` once for each element of `root` (itself included) that matches, however often the page is enhanced. */
export function each(root, selector, work) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches && root.matches(selector)) found.unshift(root);
  for (const element of found) {
    const done = seen.get(element) || new Set();
    if (done.has(selector)) continue;
    seen.set(element, done.add(selector));
    work(element);
  }
}

export function meta(name) {
  const element = document.querySelector(`meta[name="${name}"]`);
  return element ? element.content : "";
}

const LOCAL = "Asia/Ho_Chi_Minh";
const pad = (number) => String(number).padStart(2, "0");

/** 17:04 in Vietnam, whatever the computer is set to. */
export function hm(milliseconds) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: LOCAL }).format(milliseconds);
}

/** 0:52 or 1:02:09 */
export function length(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const rest = pad(seconds % 60);
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
}

/** 4,8 MB */
export function size(octets) {
  if (octets >= 1e6) return `${(octets / 1e6).toFixed(1).replace(".", ",")} MB`;
  return `${Math.max(1, Math.round(octets / 1e3))} KB`;
}

/** A random UUID, also where the page is not served over https. */
export function uuid() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6] & 0x0f) | 0x40;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  const hex = [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Posts fields to our own site. Resolves with the Response, rejects only when the network is away. */
export function post(url, fields, signal) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  return fetch(url, { method: "POST", body, signal, headers: { "X-CSRFToken": meta("csrf"), Accept: "application/json" } });
}

/** The words with which the server refused, or ours when it gave none. */
export async function refusal(response, otherwise) {
  try {
    const told = await response.json();
    return told.message || told.detail || otherwise;
  } catch {
    return otherwise;
  }
}

export function show(element, on) {
  if (element) element.hidden = !on;
}

/** A button made by a script: [drawing] words. The drawing is copied from the sprite the page uses already. */
export function button(words, kind = "", icon = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `btn ${kind}`.trim();
  if (icon) made.append(drawing(icon));
  made.append(words);
  return made;
}

export function drawing(name) {
  const used = document.querySelector("svg.ic use");
  const sprite = used ? used.getAttribute("href").split("#")[0] : "/static/ui/icons.svg";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "ic");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
