import { composeSettings } from './compose-settings.ts';
import { readText } from './repository.ts';
import { serviceSettings } from './settings.ts';

const COLUMNS_MAX = 140;
const EXAMPLE_URL = 'http://example-downstream:8090';
const WITH_FLASH_KEY = { service_key_variable: 'FLASH_SERVICE_KEY' };

/** The parts of the file: what is said of each, and its settings in order. Those with a value of their own are in force as they stand. */
const sections: readonly { about: string; names: readonly string[]; values?: Readonly<Record<string, unknown>> }[] = [
  {
    about:
      'Secrets. None has a default, and a service does not start in production with one shorter than 32 bytes. Those marked (list) take several values separated by commas: the first is used, all are accepted, so that a new one can be put in front before the old one is removed.',
    names: [
      'ADMIN_API_KEY',
      'SERVICE_API_KEY',
      'INTERNAL_SIGNING_SECRET',
      'GATEWAY_SIGNING_SECRET',
      'CONSOLE_KEY',
      'FLASH_SERVICE_KEY',
      'CLOCKCHAIN_SERVICE_KEY',
      'BILLING_SERVICE_KEY',
      'AUTH_ENCRYPTION_KEY',
      'USERS_ENCRYPTION_KEY',
      'POSTGRES_PASSWORD',
      'AUTH_DATABASE_PASSWORD',
      'USERS_DATABASE_PASSWORD',
      'CREDITS_DATABASE_PASSWORD',
      'USAGE_DATABASE_PASSWORD',
      'LLM_DATABASE_PASSWORD',
      'EXAMPLE_DATABASE_PASSWORD',
      'REDIS_PASSWORD',
      'REDIS_SERVICE_PASSWORD',
    ],
  },
  { about: 'The image.', names: ['TURNPIKE_IMAGE', 'TURNPIKE_PULL_POLICY', 'TURNPIKE_VERSION'] },
  {
    about: 'The edge.',
    names: [
      'EDGE_BIND',
      'EDGE_PORTS',
      'TRUSTED_PROXIES',
      'FORWARDING_HEADER',
      'CORS_ORIGINS',
      'CORS_EXPOSED_HEADERS',
      'CORS_ALLOWED_HEADERS',
      'RATE_LIMIT_TIERS',
      'EXPOSE_INTERNAL',
      'SERVE_DOCS',
      'ACCESS_LOG',
      'ACCESS_LOG_ADDRESSES',
    ],
  },
  {
    about:
      'The console. CONSOLE_URL is an origin of its own; AUTH_REDIRECT_URIS has CONSOLE_URL/sign-in/return where people sign in with a provider.',
    names: ['CONSOLE_BIND', 'CONSOLE_PORTS', 'CONSOLE_URL', 'CONSOLE_PARTS'],
  },
  {
    about: 'Language models. A provider without its key is not offered.',
    names: [
      'OPENAI_API_KEY',
      'OPENAI_BASE_URL',
      'ANTHROPIC_API_KEY',
      'ANTHROPIC_BASE_URL',
      'GEMINI_API_KEY',
      'GEMINI_BASE_URL',
      'AZURE_OPENAI_RESOURCES',
      'USD_PER_CREDIT',
      'LLM_MARGIN_PERCENT',
      'LLM_DISCONNECT',
    ],
  },
  {
    about: 'Records of requests, how long they are kept, and where.',
    names: ['USAGE_RECORDS', 'USAGE_RETENTION_DAYS', 'USAGE_STORE_URL'],
  },
  {
    about:
      'Archives of organisations without a store of their own: a folder, of a volume here, or a bucket that speaks S3.',
    names: [
      'STORAGE_DIR',
      'STORAGE_S3_BUCKET',
      'STORAGE_S3_ENDPOINT',
      'STORAGE_S3_REGION',
      'STORAGE_S3_PREFIX',
      'STORAGE_S3_FORCE_PATH_STYLE',
      'STORAGE_S3_ACCESS_KEY_ID',
      'STORAGE_S3_SECRET_ACCESS_KEY',
      'STORAGE_INTERNAL_ALLOWED',
    ],
  },
  {
    about: 'Destinations. Erasure and export are set to those of the example: name yours.',
    names: ['ROUTES_FILE', 'FLASH_URL', 'CLOCKCHAIN_URL', 'BILLING_URL', 'ERASURE_WEBHOOKS', 'EXPORT_SOURCES'],
    values: {
      ERASURE_WEBHOOKS: [{ name: 'example', url: `${EXAMPLE_URL}/webhooks/erasure`, ...WITH_FLASH_KEY }],
      EXPORT_SOURCES: [
        { section: 'timepoints', url: `${EXAMPLE_URL}/api/v1/users/me/timepoints`, ...WITH_FLASH_KEY },
        { section: 'moments', url: `${EXAMPLE_URL}/api/v1/users/me/moments`, ...WITH_FLASH_KEY },
      ],
    },
  },
  {
    about: 'Sign-in and tokens. A provider without its settings answers 503.',
    names: [
      'JWT_ISSUER',
      'JWT_AUDIENCE',
      'JWT_ALGORITHM',
      'JWT_SECRET_KEY',
      'ACCESS_TOKEN_TTL_SECONDS',
      'REFRESH_TOKEN_TTL_DAYS',
      'DEMO_LOGIN_ENABLED',
      'PUBLIC_URL',
      'AUTH_REDIRECT_URIS',
      'APPLE_CLIENT_IDS',
      'APPLE_TEAM_ID',
      'APPLE_KEY_ID',
      'APPLE_PRIVATE_KEY',
      'GOOGLE_CLIENT_IDS',
      'GOOGLE_CLIENT_SECRET',
      'GITHUB_CLIENT_ID',
      'GITHUB_CLIENT_SECRET',
      'APPLE_ISSUER',
      'APPLE_JWKS_URL',
      'APPLE_TOKEN_URL',
      'GOOGLE_ISSUERS',
      'GOOGLE_JWKS_URL',
      'GITHUB_BASE_URL',
      'GITHUB_API_URL',
      'SMTP_URL',
      'MAIL_FROM',
      'EMAIL_VERIFICATION',
      'PLATFORM_APP_URL',
      'SIGNUP_CREDITS',
    ],
  },
  {
    about: 'Plans, and purchases.',
    names: [
      'FREE_ORGANISATIONS_PER_OWNER_MAX',
      'BILLING_GRACE_DAYS',
      'STRIPE_SECRET_KEY',
      'STRIPE_WEBHOOK_SECRET',
      'STRIPE_PRICE_PRO',
      'PLATFORM_APP_ORIGINS',
      'APPLE_BUNDLE_ID',
      'APPLE_APP_ID',
      'APPLE_ENVIRONMENTS',
      'APPLE_PRODUCTS',
    ],
  },
  {
    about: 'Operation.',
    names: [
      'LOG_LEVEL',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OTEL_TRACES_SAMPLER',
      'OTEL_TRACES_SAMPLER_ARG',
      'DATABASE_POOL_MAX',
      'REDIS_MAXMEMORY',
    ],
  },
];

/** `.env.example`: the settings of docker-compose.yml, with what the services' declarations say of them. */
export function envExample(): string {
  const fallbacks = composeFallbacks();
  // Where services word it differently, the first one's words.
  const known = new Map(
    [...serviceSettings.values()]
      .flat()
      .toReversed()
      .map((setting) => [setting.name, setting]),
  );
  const entryOf = (name: string, value: unknown): string => {
    const setting = known.get(name);
    const meaning = isCompose(name) ? composeSettings[name] : setting?.meaning;
    if (meaning === undefined)
      throw new Error(`${name} of docker-compose.yml is no setting of a service or of its own`);
    const list = setting?.secret === 'required' && setting.takes.startsWith('list') ? ' (list)' : '';
    return `${comment(`${meaning.replace(/\.$/, '')}${list}.`)}\n${lineOf(name, value, fallbacks.get(name))}`;
  };
  const parts = sections.map(
    ({ about, names, values = {} }) =>
      `${comment(about)}\n\n${names.map((name) => entryOf(name, values[name])).join('\n')}`,
  );
  return `${[HEAD, ...parts].join('\n\n')}\n`;
}

const HEAD = `# Written by \`npx -y pnpm@12 reference\` from docs/build/env-example.ts and the services' settings (docs/reference/settings.md).
#
${comment('Settings of docker-compose.yml, the same names as in every other deployment. `sh infra/new-env.sh` copies this file to .env and gives every empty value a random one; by hand, `openssl rand -hex 32` makes one. Commented lines show what is used without them.')}`;

function isCompose(name: string): name is keyof typeof composeSettings {
  return Object.hasOwn(composeSettings, name);
}

function lineOf(name: string, value: unknown, fallback: string | undefined): string {
  if (value !== undefined) return `${name}='${JSON.stringify(value)}'`;
  return fallback === undefined ? `${name}=` : `#${name}=${fallback}`;
}

/** What compose uses where a variable is not set; `undefined` for one that it refuses to start without. */
function composeFallbacks(): Map<string, string | undefined> {
  const uses = readText('docker-compose.yml').matchAll(/(?<!\$)\$\{([A-Z0-9_]+):([-?])([^}]*)\}/g);
  return new Map([...uses].map(([, name = '', operator, word]) => [name, operator === '-' ? word : undefined]));
}

/** A comment, its lines broken between words. */
function comment(text: string): string {
  const lines = text.split(' ').reduce<string[]>((done, word) => {
    const last = done.at(-1);
    if (last === undefined || last.length + word.length + 1 > COLUMNS_MAX) return [...done, `# ${word}`];
    return [...done.slice(0, -1), `${last} ${word}`];
  }, []);
  return lines.join('\n');
}
