// Results under a search field: the arrows go through them, Escape goes back to the words. Without it Tab does.

import { each } from "./dom.js";

const HIT = ".hit > a";

function find(form) {
  const input = form.querySelector("input[type=search]");
  const found = document.querySelector(form.dataset.find);
  if (!input || !found) return;
  const step = (event, from) => {
    const hits = [...found.querySelectorAll(HIT)];
    const next = hits.indexOf(from) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    (hits[next] || (next < 0 ? input : from)).focus();
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(event, null);
  });
  found.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event, event.target.closest(HIT));
    else if (event.key === "Escape") input.focus();
  });
}

export function enhance(root) {
  each(root, "form[data-find]", find);
}
