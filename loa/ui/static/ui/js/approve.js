// Approving several notices in one go. A line is ticked once each of its sounds (one a language) was heard to the end and
// the platform has noted that; the button says how many notices it approves and whether all of them were heard. Without
// scripts the platform ticks what was heard when the page was made, and the button names no number.
// [data-heard-of="<src of a player>"] says so of one sound.

import { each, show } from "./dom.js";

const bulletins = (boxes) => new Set(boxes.map((box) => box.dataset.bulletin)).size;

class Many {
  constructor(form) {
    this.form = form;
    this.boxes = [...form.querySelectorAll("[data-hear]")];
    this.left = new Map(this.boxes.map((box) => [box, new Set(box.dataset.hear.split(" ").filter(Boolean))]));
    this.button = form.querySelector("[data-words]");
    this.without = this.button.textContent;
    form.addEventListener("change", () => this.draw());
    document.getElementById("listen-box").addEventListener("loa:heard", (event) => this.hear(event.target.dataset.heardUrl));
    this.draw();
  }

  hear(address) {
    for (const box of this.boxes) {
      const left = this.left.get(box);
      if (!left.delete(address) || left.size || "wasHeard" in box.dataset) continue;
      box.dataset.wasHeard = "";
      box.checked = true;
      box.closest(".pick").querySelector("[data-hear-word]").textContent = "Đã nghe";
    }
    this.draw();
  }

  draw() {
    const chosen = this.boxes.filter((box) => box.checked);
    const all = bulletins(chosen);
    const unheard = bulletins(chosen.filter((box) => !("wasHeard" in box.dataset)));
    if (!all) this.button.textContent = this.without;
    else this.button.textContent = unheard ? `Duyệt ${all} bản tin, ${unheard} chưa nghe` : `Duyệt ${all} bản tin đã nghe`;
    this.form.querySelector("[data-unheard-words]").textContent = `${unheard} trong ${all} bản tin đã chọn chưa được nghe hết. Nghe xong rồi hãy duyệt, hoặc bỏ dấu.`;
    show(this.form.querySelector("[data-unheard]"), unheard > 0);
  }
}

function says(line) {
  document.addEventListener("loa:heard", ({ target }) => {
    if (target.dataset?.src === line.dataset.heardOf) line.textContent = "Đã nghe";
  });
}

export function enhance(root) {
  each(root, "[data-heard-of]", says);
  each(root, "[data-approve-many]", (form) => new Many(form));
}
