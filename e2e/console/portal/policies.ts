import { expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { refusalOf, visitorAt } from '../../support/callers.ts';
import { button, dialog, open, TIMEOUT_MS, walk } from './walk.ts';

/** A policy of the organisation, and what it found. */
export function policiesTests(): void {
  test(
    'changes a policy, sees that somebody else has meanwhile, goes back to a version, and follows what it found',
    async () => {
      const { page } = walk.watched;
      const own = visitorAt(walk.stack.stack.info.edge_url);
      const { access_token: live } = await walk.api.call('platform.selectTenant', {
        body: { tenant_slug: 'lovelace' },
      });
      const switched = await own
        .as({ accessToken: live })
        .call('platform.switchEnvironment', { body: { environment: 'test' } });
      const within = own.as({ accessToken: switched.access_token });
      const { items } = await within.call('llm.listPolicies');
      const policy = items[0];
      if (policy?.type !== 'keyword') throw new Error('the policy of the test before is not there');
      const { id } = policy;

      await open('/policies?org=lovelace&env=test', 'Policies');
      await button('Edit No secrets').click();
      await dialog().getByLabel('Words').fill('moonshot\nproject x');
      await dialog().getByLabel('Severity').selectOption('high');
      // Somebody else changes it while the form is open.
      await within.call('llm.replacePolicy', {
        params: { id },
        body: { name: 'No code names', type: 'keyword', config: { words: ['moonshot'] }, action: 'flag', version: 1 },
      });
      await button('Save', dialog()).click();
      await dialog().getByText('you began with version 1, and version 2 is in force').waitFor();
      expect(await dialog().getByLabel('Words').inputValue()).toBe('moonshot\nproject x');
      await button('Save mine over it', dialog()).click();
      await page.getByText('The policy is changed.').waitFor();
      expect(await within.call('llm.getPolicy', { params: { id } })).toMatchObject({
        version: 3,
        name: 'No secrets',
        action: 'block',
        severity: 'high',
        config: { words: ['moonshot', 'project x'] },
      });

      await page.getByRole('link', { name: 'No secrets' }).click();
      await page.getByRole('heading', { name: 'No secrets', level: 1 }).waitFor();
      await button('Put version 2 in force again').click();
      await page.getByRole('heading', { name: 'No code names', level: 1 }).waitFor();
      await button('Put version 3 in force again').click();
      await page.getByRole('heading', { name: 'No secrets', level: 1 }).waitFor();
      expect((await within.call('llm.getPolicy', { params: { id } })).version).toBe(5);

      const { key: modelKey } = await within.call('llm.createKey', { body: { name: 'Models' } });
      const prompt = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'tell me of the moonshot' }] };
      await waitFor(async () => {
        await refusalOf(
          own
            .as({ apiKey: modelKey })
            .request('/trueportai-services/openai/v1/chat/completions', { method: 'POST', json: prompt }),
        ).catch(() => undefined);
        return (await within.call('llm.listViolations')).total > 0;
      });
      await open('/policies?org=lovelace&env=test', 'Policies');
      await page
        .getByRole('region', { name: 'What was found' })
        .getByRole('link', { name: 'No secrets' })
        .first()
        .click();
      await page.getByRole('heading', { name: 'What a policy found' }).waitFor();
      expect(await page.content()).not.toContain('tell me of');
      await page.getByLabel('Status').selectOption('false_positive');
      await page.getByLabel('Note').fill('the film, not ours');
      await button('Save').click();
      await page.getByText('Noted.').waitFor();
      const found = new URL(page.url()).pathname.split('/').at(-1) ?? '';
      expect(await within.call('llm.getViolation', { params: { id: found } })).toMatchObject({
        status: 'false_positive',
        note: 'the film, not ours',
      });
      walk.places.policy = `/policies/${id}?org=lovelace&env=test`;
      walk.places.violation = `/policies/found/${found}?org=lovelace&env=test`;
      await page.getByRole('link', { name: 'Why it ended so' }).click();
      await page.getByRole('heading', { name: 'Requests', level: 1 }).waitFor();
      await waitFor(async () => (await page.getByRole('link', { name: /POST/ }).count()) > 0);
    },
    TIMEOUT_MS,
  );
}
