import { commonSettings, databaseSettings, env, loadConfig, redisSettings } from '@turnpike/service-kit';
import { z } from 'zod';

const settings = z.object({
  ...commonSettings,
  ...databaseSettings('turnpike_users'),
  ...redisSettings,
  USERS_PORT: env.port(8082).describe('Port of this service, default 8082.'),
  AUTH_URL: env.url('http://127.0.0.1:8081').describe('Where auth answers.'),
  CREDITS_URL: env.url('http://127.0.0.1:8083').describe('Where credits answers.'),
  SIGNUP_CREDITS: env.int(50, 0, 1_000_000).describe('Credits a new user receives once; 0 grants none. Default 50.'),
});

export type Config = z.output<typeof settings>;

/** Settings of the users service; throws `ConfigError` naming what is wrong. The only place that reads the environment. */
export function readConfig(): Config {
  return loadConfig(settings, process.env);
}
