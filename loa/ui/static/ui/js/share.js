// Hands an address to the phone's share sheet (Zalo, tin nhắn…); a computer without one copies it and says so.

import { each } from "./dom.js";

const SAY_FOR = 4000;

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy"); // pages over http in an office network have no clipboard interface
  field.remove();
  return done ? undefined : Promise.reject(new Error("copy"));
}

function share(button) {
  const label = button.querySelector("[data-words]");
  const words = label.textContent;
  const say = (text) => {
    label.textContent = text;
    setTimeout(() => { label.textContent = words; }, SAY_FOR);
  };
  button.addEventListener("click", async () => {
    const { title, text } = button.dataset;
    const url = new URL(button.dataset.url || location.href, location.href).href;
    try {
      if (navigator.share) return await navigator.share({ title, text, url });
      await copy(url);
      say("Đã chép đường dẫn");
    } catch (error) {
      if (error.name !== "AbortError") say("Chưa gửi được, chép địa chỉ trên thanh trình duyệt");
    }
    return undefined;
  });
}

export function enhance(root) {
  each(root, "[data-share]", share);
}
