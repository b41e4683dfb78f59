import { writeFileSync } from 'node:fs';
import { dictionary } from '@zxcvbn-ts/language-common';
import { COMMON_PASSWORDS_FILE } from '../src/passwords/common-passwords.ts';
import { PASSWORD_LENGTH_FLOOR } from '../src/passwords/domain/policy.ts';

const NOTES = [
  'Common passwords of eight characters and more, lower case, in the order of the alphabet. Made by apps/auth/build/common-passwords.ts',
  'from the dictionary `passwords-common` of @zxcvbn-ts/language-common, which is under the MIT licence:',
  'Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc. Copyright (c) 2021 @zxcvbn-ts',
  'Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the',
  '"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,',
  'distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to',
  'the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions',
  'of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE',
  'WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE',
  'LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN',
  'CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.',
];

/** The list as it is committed: notes, then one password a line. */
export function commonPasswordList(): string {
  const entries = dictionary['passwords-common'].filter((entry) => entry.length >= PASSWORD_LENGTH_FLOOR);
  const passwords = [...new Set(entries.map((entry) => entry.toLowerCase()))].toSorted();
  return [...NOTES.map((note) => `# ${note}`), ...passwords, ''].join('\n');
}

if (import.meta.main) writeFileSync(COMMON_PASSWORDS_FILE, commonPasswordList());
