import { readFileSync } from 'node:fs';
import { foldAscii } from '@turnpike/contracts';
import type { CommonPasswords } from './domain/policy.ts';

/** The list: one password a line, and notes in lines that begin with `# `. `build/common-passwords.ts` makes it. */
export const COMMON_PASSWORDS_FILE = new URL('common-passwords.txt', import.meta.url);
/** Longest piece whose repetition alone makes a password common, in characters: `aaaa…`, `abcabc…`. */
const REPEATED_CHARS_MAX = 4;

/** Reads the list. */
export function loadCommonPasswords(): CommonPasswords {
  const lines = readFileSync(COMMON_PASSWORDS_FILE, 'utf8').split('\n');
  const listed = new Set(lines.filter((line) => line !== '' && !line.startsWith('# ')));
  return {
    holds(password) {
      const text = foldAscii(password);
      if (listed.has(text)) return true;
      const piece = repeatedPiece(text);
      return piece.length < text.length && (piece.length <= REPEATED_CHARS_MAX || listed.has(piece));
    },
  };
}

/** The shortest text that makes this one when it is written again and again, the last time perhaps cut short. */
function repeatedPiece(text: string): string {
  for (let length = 1; length <= text.length / 2; length += 1) {
    if (text.slice(length) === text.slice(0, text.length - length)) return text.slice(0, length);
  }
  return text;
}
