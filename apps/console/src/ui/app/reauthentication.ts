/** Asks whoever is signed in to sign in again; resolves with whether they did. Set by the dialog that asks. */
let asks: (() => Promise<boolean>) | undefined;

export function setReauthentication(ask: (() => Promise<boolean>) | undefined): void {
  asks = ask;
}

export function reauthenticate(): Promise<boolean> {
  return asks?.() ?? Promise.resolve(false);
}
