import { HEADER, signGatewayRequest } from '@turnpike/contracts';

export interface SignedCall {
  readonly method: string;
  readonly url: URL;
  readonly userId: string;
  readonly signingSecret: string;
  readonly serviceKey: string | undefined;
  readonly requestId: string;
  readonly nowSeconds: number;
}

/** Headers that make a call of ours to a backend look, and verify, like one that the gateway forwarded for the user. */
export function gatewayHeaders({
  method,
  url,
  userId,
  signingSecret,
  serviceKey,
  requestId,
  nowSeconds,
}: SignedCall): Record<string, string> {
  return {
    accept: 'application/json',
    [HEADER.requestId]: requestId,
    [HEADER.userId]: userId,
    [HEADER.gatewayTimestamp]: String(nowSeconds),
    [HEADER.gatewaySignature]: signGatewayRequest(signingSecret, {
      method,
      path: url.pathname,
      userId,
      timestamp: nowSeconds,
    }),
    ...(serviceKey === undefined ? {} : { [HEADER.serviceKey]: serviceKey }),
  };
}
