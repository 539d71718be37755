/**
 * The script of the pages that ask an authenticator, which only a script can do. It fetches the options, lets the
 * browser ask, puts the answer into a hidden field and sends the form. Everything else on the page works without it; it
 * sends no form twice that is pressed twice.
 */
export const PASSKEYS_SCRIPT = `'use strict';
(() => {
  // Who is let in gets a cookie, and codes that are shown once, with one answer alone: a second press would lose it.
  for (const form of document.querySelectorAll('form:not([data-passkey])')) {
    let isSent = false;
    const again = () => { isSent = false; };
    form.addEventListener('submit', (event) => {
      if (isSent) return event.preventDefault();
      isSent = true;
      setTimeout(again, 5000);
    });
    addEventListener('pageshow', again);
  }

  if (!window.PublicKeyCredential) return;

  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
  const withIds = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  function publicKeyOf(options) {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (options.user) publicKey.user = { ...options.user, id: bytes(options.user.id) };
    if (options.allowCredentials) publicKey.allowCredentials = withIds(options.allowCredentials);
    if (options.excludeCredentials) publicKey.excludeCredentials = withIds(options.excludeCredentials);
    return publicKey;
  }

  function credentialOf({ id, type, response }) {
    const said = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      said.attestationObject = text(response.attestationObject);
      said.transports = response.getTransports ? response.getTransports() : [];
    } else {
      said.authenticatorData = text(response.authenticatorData);
      said.signature = text(response.signature);
      if (response.userHandle) said.userHandle = text(response.userHandle);
    }
    return { id, rawId: id, type, response: said };
  }

  async function optionsFor({ dataset }) {
    const answer = await fetch(dataset.options, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: dataset.body,
    });
    const body = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(body.detail), { status: answer.status });
    return body;
  }

  async function ask(form) {
    const { options, ...rest } = await optionsFor(form);
    const publicKey = publicKeyOf(options);
    const credential = await (form.dataset.passkey === 'create'
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey }));
    if (form.elements.factorId && (rest.factorId || rest.id)) form.elements.factorId.value = rest.factorId || rest.id;
    form.elements.credential.value = JSON.stringify(credentialOf(credential));
    form.submit();
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const alarm = form.querySelector('.alarm');
      alarm.textContent = '';
      ask(form).catch((failure) => {
        const cancelled = failure.name === 'NotAllowedError';
        const unless = failure.status === 401 && form.querySelector('template');
        if (unless) return alarm.replaceChildren(unless.content.cloneNode(true));
        alarm.textContent = cancelled ? 'That was cancelled or took too long. Try again.' : failure.message;
      });
    });
  }
})();
`;
