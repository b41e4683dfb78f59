import type { OutboxRelay } from '@turnpike/service-kit';
import type { Config } from './config.ts';
import type { ExportSources } from './export-sources.ts';
import type { SignUp } from './sign-up.ts';
import type { Database } from './stores/database.ts';
import type { UserStore } from './stores/user-store.ts';

/** What routes and the event consumer work with. */
export interface Context {
  readonly config: Config;
  readonly database: Database;
  readonly users: UserStore;
  readonly relay: Pick<OutboxRelay, 'kick'>;
  readonly signUp: SignUp;
  readonly exportSources: ExportSources;
  readonly erasures: {
    /** Names of the backends that take part. */
    readonly backends: readonly string[];
    /** Polls for due steps at once. */
    kick(): void;
  };
}
