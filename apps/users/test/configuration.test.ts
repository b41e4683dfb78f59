import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { chainTests } from './configuration/chain.ts';
import { changeTests } from './configuration/changes.ts';
import { secretTests } from './configuration/secrets.ts';
import { startUsers, type Users } from './start-users.ts';

/** The configuration: bootstrap, then operators, then the organisation, unless operators hold a key. */

let users: Users;
beforeAll(async () => {
  users = await startUsers({ CONFIG_DEFAULTS: '{"members.max":7}' });
});
afterAll(() => users.stop());
beforeEach(() => users.database.query('DELETE FROM config_value'));

const opened = (): Users => users;
chainTests(opened);
secretTests(opened);
changeTests(opened);
