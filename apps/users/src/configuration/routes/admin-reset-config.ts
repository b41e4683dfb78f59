import { adminResetConfig } from '@turnpike/contracts';
import { operatorAct, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { changeValue } from '../change-value.ts';
import { requireKey, versionOf } from '../domain/registry.ts';
import { adminEntries, onlyEntry } from './entry-view.ts';

export const adminResetConfigRoute = (context: Context) =>
  route(adminResetConfig, async ({ identity, params, headers, body, requestId }) => {
    const operator = operatorAct(identity, body.reason);
    const key = requireKey(params.key);
    await changeValue(context, {
      organisationId: undefined,
      key,
      value: null,
      isLocked: false,
      version: versionOf(headers['if-match']),
      by: { operator },
      requestId,
    });
    return { status: 200, body: onlyEntry(await adminEntries(context, [key])) };
  });
