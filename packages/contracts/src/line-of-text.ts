import { z } from 'zod';

/** What breaks a line, steers a terminal, or hides or reorders text: all but the two joiners that scripts and emoji are written with. */
const UNSEEN = String.raw`[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}`;
const UNSEEN_ANYWHERE = new RegExp(UNSEEN, 'u');
const UNSEEN_RUNS = new RegExp(`(?:${UNSEEN})+`, 'gu');
/** Something to look at; fillers and the blank Braille pattern count as letters and symbols, and are none. */
const VISIBLE = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * The one rule for names of people and things: one visible line in Unicode's composed form (NFC), 1–`charsMax` characters, without white
 * space around it.
 */
export function lineOfText(charsMax: number) {
  return z
    .string()
    .normalize('NFC')
    .trim()
    .min(1, { abort: true })
    .max(charsMax, { abort: true })
    .refine(isOneLine, 'Must be one visible line, without control characters and invisible formatting')
    .describe(`One visible line, 1–${charsMax} characters.`);
}

/** A name as a provider gave it, made to fit the rule; `undefined` where nothing visible is left. */
export function lineOrNone(value: unknown, charsMax: number): string | undefined {
  if (typeof value !== 'string') return undefined;
  const line = value.toWellFormed().normalize('NFC').replaceAll(UNSEEN_RUNS, ' ').trim();
  // A cut must not leave half a character.
  const cut = line
    .slice(0, charsMax)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();
  return VISIBLE.test(cut) ? cut : undefined;
}

function isOneLine(text: string): boolean {
  return !UNSEEN_ANYWHERE.test(text) && VISIBLE.test(text);
}
