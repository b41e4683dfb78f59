import { validateKey } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { keyNotFound } from '../../account/routes/account-replies.ts';
import type { Context } from '../../context.ts';

export const validateKeyRoute = ({ apiKeys }: Context) =>
  route(validateKey, async ({ body }) => {
    const key = await apiKeys.kind.introspect(body.key);
    if (!key.active || key.key_id === undefined || key.project_id === undefined) throw keyNotFound();
    const { sub, key_id, project_id, scopes, tier, organisation } = key;
    return {
      status: 200,
      body: {
        user_id: sub,
        key_id,
        project_id,
        scopes,
        tier,
        ...(organisation === undefined ? {} : { organisation_id: organisation.id }),
      },
    };
  });
