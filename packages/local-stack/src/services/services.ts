import type { MigratedApp } from '@turnpike/migrate';
import type { PortVariable } from '../config.ts';
import type { SecretName } from '../secrets.ts';

/** A service of ours, as the stack runs it. */
export interface ServiceSpec {
  /** Its folder under `apps/`. */
  readonly name: string;
  readonly portVariable: PortVariable;
  /** Options of Node for it. */
  readonly nodeFlags?: readonly string[];
  /** Whose database it opens. */
  readonly database?: MigratedApp;
  /** Whether it is given Redis. */
  readonly redis: boolean;
  /** Variables with secrets that it is given. One that stands in no list goes to those that take `others`. */
  readonly secrets: readonly string[];
  /** Its settings name further variables (of upstreams, of webhooks), so it is given secrets that nobody lists. */
  readonly others?: boolean;
  /** Keys that it only checks: it is given their digests. */
  readonly checks?: readonly SecretName[];
}

/** What the edge and the services know each other and operators by. */
const trust = ['ADMIN_API_KEY', 'SERVICE_API_KEY', 'INTERNAL_SIGNING_SECRET'];
const backendKeys = ['FLASH_SERVICE_KEY', 'CLOCKCHAIN_SERVICE_KEY', 'BILLING_SERVICE_KEY'];
const ofProviders = ['APPLE_PRIVATE_KEY', 'GOOGLE_CLIENT_SECRET', 'GITHUB_CLIENT_SECRET'];

const auth: ServiceSpec = {
  name: 'auth',
  portVariable: 'AUTH_PORT',
  database: 'auth',
  redis: true,
  secrets: [...trust, 'AUTH_ENCRYPTION_KEY', 'JWT_SECRET_KEY', 'SMTP_URL', ...ofProviders],
};

const users: ServiceSpec = {
  name: 'users',
  portVariable: 'USERS_PORT',
  database: 'users',
  redis: true,
  secrets: [...trust, 'USERS_ENCRYPTION_KEY', 'GATEWAY_SIGNING_SECRET', 'STORAGE_S3_SECRET_ACCESS_KEY', ...backendKeys],
  others: true,
};

const credits: ServiceSpec = {
  name: 'credits',
  portVariable: 'CREDITS_PORT',
  database: 'credits',
  redis: true,
  secrets: [...trust, 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'],
};

const usage: ServiceSpec = {
  name: 'usage',
  portVariable: 'USAGE_PORT',
  database: 'usage',
  redis: true,
  secrets: trust,
};

const llm: ServiceSpec = {
  name: 'llm',
  portVariable: 'LLM_PORT',
  database: 'llm',
  redis: true,
  secrets: [...trust, 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'GEMINI_API_KEY', 'AZURE_OPENAI_RESOURCES'],
};

/** It stands for backends of one's own, so it holds nothing of ours; callers may come to it directly with the stack's keys. */
const example: ServiceSpec = {
  name: 'example-downstream',
  portVariable: 'DOWNSTREAM_PORT',
  database: 'example-downstream',
  redis: false,
  secrets: ['GATEWAY_SIGNING_SECRET', ...backendKeys],
  checks: ['SERVICE_API_KEY', 'ADMIN_API_KEY'],
};

const edge: ServiceSpec = {
  name: 'edge-proxy',
  portVariable: 'EDGE_PORT',
  // A proxy makes much garbage and keeps little: left alone, V8 lets its heap grow to several times what it keeps before it collects
  // (bench/README.md). The containers set the same (docker-compose.yml, infra/k8s).
  nodeFlags: ['--max-semi-space-size=32', '--max-old-space-size=384'],
  redis: true,
  secrets: [...trust, 'GATEWAY_SIGNING_SECRET', 'JWT_SECRET_KEY', 'CONSOLE_KEY', ...backendKeys],
  others: true,
};

/** It calls the edge as any client does, and knows of our keys only the one that marks its calls. */
export const consoleService: ServiceSpec = {
  name: 'console',
  portVariable: 'CONSOLE_PORT',
  redis: true,
  secrets: ['CONSOLE_KEY'],
};

/**
 * The services in the order they start. Those of one row need none of each other to become ready; the edge comes last,
 * so that whoever can reach it finds everything behind it.
 */
export const serviceRows: readonly (readonly ServiceSpec[])[] = [[auth, users, credits, usage, llm, example], [edge]];
