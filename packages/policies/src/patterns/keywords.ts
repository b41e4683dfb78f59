import { codePointsOf, foldedSymbolsOf, isWordSymbol, normalised, unfoldedSymbolsOf } from '../text/symbols.ts';
import type { Window } from '../text/window.ts';
import type { Matcher, Span } from './matcher.ts';

/** A word to look for, and what it belongs to. */
export interface Keyword<T> {
  readonly word: string;
  /** Only where no letter or digit touches it; on a side where the word itself ends with neither, anything may. */
  readonly wholeWord: boolean;
  readonly owner: T;
}

interface Output<T> {
  readonly owner: T;
  readonly length: number;
  /** The symbol before, and after, must be no part of a word. */
  readonly apartLeft: boolean;
  readonly apartRight: boolean;
}

interface Node<T> {
  readonly next: Map<number, Node<T>>;
  readonly depth: number;
  /** The node of the longest proper suffix that begins a word. */
  fallback: Node<T> | undefined;
  /** Words that end here, those of shorter suffixes included. */
  outputs: readonly Output<T>[];
}

/** An Aho–Corasick automaton over many words. */
export interface KeywordAutomaton<T> {
  readonly root: Node<T>;
  readonly symbolsOf: (symbol: number) => readonly number[];
}

export function compileKeywords<T>(keywords: readonly Keyword<T>[], caseSensitive: boolean): KeywordAutomaton<T> {
  const symbolsOf = caseSensitive ? unfoldedSymbolsOf : foldedSymbolsOf;
  const root: Node<T> = { next: new Map(), depth: 0, fallback: undefined, outputs: [] };
  for (const keyword of keywords) insert(root, keyword, symbolsOf);
  linkFallbacks(root);
  return { root, symbolsOf };
}

function insert<T>(
  root: Node<T>,
  { word, wholeWord, owner }: Keyword<T>,
  symbolsOf: (symbol: number) => readonly number[],
) {
  const symbols = codePointsOf(normalised(word)).flatMap(symbolsOf);
  let node = root;
  for (const symbol of symbols) {
    let next = node.next.get(symbol);
    if (next === undefined) {
      next = { next: new Map(), depth: node.depth + 1, fallback: undefined, outputs: [] };
      node.next.set(symbol, next);
    }
    node = next;
  }
  const apartLeft = wholeWord && isWordSymbol(symbols[0] ?? -1);
  const apartRight = wholeWord && isWordSymbol(symbols.at(-1) ?? -1);
  node.outputs = [...node.outputs, { owner, length: symbols.length, apartLeft, apartRight }];
}

/** Breadth first, so that a node's shorter suffixes are linked before it. */
function linkFallbacks<T>(root: Node<T>): void {
  const queue: Node<T>[] = [root];
  for (const node of queue)
    for (const [symbol, child] of node.next) {
      let suffix = node.fallback;
      while (suffix !== undefined && !suffix.next.has(symbol)) suffix = suffix.fallback;
      child.fallback = suffix?.next.get(symbol) ?? root;
      child.outputs = [...child.outputs, ...child.fallback.outputs];
      queue.push(child);
    }
}

/** Finds all occurrences of the words, overlapping ones too. */
export class KeywordMatcher<T> implements Matcher {
  readonly #automaton: KeywordAutomaton<T>;
  readonly #window: Window;
  readonly #found: (owner: T, span: Span) => void;
  #node: Node<T>;
  /** For each symbol of the word under way, as keywords are compared, the index in the window. */
  #indexes: number[] = [];
  /** Words whose right side is not known yet. */
  #waiting: { readonly owner: T; readonly span: Span }[] = [];
  #at = 0;
  #textStart = 0;

  constructor(automaton: KeywordAutomaton<T>, window: Window, found: (owner: T, span: Span) => void) {
    this.#automaton = automaton;
    this.#window = window;
    this.#found = found;
    this.#node = automaton.root;
  }

  get heldFrom(): number {
    return this.#indexes[this.#indexes.length - this.#node.depth] ?? this.#at;
  }

  advance(): void {
    for (const { end } = this.#window; this.#at < end; this.#at += 1) {
      for (const part of this.#automaton.symbolsOf(this.#window.at(this.#at))) {
        if (this.#waiting.length > 0) this.#settle(!isWordSymbol(part));
        this.#follow(part);
      }
    }
  }

  end(): void {
    this.advance();
    this.#settle(true);
    this.#node = this.#automaton.root;
    this.#indexes = [];
    this.#textStart = this.#at;
  }

  #follow(part: number): void {
    let from: Node<T> | undefined = this.#node;
    let to = from.next.get(part);
    while (to === undefined && from !== undefined) {
      from = from.fallback;
      to = from?.next.get(part);
    }
    this.#node = to ?? this.#automaton.root;
    this.#remember();
    for (const output of this.#node.outputs) this.#reach(output);
  }

  #remember(): void {
    const { depth } = this.#node;
    if (depth === 0) {
      if (this.#indexes.length > 0) this.#indexes = [];
      return;
    }
    this.#indexes.push(this.#at);
    if (this.#indexes.length > depth * 2 + 16) this.#indexes = this.#indexes.slice(-depth);
  }

  #reach({ owner, length, apartLeft, apartRight }: Output<T>): void {
    const start = this.#indexes[this.#indexes.length - length] ?? this.#at;
    if (apartLeft && start > this.#textStart && isWordSymbol(this.#window.at(start - 1))) return;
    const span = { start, end: this.#at + 1 };
    if (apartRight) this.#waiting.push({ owner, span });
    else this.#found(owner, span);
  }

  #settle(apart: boolean): void {
    if (apart) for (const { owner, span } of this.#waiting) this.#found(owner, span);
    this.#waiting = [];
  }
}
