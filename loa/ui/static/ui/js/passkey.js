// A form that is sent with the answer of a passkey to the challenge it carries: <form data-passkey data-challenge data-rp
// data-keys>. The key signs exactly that challenge; the server side that checks it is not this page's.

import { each, show } from "./dom.js";

const WAIT = 120000;

function octets(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** What the key says to this challenge; rejects when it says nothing. */
export async function answer({ challenge, rp, keys }) {
  const allowCredentials = keys.split(" ").map((key) => ({ type: "public-key", id: octets(key) }));
  const publicKey = { challenge: octets(challenge), rpId: rp, allowCredentials, userVerification: "required", timeout: WAIT };
  const given = await navigator.credentials.get({ publicKey });
  return {
    credential: text(given.rawId),
    client_data: text(given.response.clientDataJSON),
    authenticator_data: text(given.response.authenticatorData),
    signature: text(given.response.signature),
  };
}

/** Why there was no answer, for the person. */
export function words(error) {
  if (!window.PublicKeyCredential) return "Trình duyệt này không dùng được khóa đăng nhập. Hãy mở trang bằng trình duyệt khác.";
  if (error.name === "NotAllowedError") return "Chưa xác nhận: khóa không trả lời hoặc đã bấm hủy. Hãy bấm lại.";
  if (error.name === "SecurityError") return "Địa chỉ trang này không phải địa chỉ lúc tạo khóa. Hãy mở đúng địa chỉ của hệ thống.";
  return "Khóa không trả lời được. Hãy thử lại.";
}

function ask(form) {
  const problem = form.closest("section, .card, main").querySelector("[data-passkey-problem]");
  form.addEventListener("submit", async (event) => {
    if (form.elements.signature.value) return;
    event.preventDefault();
    show(problem, false);
    try {
      const given = await answer(form.dataset);
      for (const [name, value] of Object.entries(given)) form.elements[name].value = value;
      form.submit();
    } catch (error) {
      problem.textContent = words(error);
      show(problem, true);
    }
  });
}

export function enhance(root) {
  each(root, "form[data-passkey]", ask);
}
