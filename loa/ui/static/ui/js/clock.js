// While the gateway doubts its own clock, elements with data-clock-doubt="<why>" say so: "stepped" or "database".
// It comes with the first event of the live line, and as {kind: "gateway.clock"} when it begins and ends.

import { show } from "./dom.js";

let doubt = "";

function say() {
  for (const note of document.querySelectorAll("[data-clock-doubt]")) show(note, note.dataset.clockDoubt === doubt);
}

document.addEventListener("loa:event", ({ detail: { kind, facts = {} } }) => {
  if (kind !== "snapshot" && kind !== "gateway.clock") return;
  doubt = facts.clock || "";
  say();
});

/** The page may have been swapped for another one on the same line. */
export function enhance() {
  say();
}
