// Choosing: a file by words of ours, because the browser's own speak the language of its Windows; and all boxes of a
// list in one press. Without scripts the browser's file field stands there and boxes are ticked one by one.

import { each, show } from "./dom.js";

const NONE = "Chưa chọn tệp nào.";

function file(input) {
  const button = document.createElement("label");
  const chosen = document.createElement("p");
  button.className = "btn";
  button.htmlFor = input.id;
  button.textContent = "Chọn tệp";
  chosen.className = "hint";
  chosen.dataset.anyLanguage = "";
  chosen.setAttribute("role", "status");
  chosen.textContent = NONE;
  input.classList.replace("input", "sr");
  input.after(button, chosen);
  input.addEventListener("change", () => {
    chosen.textContent = [...input.files].map((one) => one.name).join(", ") || NONE;
  });
}

function all(button) {
  const boxes = [...button.form.querySelectorAll(`input[type=checkbox][name="${button.dataset.chooseAll}"]`)];
  const draw = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    button.dataset.full = chosen === boxes.length ? "1" : "";
    button.textContent = button.dataset.full ? "Bỏ chọn hết" : `Chọn cả ${boxes.length} cụm`;
    button.parentElement.querySelector("[data-chosen]").textContent = `Đã chọn ${chosen} cụm.`;
  };
  button.form.addEventListener("change", draw);
  button.addEventListener("click", () => {
    const wanted = !button.dataset.full;
    for (const box of boxes) box.checked = wanted;
    draw();
  });
  show(button.parentElement, true);
  draw();
}

export function enhance(root) {
  each(root, "input[type=file].input", file);
  each(root, "[data-choose-all]", all);
}
