import { nativeError, type NativeStyle } from '@turnpike/contracts';
import type { AppError } from '@turnpike/service-kit';
import type { Dialect } from '../paths/dialect.ts';

const MESSAGE = 'The connection to the provider broke before the answer was complete.';

/** The event that tells an SDK that a stream which has begun is ended by a refusal. */
export function refusalEvent(dialect: Dialect, style: NativeStyle, requestId: string, refusal: AppError): string {
  const { code, detail, extra, status } = refusal;
  const { body } = nativeError({ code, detail, requestId, ...(extra ? { extra } : {}) }, status, style);
  if (dialect === 'google.interactions') return interactionError(body);
  if (dialect !== 'openai.responses') return event(style === 'anthropic' ? 'error' : undefined, body);
  const { error } = body as { readonly error: { readonly code: string | null } };
  return event('error', {
    type: 'error',
    code: error.code,
    message: detail,
    param: null,
    sequence_number: 0,
    ...extra,
  });
}

/** The event that tells an SDK that a stream which has begun will not be completed. */
export function streamError(dialect: Dialect, style: NativeStyle, requestId: string): string {
  if (dialect === 'openai.responses')
    return event('error', {
      type: 'error',
      code: 'upstream_unavailable',
      message: MESSAGE,
      param: null,
      sequence_number: 0,
    });
  if (style === 'anthropic')
    return event('error', { type: 'error', error: { type: 'api_error', message: MESSAGE }, request_id: requestId });
  if (style === 'google') {
    const body = { error: { code: 502, message: MESSAGE, status: 'UNAVAILABLE' } };
    return dialect === 'google.interactions' ? interactionError(body) : event(undefined, body);
  }
  return event(undefined, {
    error: { message: MESSAGE, type: 'server_error', code: 'upstream_unavailable', param: null },
  });
}

/** Google's interactions name their events in the data as well, and a code is a word there. */
function interactionError(body: unknown): string {
  const { error } = body as { readonly error: { readonly message: string; readonly status: string } };
  return event('error', { event_type: 'error', error: { ...error, code: error.status.toLowerCase() } });
}

function event(name: string | undefined, data: unknown): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}
