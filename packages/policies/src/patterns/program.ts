import { RE2JS, RE2JSException } from 're2js';
import { z } from 'zod';

/** Largest program of one pattern, in instructions: `a{1000}` is a thousand of them. */
const INSTRUCTIONS_MAX = 4_000;

const ASCII_END = 0x80;

/** What an instruction does (re2js, `Inst`); those for look-behind are never compiled, since the flag for it is off. */
export const OP = {
  alt: 1,
  altMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nop: 7,
  rune: 8,
  rune1: 9,
  runeAny: 10,
  runeAnyNotNewline: 11,
} as const;

/** The conditions of an `emptyWidth` (re2js, `Utils.EMPTY_*`), as bits of its `arg`. */
export const EMPTY = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const;

const instruction = z.object({
  op: z.int().min(OP.alt).max(OP.runeAnyNotNewline),
  out: z.int().nonnegative(),
  arg: z.int().nonnegative(),
  runes: z.custom<ArrayLike<number>>((value) => value instanceof Int32Array || Array.isArray(value)),
  matchRune: z.custom<(rune: number) => boolean>((value) => typeof value === 'function'),
});
const compiled = z.object({ start: z.int().positive(), inst: z.array(z.unknown()) });

export interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  /** Whether it takes an ASCII symbol; and any other one. */
  readonly ascii: Uint8Array;
  readonly takes: (symbol: number) => boolean;
}

/** A pattern as the program of a linear-time automaton, compiled by RE2. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly start: number;
  /** Whether a match may begin with the ASCII symbol. */
  readonly first: Uint8Array;
  /** Whether a whole text has a match. */
  readonly test: (text: string) => boolean;
}

/** A pattern that cannot be used, with the reason as a sentence. */
export class UnusablePattern extends Error {
  override readonly name = 'UnusablePattern';
}

/** Compiles a pattern. Throws `UnusablePattern` for look-around, back-references, what matches the empty text, and what is too large. */
export function compilePattern(pattern: string, ignoreCase: boolean): Program {
  const re = parse(pattern, ignoreCase);
  if (re.testExact('')) throw new UnusablePattern('The pattern matches the empty text.');
  const { start, inst } = compiled.parse(re.re2().prog);
  if (inst.length > INSTRUCTIONS_MAX)
    throw new UnusablePattern(`The pattern is too large: ${inst.length} states, at most ${INSTRUCTIONS_MAX}.`);
  const instructions = inst.map(readInstruction);
  return { instructions, start, first: firstSymbols(instructions, start), test: (text) => re.test(text) };
}

function parse(pattern: string, ignoreCase: boolean): RE2JS {
  try {
    return RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new UnusablePattern(`RE2 does not take the pattern: ${error.message}.`, { cause: error });
  }
}

function readInstruction(value: unknown): Instruction {
  const inst = instruction.parse(value);
  const rune = inst.runes[0] ?? -1;
  const takes = (symbol: number): boolean => {
    if (inst.op === OP.rune1) return symbol === rune;
    if (inst.op === OP.rune) return (value as typeof inst).matchRune(symbol);
    return inst.op === OP.runeAny || (inst.op === OP.runeAnyNotNewline && symbol !== 0x0a);
  };
  const ascii = Uint8Array.from({ length: ASCII_END }, (_, symbol) => Number(inst.op >= OP.rune && takes(symbol)));
  return { op: inst.op, out: inst.out, arg: inst.arg, ascii, takes };
}

/** Which ASCII symbols a match may begin with, whatever stands before. */
function firstSymbols(instructions: readonly Instruction[], start: number): Uint8Array {
  const first = new Uint8Array(ASCII_END);
  const seen = new Set<number>();
  const open = [start];
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    const inst = instructions[pc];
    if (inst === undefined || seen.has(pc)) continue;
    seen.add(pc);
    if (inst.op >= OP.rune) {
      for (const [symbol, takes] of inst.ascii.entries()) if (takes === 1) first[symbol] = 1;
    } else if (inst.op !== OP.match && inst.op !== OP.fail) {
      open.push(inst.out);
      if (inst.op === OP.alt || inst.op === OP.altMatch) open.push(inst.arg);
    }
  }
  return first;
}
