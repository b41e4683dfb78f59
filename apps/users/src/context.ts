import type { OutboxRelay } from '@turnpike/service-kit';
import type { SignUp } from './sign-up.ts';
import type { UserStore } from './stores/user-store.ts';

/** What the routes work with. */
export interface Context {
  readonly users: UserStore;
  readonly relay: Pick<OutboxRelay, 'kick'>;
  readonly signUp: SignUp;
}
