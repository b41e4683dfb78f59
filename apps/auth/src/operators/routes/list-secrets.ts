import { adminListSecrets } from '@turnpike/contracts';
import { loadServiceKeys, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listSigningKeys } from '../stores/signing-keys.ts';

export const adminListSecretsRoute = ({ config, database }: Context) => {
  const serviceKeys = loadServiceKeys(config).names();
  return route(adminListSecrets, async () => {
    const shared = config.JWT_ALGORITHM === 'HS256';
    const keys = shared ? [] : await listSigningKeys(database);
    return {
      status: 200,
      body: {
        signing_keys: keys.map(({ kid, algorithm, state, createdAt, signsFrom, verifiesUntil }) => ({
          kid,
          algorithm,
          state,
          created_at: createdAt.toISOString(),
          signs_from: signsFrom.toISOString(),
          verifies_until: verifiesUntil?.toISOString() ?? null,
        })),
        rotation_days: shared ? null : config.SIGNING_KEY_ROTATION_DAYS,
        service_keys: serviceKeys,
      },
    };
  });
};
