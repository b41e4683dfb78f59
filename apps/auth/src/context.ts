import type { Redis } from 'ioredis';
import {
  createInternalClient,
  createOutboxRelay,
  createRedis,
  exposeRedis,
  uuidv7,
  watchDatabaseClock,
  type DatabaseClock,
  type InternalClient,
  type Logger,
  type OutboxRelay,
  type ServiceTools,
} from '@turnpike/service-kit';
import { createBestEffortClients, type BestEffortClients } from './account/best-effort-clients.ts';
import { createAlertQueue, type AlertQueue } from './alerts/alert-queue.ts';
import { createApiKeys, type ApiKeys } from './api-keys/create-api-keys.ts';
import type { Config } from './config.ts';
import { openDatabase, type Database } from './database.ts';
import { createVerification } from './email-codes/create-verification.ts';
import type { Verification } from './email-codes/domain/verification.ts';
import { createIdentityMemory, type IdentityMemory } from './identities/identity-memory.ts';
import { createMailQueue, type MailQueue } from './mail/mail-queue.ts';
import { createAuthMetrics, type AuthMetrics } from './metrics.ts';
import { createOrganisationConfig, type OrganisationConfig } from './organisations/organisation-config.ts';
import { scopeBySlug } from './organisations/scope-by-slug.ts';
import { takesSignIn } from './organisations/sign-in-methods.ts';
import { createPasswordTools, type PasswordTools } from './passwords/tools.ts';
import { createProviders, type Providers } from './providers/index.ts';
import { exposeQueues } from './queues/queue-metrics.ts';
import { createQueues, type Queues } from './queues/queues.ts';
import { createRevocationStream, type RevocationStream } from './revocations/revocation-stream.ts';
import { Sessions } from './sessions/domain/sessions.ts';
import type { IssuedTokens } from './sessions/domain/sessions.ts';
import { openSession, refreshTokenHolder, rotateRefreshToken, sessionState } from './sessions/stores/sessions.ts';
import { createBrowserFlow, type BrowserFlow } from './sign-in/browser/index.ts';
import { createDemoCredits, type DemoCredits } from './sign-in/demo-credits.ts';
import {
  identify,
  openSessionFor,
  signIn,
  type IdentityProfile,
  type SignInRequest,
} from './sign-in/domain/sign-in.ts';
import { createSignInPorts } from './sign-in/sign-in-ports.ts';
import type { AccessTokenSettings } from './tokens/domain/access-token.ts';
import { accessTokenKind, type CredentialKind } from './tokens/domain/introspection.ts';
import { RefreshTokens } from './tokens/domain/refresh-token.ts';
import { sharedSecretKey } from './tokens/domain/signing-keys.ts';
import type { TokenScope } from './tokens/domain/token-scope.ts';
import { sharedKeyRing, storedKeyRing, type KeyRing } from './tokens/key-ring.ts';
import { loadSigningKeys } from './tokens/stores/signing-keys.ts';
import { Vault } from './vault/domain/vault.ts';

/** Everything that routes and jobs work with. */
export interface Context {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  /** The database's, by which the times in tokens are written and judged. */
  readonly clock: DatabaseClock;
  readonly redis: Redis;
  readonly figures: AuthMetrics;
  readonly users: InternalClient;
  /** What is in force for organisations of what auth acts by. */
  readonly organisationConfig: OrganisationConfig;
  readonly vault: Vault;
  readonly keyRing: KeyRing;
  readonly memory: IdentityMemory;
  readonly sessions: Sessions;
  readonly revocations: RevocationStream;
  readonly relay: Pick<OutboxRelay, 'kick'>;
  /** Asked in order by introspection. */
  readonly credentialKinds: readonly CredentialKind[];
  readonly apiKeys: ApiKeys;
  readonly verification: Verification;
  readonly mailQueue: MailQueue;
  readonly alertQueue: AlertQueue;
  /** Those of all services, for operators. */
  readonly queues: Queues;
  readonly bestEffort: BestEffortClients;
  readonly demoCredits: DemoCredits;
  readonly passwords: PasswordTools;
  readonly providers: Providers;
  readonly browserFlow: BrowserFlow;
  /** Signs a proven identity in: finds or creates its user, opens a session, returns the pair. */
  readonly signIn: (request: SignInRequest) => Promise<IssuedTokens>;
  /** The first half of it: the user, without a session. */
  readonly identify: (profile: IdentityProfile) => Promise<string>;
  /** The second half. */
  readonly openSessionFor: (userId: string, request: SignInRequest) => Promise<IssuedTokens>;
  readonly close: () => Promise<void>;
}

/** Opens what the service works with. Connections are made on demand; the key ring is still empty. */
export function createContext(config: Config, { logger, metrics }: ServiceTools): Context {
  const database = openDatabase(config, metrics);
  const redis = createRedis(config.REDIS_URL, logger);
  exposeRedis(redis, metrics);
  const relay = createOutboxRelay({ database: database.sql, redisUrl: config.REDIS_URL, logger, metrics });
  const users = createInternalClient({
    service: 'users',
    baseUrl: config.USERS_URL,
    serviceKey: config.SERVICE_API_KEY[0],
  });
  const organisationConfig = createOrganisationConfig(users, config.REDIS_URL, logger);
  const vault = new Vault(config.AUTH_ENCRYPTION_KEY);
  const keyRing = createKeyRing(config, database, vault);
  const figures = createAuthMetrics(metrics);
  const revocations = createRevocationStream({ db: database, redis, logger, counter: figures.revocations });
  const tokenSettings: AccessTokenSettings = {
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    ttlSeconds: config.ACCESS_TOKEN_TTL_SECONDS,
  };
  const bestEffort = createBestEffortClients(config);
  const apiKeys = createApiKeys(database, bestEffort.users);
  const mailQueue = createMailQueue(redis, vault);
  const alertQueue = createAlertQueue(redis);
  const queues = createQueues(redis);
  exposeQueues(queues, metrics, logger);
  const clock = watchDatabaseClock(database.query, metrics);
  const nowMs = (): number => clock.nowMs();
  const announce: RevocationStream['announce'] = (recorded) => revocations.announce(recorded);
  const sessions = new Sessions(
    {
      open: (session) => openSession(database, session),
      async rotate(rotation) {
        const result = await rotateRefreshToken(database, rotation);
        figures.refreshes.inc({ outcome: result.outcome });
        return result;
      },
      holder: (presented) => refreshTokenHolder(database, presented),
      announce,
      signingKey: () => keyRing.current(),
      newId: uuidv7,
      nowMs,
    },
    new RefreshTokens(vault),
    { ...tokenSettings, ...sessionLives(config) },
  );
  const providers = createProviders(config, metrics, nowMs);
  const passwords = createPasswordTools(config, database, redis, vault, logger, figures);
  const memory = createIdentityMemory(database, vault, logger);
  const signInPorts = createSignInPorts(database, users, sessions, memory);
  const accessTokens = {
    findKey: (kid: string) => keyRing.find(kid),
    sessionState: (id: string, scope?: TokenScope) => sessionState(database, id, scope),
    scopeBySlug: (userId: string, slug: string) => scopeBySlug(database, userId, slug),
    takesSignIn: (organisationId: string, method: string) =>
      takesSignIn({ organisationConfig }, organisationId, method),
    nowMs,
  };
  return {
    config,
    logger,
    database,
    clock,
    redis,
    figures,
    users,
    organisationConfig,
    vault,
    keyRing,
    memory,
    sessions,
    revocations,
    relay,
    credentialKinds: [apiKeys.kind, accessTokenKind(accessTokens, tokenSettings)],
    apiKeys,
    verification: createVerification(config, database, vault),
    mailQueue,
    alertQueue,
    queues,
    bestEffort,
    demoCredits: createDemoCredits(bestEffort.credits, logger),
    passwords,
    providers,
    browserFlow: createBrowserFlow({
      config,
      db: database,
      vault,
      providers,
      sessions,
      announce,
      isActiveNow: (userId) => signInPorts.isActiveNow(userId),
    }),
    signIn: (request) => signIn(signInPorts, request),
    identify: (profile) => identify(signInPorts, profile),
    openSessionFor: (userId, request) => openSessionFor(signInPorts, userId, request),
    async close() {
      await relay.close();
      // The last uses are worth a try, not a failed shutdown.
      await apiKeys.use.flush().catch(() => {});
      await Promise.all([
        mailQueue.close(),
        alertQueue.close(),
        queues.close(),
        bestEffort.close(),
        organisationConfig.close(),
      ]);
      await users.close();
      await providers.close();
      await passwords.close();
      redis.disconnect();
      clock.close();
      await database.close();
    },
  };
}

function createKeyRing(config: Config, database: Database, vault: Vault): KeyRing {
  if (config.JWT_ALGORITHM === 'HS256') return sharedKeyRing(sharedSecretKey(config.JWT_SECRET_KEY ?? ''));
  return storedKeyRing(
    () => loadSigningKeys(database, vault),
    () => performance.now(),
  );
}

function sessionLives(config: Config): { absoluteMs: number; idleMs: number; graceMs: number } {
  const dayMs = 86_400_000;
  return {
    absoluteMs: config.REFRESH_TOKEN_TTL_DAYS * dayMs,
    idleMs: config.SESSION_IDLE_TTL_DAYS * dayMs,
    graceMs: config.REFRESH_GRACE_SECONDS * 1_000,
  };
}
