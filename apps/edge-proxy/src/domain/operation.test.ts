import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { operationOf } from './operation.ts';
import type { ChargeRule } from './route.ts';
import { topLevelMembers, UnreadableBody } from './top-level-members.ts';

const generate: ChargeRule = {
  operation: 'generate_{preset}',
  parameters: [{ name: 'preset', member: 'preset', fallback: 'balanced' }],
};
const price = (body: string | Buffer): string => operationOf(generate, topLevelMembers(Buffer.from(body)));

describe('the operation picked from a body', () => {
  test.each([
    ['{"preset":"hd"}', 'generate_hd'],
    ['{"query":"x","preset" : "hyper","n":{"preset":"gemini3"}}', 'generate_hyper'],
    ['{"pre\\u0073et":"hd"}', 'generate_hd'],
    ['{"query":"\\"preset\\":\\"hd\\""}', 'generate_balanced'],
    ['{"preset":null}', 'generate_balanced'],
    ['{}', 'generate_balanced'],
    ['', 'generate_balanced'],
    ['{"preset":"gpt-4.1:mini"}', 'generate_gpt-4.1:mini'],
  ])('%s → %s', (body, operation) => {
    expect(price(body)).toBe(operation);
  });
});

describe('refused, because two servers could read two prices', () => {
  test.each([
    ['a member given twice', '{"preset":"balanced","preset":"hd"}'],
    ['a member given twice, once escaped', '{"preset":"balanced","pre\\u0073et":"hd"}'],
    ['any member given twice', '{"a":1,"a":2}'],
    ['malformed JSON', '{"preset":"hd"'],
    ['a byte order mark', '\ufeff{"preset":"hd"}'],
    ['UTF-16', Buffer.from('{"preset":"hd"}', 'utf16le')],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['a list around the object', '[{"preset":"hd"}]'],
    ['another value than an object', '"hd"'],
    ['null', 'null'],
    ['a number', '{"preset":1}'],
    ['a list', '{"preset":["hd"]}'],
    ['an empty name', '{"preset":""}'],
    ['a name with a slash', '{"preset":"../hd"}'],
    ['another letter case', '{"preset":"HD"}'],
    ['a member in another letter case', '{"Preset":"hd"}'],
    ['a member beside one in another letter case', '{"preset":"balanced","PRESET":"hd"}'],
    ['a name that makes no operation of the ledger, being too long', `{"preset":"${'a'.repeat(60)}"}`],
    ['a member with a letter that folds into ASCII', '{"pre\u017fet":"hd"}'],
  ])('%s', (_name, body) => {
    expect(() => price(body)).toThrow(UnreadableBody);
  });
});

test('any JSON value is either priced or refused, and one without doubles is never refused as double', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (members) => {
      const { preset: _preset, ...rest } = members;
      expect(price(JSON.stringify({ ...rest, preset: 'hd' }))).toBe('generate_hd');
    }),
  );
});
