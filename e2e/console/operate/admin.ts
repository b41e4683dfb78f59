import { describe, expect, test } from '@jest/globals';
import { AuthenticationError } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';
import { walkDialog } from '../support/keyboard.ts';
import { admin, confirm, open, signedIn, TIMEOUT_MS, walk } from './walk.ts';

/** What an admin does, and finds. */
export function adminTests(): void {
  describe('an admin', () => {
    test(
      'grants credits, sets a price and suspends an organisation, each with its effect shown before',
      async () => {
        const { page, context, faults } = await signedIn('admin');
        const { balance } = await walk.person.api.call('credits.getBalance');
        await open(page, '/users/PERSON', 'person@example.com');
        await walkDialog(page, page.getByRole('button', { name: 'Grant credits' }), 'Credits');
        await page.getByRole('button', { name: 'Grant credits' }).click();
        await page.getByRole('dialog').getByLabel('Credits').fill('25');
        await page
          .getByRole('region', { name: 'Effect' })
          .getByText(String(balance + 25))
          .waitFor();
        await confirm(page, 'Grant credits');
        expect((await walk.person.api.call('credits.getBalance')).balance).toBe(balance + 25);
        await open(page, '/users?q=person@example.com', 'Users');
        await page.getByRole('cell', { name: `${balance + 25} credits`, exact: true }).waitFor();

        const scene = { method: 'POST', json: { query: 'a harbour', preset: 'hd' } } as const;
        await walk.person.api.request('/api/v1/timepoints/generate/sync', scene);
        const route = 'timepoints.generate-sync';
        await waitFor(async () => {
          const { items } = await admin().call('usage.adminListRequests', { query: { route, status: '2xx' } });
          return items.some(({ charged }) => charged !== null);
        });
        await open(page, '/prices/generate_hd', 'generate_hd');
        await page.getByRole('button', { name: 'Set price' }).click();
        await page.getByRole('dialog').getByLabel('Credits').fill('1000');
        const preview = page.getByRole('region', { name: 'Effect' });
        await preview.getByRole('listitem').filter({ hasText: '/generate/sync' }).getByText('1 charge').waitFor();
        await preview.getByText(/^, \+9\d\d credits$/).waitFor();
        await page.keyboard.press('Escape');

        await open(page, '/prices', 'Prices');
        await page.getByRole('button', { name: 'New operation' }).click();
        await confirm(page, 'New operation', { Operation: 'walked', Credits: '0.25' });
        await page.getByRole('link', { name: 'walked' }).click();
        await waitFor(async () => {
          await page.reload();
          await page.getByRole('heading', { name: 'walked' }).waitFor();
          return (await page.getByRole('cell', { name: 'admin@example.com' }).count()) > 0;
        });

        await open(page, '/organisations/TENANT', 'Acme');
        await page.getByRole('button', { name: 'Suspend' }).click();
        await confirm(page, 'Suspend');
        const { status } = await admin().call('platform.adminGetTenant', { params: { id: walk.tenantId } });
        expect(status).toBe('suspended');
        await page.getByRole('button', { name: 'Restore' }).click();
        await confirm(page, 'Restore');

        await page.getByRole('button', { name: 'Put on a plan' }).click();
        await page.getByRole('dialog').getByLabel('Plan', { exact: true }).selectOption('enterprise');
        await page.getByRole('region', { name: 'Effect' }).getByText('5,000 credits a month').waitFor();
        await confirm(page, 'Put on a plan', { 'Number of the invoice': 'INV-1', 'Periods that it pays': '2' });
        await page.getByText('Enterprise (enterprise)').waitFor();
        const { subscription } = await admin().call('platform.adminGetTenant', { params: { id: walk.tenantId } });
        expect(subscription).toMatchObject({ plan_id: 'enterprise', status: 'active', provider: 'manual' });
        await open(page, '/plans', 'Plans');
        await page
          .getByRole('row', { name: /^Enterprise/ })
          .getByText('by your invoice')
          .waitFor();

        await open(page, '/ledger', 'Ledger');
        await page.getByRole('button', { name: 'Verify now' }).click();
        await confirm(page, 'Verify now');
        await page.getByText('balance = Σ grant.remaining').waitFor();
        expect(faults).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );

    test(
      'finds a request by its id, sees why it ended as it did, and which route takes one',
      async () => {
        const { page, context, faults } = await signedIn('admin');
        const refused: unknown = await walk.stack.visitor
          .fetch('/api/v1/timepoints/generate/sync', { method: 'POST', json: {} })
          .catch((error: unknown) => error);
        const requestId = refused instanceof AuthenticationError ? String(refused.requestId) : '';
        await waitFor(async () => {
          const found = await admin().call('usage.adminListRequests', { query: { request_id: requestId } });
          return found.total > 0;
        });
        await open(page, '/traffic', 'Live traffic');
        const errors = page.getByRole('region', { name: 'Errors' });
        await errors.getByText('auth.missing').first().waitFor();
        await page.getByRole('region', { name: 'Routes' }).getByText('timepoints.generate-sync').waitFor();
        await page.getByRole('button', { name: '5 minutes', exact: true }).click();
        await page.waitForURL(/range=5m/);
        const refusal = errors.getByRole('row', { name: /auth\.missing.*timepoints\.generate-sync/ });
        await refusal.getByRole('link', { name: 'Requests' }).click();
        await page.waitForURL(/requests\?.*error_code=auth\.missing/);
        await page.getByRole('link', { name: 'POST timepoints.generate-sync' }).first().waitFor();
        const { errors: counted } = await admin().call('usage.adminTraffic', { query: { minutes: 60 } });
        expect(counted.map(({ code }) => code)).toContain('auth.missing');

        await open(page, `/requests?request_id=${requestId}`, 'Explain a request');
        await page.getByRole('link', { name: /^POST/ }).click();
        await page.getByText('Why it ended so').waitFor();
        await page.getByText('caller', { exact: true }).waitFor();
        await open(page, '/routes?method=POST&path=/api/v1/timepoints/generate/sync', 'Routes');
        await page.getByText('found', { exact: true }).waitFor();

        await walk.person.api.call('credits.getBalance');
        await open(page, '/backends', 'Backends');
        const asked = page.getByRole('row', { name: /^turnpike:credits/ });
        await asked.getByText(/^95% within [\d.]+ m?s$/).waitFor();
        await page
          .getByRole('row', { name: /^billing/ })
          .getByText('no answers lately')
          .waitFor();
        expect(faults).toEqual([]);
        await context.close();
      },
      TIMEOUT_MS,
    );
  });
}
