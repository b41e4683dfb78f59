import { eraseAuthData, eraseCredits, eraseLlm, eraseUsage } from '@turnpike/contracts';
import type { InternalClient } from '@turnpike/service-kit';
import type { Backends } from '../backends/backends.ts';
import type { ClaimedStep } from './stores/erasures.ts';
import { ErasureRefusal, type Eraser } from './worker.ts';

export interface ErasureNeighbours {
  readonly auth: InternalClient;
  readonly credits: InternalClient;
  readonly usage: InternalClient;
  readonly llm: InternalClient;
  readonly backends: Backends;
  /** Removes every key that names the user; returns how many. */
  readonly eraseFromRedis: (userId: string, signal: AbortSignal) => Promise<number>;
}

/** How each place erases. Every one of these calls is safe to repeat. */
export function createEraser({ auth, credits, usage, llm, backends, eraseFromRedis }: ErasureNeighbours): Eraser {
  return async ({ target, userId, erasureId }: ClaimedStep, signal) => {
    const call = { body: { user_id: userId, receipt_id: erasureId }, signal, repeatable: true };
    switch (target) {
      case 'auth':
        return (await auth.call(eraseAuthData, call)).erased;
      case 'credits':
        return (await credits.call(eraseCredits, call)).erased;
      case 'usage':
        return (await usage.call(eraseUsage, call)).erased;
      case 'llm':
        return (await llm.call(eraseLlm, call)).erased;
      case 'redis':
        return { keys: await eraseFromRedis(userId, signal) };
      default: {
        const name = target.slice('backend:'.length);
        const status = await backends.sendErasure(name, userId, erasureId, signal);
        if (status === undefined)
          throw new ErasureRefusal(
            'This backend is no longer configured; name it again or complete the step there by hand.',
          );
        if (status < 200 || status > 299) throw new ErasureRefusal(`It answered ${status}.`);
        return {};
      }
    }
  };
}
