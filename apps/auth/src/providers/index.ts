import { Histogram } from '@prometheus-io/client';
import type { Metrics } from '@turnpike/service-kit';
import { createAppleClient, type AppleClient } from './apple-client.ts';
import { createApple, type AppleProvider } from './apple.ts';
import { createGithub, type GithubProvider } from './github.ts';
import { createGoogle, type GoogleProvider } from './google.ts';
import { createProviderHttp } from './http.ts';
import { createKeySource } from './key-source.ts';
import type { ProviderConfig } from './settings.ts';

/** The providers, configured or not: one that is not says so when it is used. */
export interface Providers {
  readonly apple: AppleProvider;
  readonly appleClient: AppleClient;
  readonly google: GoogleProvider;
  readonly github: GithubProvider;
  close(): Promise<void>;
}

/** Nothing is fetched before it is needed. `nowMs`: epoch milliseconds, by which the providers' tokens are judged and ours are dated. */
export function createProviders(config: ProviderConfig, { registry }: Metrics, nowMs: () => number): Providers {
  const calls = new Histogram({
    name: 'turnpike_provider_call_duration_seconds',
    help: "Calls to sign-in providers by host and outcome; an 'outage' was answered with 503.",
    labelNames: ['host', 'outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const http = createProviderHttp({ observe: (host, outcome, seconds) => calls.observe({ host, outcome }, seconds) });
  const keySource = (url: string) => createKeySource({ url, http, nowMs: () => performance.now() });
  const appleClient = createAppleClient(config, http, nowMs);
  return {
    apple: createApple(config, appleClient, keySource(config.APPLE_JWKS_URL), nowMs),
    appleClient,
    google: createGoogle(config, http, keySource(config.GOOGLE_JWKS_URL), nowMs),
    github: createGithub(config, http),
    close: () => http.close(),
  };
}
