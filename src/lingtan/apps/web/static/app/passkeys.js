// Passkeys: the browser's part of making one (profile) and of signing in with one.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((c) => ({ ...c, id: bytes(c.id) }));

class Refused extends Error {}

async function ask(url, csrf, body, kind) {
  const headers = { "X-CSRF-Token": csrf, Accept: "application/json", ...(kind ? { "Content-Type": kind } : {}) };
  const answer = await fetch(url, { method: "POST", headers, body });
  const told = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
  if (!answer.ok) throw new Refused(told.detail ?? "");
  return told;
}

function plain(credential) {
  const given = credential.response, response = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = text(given.attestationObject);
    response.transports = given.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    response.userHandle = given.userHandle ? text(given.userHandle) : null;
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

async function make(form) {
  const csrf = form.elements.csrf.value;
  const options = await ask("/profile/passkeys/begin", csrf, new URLSearchParams(new FormData(form)));
  const publicKey = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: known(options.excludeCredentials) };
  const made = await navigator.credentials.create({ publicKey });
  await ask("/profile/passkeys", csrf, JSON.stringify({ credential: plain(made), label: form.elements.label.value }), "application/json");
  location.assign("/profile");
}

async function signIn(form) {
  const csrf = form.elements.csrf.value;
  const options = await ask("/sign-in/passkey/begin", csrf);
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
  const signed = await navigator.credentials.get({ publicKey });
  const told = await ask("/sign-in/passkey", csrf, JSON.stringify({ credential: plain(signed) }), "application/json");
  location.assign(told.to);
}

for (const [which, act] of [["data-passkey-new", make], ["data-passkey", signIn]]) {
  for (const form of document.querySelectorAll(`form[${which}]`)) {
    const said = form.querySelector("[data-said]"), button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.textContent = "";
      if (!window.PublicKeyCredential) { said.textContent = form.dataset.unsupported; return; }
      button.disabled = true;
      try { await act(form); } catch (error) { said.textContent = (error instanceof Refused && error.message) || form.dataset.failed; } finally { button.disabled = false; }
    });
  }
}
