import { z } from 'zod';
import { commonSettings, ConfigError, env, loadConfig, publicUrlSettings, redisSettings } from '@turnpike/service-kit';
import { PARTS } from './shared/session-view.ts';

const part = z.enum(PARTS);

export const settings = z.object({
  ...commonSettings,
  ...redisSettings,
  ...publicUrlSettings,
  CONSOLE_PORT: env.port(8088).describe('Port to listen on; 0 picks a free one.'),
  CONSOLE_METRICS_PORT: env
    .optionalPort()
    .describe('Port of a second listener with /metrics, for the inside only. None without it.'),
  CONSOLE_URL: env
    .url()
    .optional()
    .describe(
      'Where browsers reach the console, such as https://console.example.com: an origin of its own, which nothing else is served under. Without it, outside production: the origin that it was asked at.',
    ),
  CONSOLE_PARTS: env
    .list()
    .transform((names) => (names.length === 0 ? [...PARTS] : names))
    .pipe(z.array(part))
    .describe('What this instance serves: portal, operate, or both, which is the default.'),
  CONSOLE_KEY: env.list().meta({
    description:
      'What the console marks its calls with, for the edge; the first is sent. Tickets are made with any of them.',
    secret: 'required',
  }),
  EDGE_URL: env.url('http://127.0.0.1:8080').describe('Where the console reaches the edge.'),
  EDGE_TIMEOUT_MS: env.int(30_000, 100, 600_000).describe('How long a call waits for the edge, in milliseconds.'),
  TRUSTED_PROXIES: env
    .list()
    .describe('Addresses and CIDR ranges of proxies whose forwarding header is believed; each must write it itself.'),
  CONSOLE_IDLE_SECONDS: env
    .int(43_200, 60, 2_592_000)
    .describe('Life of a session at the console that nobody uses, in seconds.'),
  CONSOLE_SESSION_SECONDS: env
    .int(86_400, 60, 2_592_000)
    .describe('Longest life of a session at the console, in seconds.'),
  CONSOLE_REAUTHENTICATION_SECONDS: env
    .int(900, 1, 86_400)
    .describe('Age of a sign-in from which risky acts ask for another one, in seconds.'),
});

export type Config = Readonly<z.output<typeof settings>> & {
  /** Where developers reach the gateway, without a slash at the end. */
  readonly gatewayUrl: string;
};

/** The console's settings; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  // CONSOLE_PORT where several services share an environment, PORT where a platform gives each its own.
  const config = loadConfig(settings, {
    ...environment,
    CONSOLE_PORT: environment['CONSOLE_PORT'] || environment['PORT'],
  });
  if (config.NODE_ENV === 'production' && config.CONSOLE_URL === undefined)
    throw new ConfigError('CONSOLE_URL: is not set, and production needs it');
  return Object.freeze({ ...config, gatewayUrl: config.PUBLIC_URL ?? config.EDGE_URL });
}
