import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

const SECRET_NAMES = [
  'authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-service-key',
  'x-admin-key',
  'x-gateway-signature',
  'access_token',
  'refresh_token',
  'identity_token',
  'id_token',
  'authorization_code',
  'token',
  'full_key',
  'password',
  'secret',
];

/** Paths that pino blanks, wherever a header bag, a body or an error's own properties are logged up to three levels deep. */
const REDACT_PATHS = SECRET_NAMES.flatMap((name) => {
  const quoted = `["${name}"]`;
  return [quoted, `*${quoted}`, `*.*${quoted}`, `*.*.*${quoted}`];
});

/** JSON lines on standard output; one logger per process, children per request. `level` is a pino level name. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACT_PATHS, censor: '[redacted]' },
  });
}
