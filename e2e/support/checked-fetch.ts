import { afterEach } from '@jest/globals';
import { ServedContract } from './served-contract.ts';

/** What the documents of the gateways that this file speaks to did not allow. */
const faults: string[] = [];

// Not thrown where it is found: a test that expects errors, or tries again, would take it for one of them.
afterEach(() => {
  const left = takeFaults();
  if (left.length > 0) throw new Error(`Not as documented:\n${left.join('\n')}`);
});

/** The faults found since the last call; they are then the caller's to judge. */
export function takeFaults(): string[] {
  return [...new Set(faults.splice(0))];
}

/** `fetch` for one gateway, which fails the running test where a request or its answer is not as the gateway's own document says. */
export function checkedFetch(edgeUrl: string): (url: string, init: RequestInit) => Promise<Response> {
  let contract: Promise<ServedContract> | undefined;
  return async (url, init) => {
    contract ??= ServedContract.of(edgeUrl).catch((error: unknown) => {
      contract = undefined;
      throw error;
    });
    const served = await contract;
    const response = await fetch(url, init);
    const { status, headers } = response;
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    const text = isStream ? undefined : await response.clone().text();
    const request = {
      method: init.method ?? 'GET',
      target: url.slice(edgeUrl.length),
      headers: new Headers(init.headers),
      body: init.body,
    };
    faults.push(...served.faultsOf(request, { status, headers, text }));
    return response;
  };
}
