import { Turnpike, TurnpikeError, type Credentials } from '@turnpike/client';
import { checkedFetch } from './checked-fetch.ts';

/** A call that takes longer is a failure of its own. */
const TIMEOUT_MS = 120_000;

/** What is refused is not tried again: a test means the first answer. */
const OPTIONS = { timeoutMs: TIMEOUT_MS, retriesMax: 0 };

/** A gateway's client that is nobody yet. Every call is held to the document that the gateway serves. */
export function visitorAt(edgeUrl: string): Turnpike {
  return new Turnpike({ baseUrl: edgeUrl, fetch: checkedFetch(edgeUrl), ...OPTIONS });
}

/** A client of a service past its gateway. */
export function callerAt(baseUrl: string, credentials?: Credentials): Turnpike {
  return new Turnpike({ baseUrl, credentials, ...OPTIONS });
}

/** Signs in as the demo account; returns a client that is that user. */
export async function signInAsDemo(visitor: Turnpike): Promise<Turnpike> {
  const { access_token: accessToken } = await visitor.call('auth.demo');
  return visitor.as({ accessToken });
}

/** Signs in a user of one's own through the operator's door; returns a client that is that user. */
export async function signInAs(visitor: Turnpike, adminKey: string, email: string): Promise<Turnpike> {
  const { access_token: accessToken } = await visitor.as({ adminKey }).call('auth.devToken', { body: { email } });
  return visitor.as({ accessToken });
}

/** What is left of the caller's credits. */
export async function balanceOf(caller: Turnpike): Promise<number> {
  return (await caller.call('credits.getBalance')).balance;
}

/** The error that a call is answered with. Throws what is none, and where the call succeeds. */
export async function refusalOf(call: Promise<unknown>): Promise<TurnpikeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TurnpikeError) return error;
    throw error;
  }
  throw new Error('The call was not refused');
}

/** The status of an answer, whether it is an error or not. */
export async function statusOf(call: Promise<{ readonly status: number }>): Promise<number> {
  return call.then(
    ({ status }) => status,
    (error: unknown) => {
      if (error instanceof TurnpikeError) return error.status;
      throw error;
    },
  );
}
