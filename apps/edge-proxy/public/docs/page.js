/* The API reference, and a line above it to sign in. The token lives in this page only, and goes with it. */
const element = (id) => document.getElementById(id);

const configuration = {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  persistAuth: false,
  authentication: { preferredSecurityScheme: 'accessToken' },
  // The theme's greys are too pale to be read (WCAG 2.2, 1.4.3).
  customCss: `.light-mode { --scalar-color-2: #4a4a4a; --scalar-color-3: #5c5c5c; --scalar-color-blue: #0052a8; --scalar-color-green: #00643c;
    --scalar-color-orange: #8f4700; --scalar-color-red: #b01122; --scalar-color-purple: #5a3fb0; --scalar-color-yellow: #7a5a00; }`,
};
const reference = globalThis.Scalar.createApiReference('#reference', configuration);

/** Calls the gateway; throws what it says went wrong. */
async function call(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.detail ?? data.error?.message ?? `Status ${answer.status}`);
  return data.data ?? data;
}

function say(text) {
  element('who').textContent = text;
}

function signedIn(tokens, name) {
  const securitySchemes = { accessToken: { token: tokens.access_token } };
  reference.updateConfiguration({
    ...configuration,
    authentication: { ...configuration.authentication, securitySchemes },
  });
  say(`Signed in as ${name}. Calls from this page carry the token for ${Math.floor(tokens.expires_in / 60)} minutes.`);
  for (const hidden of document.querySelectorAll('#sign-in label, #sign-in button')) hidden.hidden = true;
}

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    say(error.message);
  }
}

element('demo').addEventListener('click', () =>
  attempt(async () => signedIn(await call('/api/v1/auth/demo'), 'the demo account')),
);

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  const email = element('email').value;
  const code = element('code').value;
  attempt(async () => {
    if (element('code-field').hidden) {
      await call('/auth/verification/send-code', { email });
      say(`A code is on its way to ${email}.`);
      element('code-field').hidden = false;
      element('code').required = true;
      element('send').textContent = 'Sign in';
      element('code').focus();
    } else signedIn(await call('/auth/verification/verify-code', { email, code }), email);
  });
});

// The document names the demo account only where there is one.
fetch('/openapi.json')
  .then((answer) => answer.json())
  .then((description) => {
    element('demo').hidden = description.paths['/api/v1/auth/demo'] === undefined;
  })
  .catch((error) => say(error.message));
