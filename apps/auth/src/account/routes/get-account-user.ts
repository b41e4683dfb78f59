import { getAccountUser, getUser, readBalance } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listProjects } from '../../projects/stores/projects.ts';
import { findAccount } from '../stores/accounts.ts';
import { enveloped } from './account-replies.ts';
import { goneIsSignedOut } from './me-view.ts';

export const getAccountUserRoute = ({ bestEffort, config, database }: Context) =>
  route(getAccountUser, async ({ identity, log }) => {
    const { userId } = identity;
    const missing: ('profile' | 'billing')[] = [];
    const unlessDown = async <T>(part: 'profile' | 'billing', answer: Promise<T>): Promise<T | undefined> => {
      try {
        return await answer;
      } catch (err) {
        if (!(err instanceof AppError) || err.status < 500) throw err;
        log.warn({ err, part }, 'answered without a part');
        missing.push(part);
        return undefined;
      }
    };
    const [profile, balance, account, projects] = await Promise.all([
      unlessDown('profile', bestEffort.users.call(getUser, { params: { id: userId } }).catch(goneIsSignedOut)),
      unlessDown('billing', bestEffort.credits.call(readBalance, { query: { user_id: userId } })),
      findAccount(database, userId),
      listProjects(database, { userId }, config.PROJECTS_PER_USER, 0),
    ]);
    const tier = profile?.tier ?? account?.tier ?? identity.tier;
    return {
      status: 200,
      body: enveloped({
        id: userId,
        email: profile?.email ?? null,
        full_name: profile?.display_name ?? null,
        is_active: (profile?.status ?? account?.status) === 'active',
        is_superuser: identity.operatorRole === 'admin',
        is_verified: profile?.email_verified ?? null,
        projects: projects.items.map(({ id, name }) => ({ id, name })),
        created_at: profile?.created_at ?? null,
        updated_at: profile?.updated_at ?? profile?.created_at ?? null,
        billing: balance
          ? { token_balance: balance.balance, tokens_used: balance.lifetime_spent, subscription_tier: tier }
          : null,
        missing: missing.toSorted(),
      }),
    };
  });
