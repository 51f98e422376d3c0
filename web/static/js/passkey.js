// Passkeys: shows the forms that need them where the browser knows them, and fills in their answer.
// Without this script, or without passkeys, every page offers another way.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const listed = (credentials = []) => credentials.map((one) => ({ ...one, id: bytes(one.id) }));

const forCreate = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: { ...options.user, id: bytes(options.user.id) },
  excludeCredentials: listed(options.excludeCredentials),
});

const forGet = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  allowCredentials: listed(options.allowCredentials),
});

const answerOf = (credential) => {
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = text(given.attestationObject);
  } else {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    response.userHandle = given.userHandle ? text(given.userHandle) : null;
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
};

const ask = async (form) => {
  const csrf = form.querySelector('input[name="csrf"]');
  const body = new URLSearchParams(csrf ? { csrf: csrf.value } : {});
  const answer = await fetch(form.dataset.options, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  const options = await answer.json();
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: forCreate(options) })
    : navigator.credentials.get({ publicKey: forGet(options) });
};

const prepare = (form) => {
  const failed = form.querySelector("[data-passkey-failed]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    const field = form.querySelector('input[name="credential"]');
    event.preventDefault();
    failed.hidden = true;
    try {
      field.value = answerOf(await ask(form));
    } catch {
      failed.hidden = false;
      failed.setAttribute("role", "alert");
      return;
    }
    form.submit();
  });
};

if (window.PublicKeyCredential && navigator.credentials) {
  document.querySelectorAll("form[data-passkey]").forEach(prepare);
} else {
  document.querySelectorAll("[data-passkey-unsupported]").forEach((told) => {
    told.hidden = false;
  });
}
