import { resetConfig } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { changeValue } from '../change-value.ts';
import { requireOverridableKey, versionOf } from '../domain/registry.ts';
import { organisationOf } from './caller.ts';
import { entriesFor, onlyEntry } from './entry-view.ts';

export const resetConfigRoute = (context: Context) =>
  route(resetConfig, async ({ identity, params, headers, requestId }) => {
    const organisationId = organisationOf(identity);
    const key = requireOverridableKey(params.key);
    await changeValue(context, {
      organisationId,
      key,
      value: null,
      version: versionOf(headers['if-match']),
      by: { member: identity.userId },
      requestId,
    });
    return { status: 200, body: onlyEntry(await entriesFor(context, organisationId, [key])) };
  });
