import { isAsciiWordSymbol } from '../text/symbols.ts';
import type { Window } from '../text/window.ts';
import type { Matcher, Span } from './matcher.ts';
import { EMPTY, OP, type Instruction, type Program } from './program.ts';

/** Longest match, in symbols: of a longer one the last so many are found. It bounds what a stream holds back. */
const MATCH_SYMBOLS_MAX = 1_024;
/**
 * Symbols that may be looked at again for each new one, and at the beginning. A pattern that hides short matches behind a long attempt would
 * otherwise look at each symbol a thousand times; past this the whole attempt counts as found.
 */
const REPEATS_PER_SYMBOL = 48;
const REPEATS_AT_FIRST = 8_192;
const NO_SYMBOL = -1;
const FAIL: Instruction = { op: OP.fail, out: 0, arg: 0, ascii: new Uint8Array(128), takes: () => false };

/** How a match is judged and told. */
export interface MachineUses {
  readonly found: (span: Span) => void;
  /** How much of a candidate is a match; `undefined` for none of it. */
  readonly validate?: (candidate: Span) => Span | undefined;
  readonly symbolsMax?: number | undefined;
}

/**
 * Runs the program of a pattern over symbols as they come (Pike's simulation, as RE2's: leftmost match, preferring as Perl does), so that it
 * is known at each symbol which part of the text may still become a match. What it finds depends on the symbols alone, not on how they come.
 */
export class Machine implements Matcher {
  readonly #program: Program;
  readonly #window: Window;
  readonly #found: (span: Span) => void;
  readonly #validate: (candidate: Span) => Span | undefined;
  readonly #symbolsMax: number;
  /** Attempts under way by priority: the instruction each stands before, and where it began. The earliest begun is the first. */
  #pcs: number[] = [];
  #starts: number[] = [];
  /** Where the attempts of the next step are gathered. */
  #nextPcs: number[] = [];
  #nextStarts: number[] = [];
  /** The match unless an attempt of a higher priority comes to one. */
  #candidate: Span | undefined;
  /** Index of the next symbol. */
  #at = 0;
  #textStart = 0;
  #repeats = REPEATS_AT_FIRST;
  /** Index up to which symbols have been looked at once. */
  #seenTo = 0;
  /** The step at which an instruction was last reached. */
  readonly #reached: Uint32Array;
  #step = 0;

  constructor(
    program: Program,
    window: Window,
    { found, validate = (candidate) => candidate, symbolsMax = MATCH_SYMBOLS_MAX }: MachineUses,
  ) {
    this.#program = program;
    this.#window = window;
    this.#found = found;
    this.#validate = validate;
    this.#symbolsMax = symbolsMax;
    this.#reached = new Uint32Array(program.instructions.length);
  }

  get heldFrom(): number {
    const attempt = this.#starts[0] ?? this.#at;
    return this.#candidate === undefined ? attempt : Math.min(attempt, this.#candidate.start);
  }

  advance(): void {
    const { end } = this.#window;
    while (this.#at < end) {
      const symbol = this.#window.at(this.#at);
      if (this.#pcs.length > 0 || symbol >= 128 || this.#program.first[symbol] === 1) this.#consume(symbol);
      else this.#at += 1;
      if (this.#at > this.#seenTo) {
        this.#seenTo = this.#at;
        this.#repeats += REPEATS_PER_SYMBOL;
      }
    }
  }

  end(): void {
    do {
      this.advance();
      if (this.#pcs.length > 0) this.#consume(NO_SYMBOL);
      if (this.#candidate !== undefined) this.#decide(this.#candidate);
    } while (this.#at < this.#window.end);
    this.#textStart = this.#at;
    this.#drop();
  }

  /** Moves every attempt over a symbol, and begins one. */
  #consume(symbol: number): void {
    const at = this.#at;
    const flags = this.#flagsBefore(symbol);
    const pcs = this.#pcs;
    const starts = this.#starts;
    this.#pcs = this.#nextPcs;
    this.#starts = this.#nextStarts;
    this.#nextStep();
    let open = true;
    for (let index = 0; open && index < pcs.length; index += 1)
      open = this.#follow(pcs[index] ?? 0, starts[index] ?? at, symbol, flags);
    if (open && this.#candidate === undefined) this.#follow(this.#program.start, at, symbol, flags);
    pcs.length = 0;
    starts.length = 0;
    this.#nextPcs = pcs;
    this.#nextStarts = starts;
    if (symbol !== NO_SYMBOL) this.#at += 1;
    this.#shorten();
    const candidate = this.#candidate;
    if (candidate !== undefined && (this.#pcs.length === 0 || this.#at - candidate.start >= this.#symbolsMax))
      this.#decide(candidate);
  }

  /** Follows one attempt through what takes no symbol, then over the symbol. False once it is a match: lower priorities are done with. */
  #follow(pc: number, start: number, symbol: number, flags: number): boolean {
    if (this.#reached[pc] === this.#step) return true;
    this.#reached[pc] = this.#step;
    const inst = this.#program.instructions[pc] ?? FAIL;
    switch (inst.op) {
      case OP.alt:
      case OP.altMatch:
        return this.#follow(inst.out, start, symbol, flags) && this.#follow(inst.arg, start, symbol, flags);
      case OP.capture:
      case OP.nop:
        return this.#follow(inst.out, start, symbol, flags);
      case OP.emptyWidth:
        return (inst.arg & ~flags) !== 0 || this.#follow(inst.out, start, symbol, flags);
      case OP.match:
        if (start === this.#at) return true;
        this.#candidate = { start, end: this.#at };
        return false;
      case OP.fail:
        return true;
      default:
        if (symbol < 128 ? inst.ascii[symbol] === 1 : inst.takes(symbol)) {
          this.#pcs.push(inst.out);
          this.#starts.push(start);
        }
        return true;
    }
  }

  /** An attempt that is too long goes on without its beginning. */
  #shorten(): void {
    const least = this.#at - this.#symbolsMax;
    for (let index = 0; (this.#starts[index] ?? least) < least; index += 1) this.#starts[index] = least;
  }

  /** Tells of a match, and looks at what follows it again. */
  #decide(candidate: Span): void {
    const span = this.#validate(candidate);
    const next = span?.end ?? candidate.start + 1;
    const again = this.#at - next;
    this.#drop();
    if (again > this.#repeats) return this.#found({ start: candidate.start, end: this.#at });
    this.#repeats -= again;
    this.#at = next;
    if (span !== undefined) this.#found(span);
  }

  #drop(): void {
    this.#pcs.length = 0;
    this.#starts.length = 0;
    this.#candidate = undefined;
  }

  #flagsBefore(symbol: number): number {
    const before = this.#at === this.#textStart ? NO_SYMBOL : this.#window.at(this.#at - 1);
    let flags = isAsciiWordSymbol(before) === isAsciiWordSymbol(symbol) ? EMPTY.noWordBoundary : EMPTY.wordBoundary;
    if (before === NO_SYMBOL) flags |= EMPTY.beginText | EMPTY.beginLine;
    if (before === 0x0a) flags |= EMPTY.beginLine;
    if (symbol === NO_SYMBOL) flags |= EMPTY.endText | EMPTY.endLine;
    if (symbol === 0x0a) flags |= EMPTY.endLine;
    return flags;
  }

  #nextStep(): void {
    this.#step += 1;
    if (this.#step < 0xffff_ffff) return;
    this.#step = 1;
    this.#reached.fill(0);
  }
}
