import { test, expect } from '@jest/globals';
import { createTestDatabase } from '@turnpike/test-kit';
test('migrates', async () => { const d = await createTestDatabase('auth'); expect(d.name).toBeTruthy(); await d.drop(); });
