import { expect, test } from '@jest/globals';
import { TextBuffer } from './text-buffer.ts';

test('pieces of every kind make one text, whatever letters they have and however long it becomes', () => {
  const buffer = new TextBuffer();
  const pieces = ['GET', '', 'ünïcode "é"', '日本', '\u{1f600}', 'x'.repeat(40_000)];
  let expected = '';
  for (let round = 0; round < 8; round += 1) {
    for (const piece of pieces) {
      buffer.addShort(piece);
      buffer.add(piece);
      expected += piece + piece;
    }
  }
  expect(buffer.length).toBe(Buffer.byteLength(expected));
  expect(buffer.take()).toBe(expected);
  expect(buffer.length).toBe(0);
});

test('bytes that were taken stay as they are while the buffer is filled again', () => {
  const buffer = new TextBuffer();
  buffer.add('日本 first');
  const bytes = buffer.takeBytes();
  buffer.add('another one, and longer');
  expect(bytes.toString()).toBe('日本 first');
  expect(buffer.takeBytes().toString()).toBe('another one, and longer');
});

test('a number is written as JSON writes it', () => {
  const numbers = [0, 1, 9, 10, 99, 100, 101, 12_345, 999_999_999, 1_000_000_000, 2 ** 40, -1, -12, 1.5];
  const buffer = new TextBuffer();
  for (const number of numbers) {
    buffer.addNumber(number);
    expect(buffer.take()).toBe(JSON.stringify(number));
  }
  let expected = '';
  for (let number = 0; number < 40_000; number += 1) {
    buffer.addNumber(number);
    expected += String(number);
  }
  expect(buffer.take()).toBe(expected);
});
