import type { LinkOutcome } from '../../../shared/link-outcome.ts';
import type { Provider } from '../../../shared/session-view.ts';
import { PROVIDER_NAMES } from '../../sign-in/provider-names.ts';

/** Why a provider was not added, and what to do; `undefined` where it was. */
export function linkRefusal(outcome: LinkOutcome, provider: Provider | undefined): string | undefined {
  const name = provider === undefined ? 'The provider' : PROVIDER_NAMES[provider];
  const words: Readonly<Record<Exclude<LinkOutcome, 'linked'>, string>> = {
    taken: `${name} was not added: that sign-in opens another account here. Remove it there first, or choose another one at ${name}.`,
    second: `${name} was not added: this account has another sign-in of ${name}. Remove that one first.`,
    cancelled: `${name} was not added: it was cancelled there.`,
    expired: `${name} was not added: the way there and back took too long, was used before, or began in another session. Add it once more.`,
    refused: `${name} was not added: this account may not be changed so.`,
    unavailable: `${name} was not added: something does not answer at the moment. Try again in a while.`,
  };
  return outcome === 'linked' ? undefined : words[outcome];
}
