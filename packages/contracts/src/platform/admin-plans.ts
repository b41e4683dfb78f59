import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { field } from '../fields.ts';
import { operatorRefusals } from './operators.ts';
import { planFacts } from './subscriptions.ts';
import { platformPage, platformPageOf } from './tenants.ts';

const adminPlan = z
  .object({
    ...planFacts,
    offered: z.boolean().describe('Organisations can choose it themselves.'),
    withdrawn_at: field.timestamp
      .nullable()
      .describe('When the file of plans no longer had it: it grants nothing more.'),
  })
  .meta({ id: 'AdminPlan' });

export const adminListPlans = defineEndpoint({
  id: 'platform.adminListPlans',
  owner: 'credits',
  family: 'platform',
  method: 'GET',
  path: '/platform/api/admin/plans',
  access: 'platform_admin',
  summary: 'Every plan that there is or was, for operators',
  description: 'Lowest first, as the file of plans has them; those that are not offered, and former ones, too.',
  query: z.object(platformPage),
  responses: { 200: platformPageOf(adminPlan) },
  errors: ['request.invalid', ...operatorRefusals, 'service.unavailable'],
});
