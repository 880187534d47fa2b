// Looks at a page from inside, for checks.py. Every function answers plain values.

const shown = (element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return box.width > 0 && box.height > 0 && style.visibility !== "hidden" && element.checkVisibility() && !element.closest("[inert]");
};
const what = (element) => {
  const words = (element.innerText || element.getAttribute("aria-label") || element.name || "").trim().slice(0, 40);
  return `<${element.tagName.toLowerCase()}${element.id ? "#" + element.id : ""} class="${element.getAttribute("class") || ""}"> ${words}`;
};

function tooWide() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.querySelectorAll("body *")].filter((e) => shown(e) && !e.ownerSVGElement && e.getBoundingClientRect().right > width + 1);
  return [`${document.documentElement.scrollWidth} px`, ...wide.slice(0, 6).map(what)];
}

const TAPPED = ".btn, button, select, summary, input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea, .pick, nav a";
function small() {
  const found = [];
  for (const element of document.querySelectorAll(TAPPED)) {
    if (!shown(element) || element.matches(".sr, .skip") || element.closest(".seek")) continue;
    const height = element.getBoundingClientRect().height;
    if (height < 43.5) found.push(`${Math.round(height)} px high: ${what(element)}`);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element || !shown(element) || element.closest("script, style, svg")) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < 16) found.push(`${size} px text: ${what(element)}`);
  }
  return found.slice(0, 10);
}

function words() {
  const spoken = [...document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")].flatMap((e) =>
    ["aria-label", "title", "placeholder", "alt"].map((name) => e.getAttribute(name) || ""));
  const inside = [...document.querySelectorAll("body *:not([data-any-language] *):not([data-any-language])")]
    .flatMap((e) => [...e.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE && !e.closest("script, style")).map((n) => (e.closest("noscript") ? n.textContent.replace(/<[^>]*>/g, " ") : n.textContent)));
  return [document.title, ...spoken, ...inside].join("\n");
}

const STOPS = "a[href], button:not(:disabled), input:not([type=hidden]):not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, audio[controls], [tabindex]:not([tabindex='-1'])";
function markStops() {
  const expected = {};
  const groups = new Set();
  let mark = 0;
  for (const element of document.querySelectorAll(STOPS)) {
    if (!shown(element) || element.tabIndex < 0) continue;
    if (element.type === "radio") {
      const group = `${element.form ? [...document.forms].indexOf(element.form) : -1}|${element.name}`;
      const chosen = document.querySelectorAll(`input[type=radio][name="${CSS.escape(element.name)}"]:checked`);
      if ([...chosen].some((other) => other.form === element.form) ? !element.checked : groups.has(group)) continue;
      groups.add(group);
    }
    element.dataset.stopMark = String((mark += 1));
    expected[mark] = what(element);
  }
  return expected;
}

const ringed = (element) => {
  const style = getComputedStyle(element);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
};
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const near = [element, element.parentElement, element.parentElement.parentElement, element.nextElementSibling].filter(Boolean);
  const ring = near.find(ringed);
  const box = (ring || element).getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const at = [0.5, 0.1, 0.3, 0.7, 0.9].map((share) => box.top + box.height * share).filter((y) => y >= 0 && y < innerHeight);
  const above = at.map((y) => document.elementFromPoint(x, y)).filter(Boolean);
  const seen = above.some((top) => near.some((e) => e.contains(top)) || top.contains(element));
  const cover = above[0] ? what(above[0]) : "the edge of the screen";
  const problem = !ring ? "has the focus but no ring" : seen ? "" : `has the focus but is covered by ${cover}`;
  return { mark: element.dataset.stopMark || "", what: what(element), problem };
}

window.loaChecks = { tooWide, small, words, markStops, focused };
