import { setConfig } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { changeValue } from '../change-value.ts';
import { requireOverridableKey, versionOf } from '../domain/registry.ts';
import { organisationOf } from './caller.ts';
import { entriesFor, onlyEntry } from './entry-view.ts';

export const setConfigRoute = (context: Context) =>
  route(setConfig, async ({ identity, params, headers, body, requestId }) => {
    const organisationId = organisationOf(identity);
    const key = requireOverridableKey(params.key);
    await changeValue(context, {
      organisationId,
      key,
      value: body.value,
      version: versionOf(headers['if-match']),
      by: { member: identity.userId },
      requestId,
    });
    return { status: 200, body: onlyEntry(await entriesFor(context, organisationId, [key])) };
  });
