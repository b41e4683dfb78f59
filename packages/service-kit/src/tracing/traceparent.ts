/** W3C trace parent, version 00: trace id, parent id, flags. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What a `traceparent` says. */
export interface ParsedTraceparent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Whether a header is a trace parent that can be continued. Several in one header are none. */
export function isTraceparent(header: unknown): header is string {
  return typeof header === 'string' && TRACEPARENT.test(header);
}

/** Whether a valid trace parent is of a trace that is recorded. */
export function isSampled(traceparent: string): boolean {
  return (Number.parseInt(traceparent.slice(-1), 16) & 1) === 1;
}

/** Reads a valid trace parent. */
export function parseTraceparent(traceparent: string): ParsedTraceparent {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/** Writes a trace parent. */
export function formatTraceparent({ traceId, spanId, traceFlags }: ParsedTraceparent): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
