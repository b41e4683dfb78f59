import { expect, test } from '@jest/globals';
import { seal, unseal } from '../src/index.ts';

const PLAIN = Buffer.from('what was answered');

test('only the same secret and purpose open what was sealed, unchanged', () => {
  const sealed = seal('secret', 'answers', PLAIN);
  expect(unseal('secret', 'answers', sealed)).toEqual(PLAIN);
  expect(() => unseal('another', 'answers', sealed)).toThrow();
  expect(() => unseal('secret', 'others', sealed)).toThrow();
  for (const at of [0, 16, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => unseal('secret', 'answers', changed)).toThrow();
  }
});

test('the same text is never sealed alike', () => {
  expect(seal('secret', 'answers', PLAIN)).not.toEqual(seal('secret', 'answers', PLAIN));
});
