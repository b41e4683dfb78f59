import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import {
  explainedOperatorRecord,
  nameFilter,
  operatorRecord,
  page,
  period,
  requestIdFilter,
  statusFilter,
  usagePage,
} from './fields.ts';

export const adminListRequests = defineEndpoint({
  id: 'usage.adminListRequests',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage/admin/requests',
  access: 'platform_admin',
  summary: "Everybody's requests, newest first",
  query: z.object({
    ...period,
    ...page,
    status: statusFilter.optional(),
    key_id: field.id.optional(),
    user_id: field.id.optional(),
    organisation_id: field.id.optional(),
    route: nameFilter.optional(),
    error_code: nameFilter.optional().describe("The gateway's error code of a refusal."),
    request_id: requestIdFilter.optional(),
  }),
  responses: { 200: usagePage(operatorRecord) },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'service.unavailable'],
});

export const adminExplainRequest = defineEndpoint({
  id: 'usage.adminExplainRequest',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage/admin/requests/:id',
  access: 'platform_admin',
  summary: 'One request, with what credits and auth know of it now',
  description: 'Where one of the two does not answer, its facts are left out and the link says so.',
  params: z.object({ id: field.id }),
  responses: { 200: explainedOperatorRecord },
  errors: ['request.invalid', 'auth.admin_key_invalid', 'resource.not_found', 'service.unavailable'],
});

export const adminDrift = defineEndpoint({
  id: 'usage.adminDrift',
  owner: 'usage',
  family: 'usage',
  method: 'GET',
  path: '/api/v1/usage/admin/drift',
  access: 'platform_admin',
  summary: 'What records say was charged, beside the ledger',
  description:
    'By day (UTC), newest first. Nothing is charged by records: the ledger is right, and a difference tells of records that were lost.',
  responses: {
    200: z.object({
      days: z.array(
        z.object({
          day: z.iso.date(),
          records: z.string().describe('Credits as a decimal.'),
          ledger: z.string().describe('Credits as a decimal.'),
          drift: z.string().describe('Records less ledger, in credits as a decimal.'),
          compared_at: field.timestamp,
        }),
      ),
    }),
  },
  errors: ['auth.admin_key_invalid', 'service.unavailable'],
});
