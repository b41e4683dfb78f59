/** Something found in the symbols of a text. */
export interface Span {
  /** Index of its first symbol, and of the one after its last. */
  readonly start: number;
  readonly end: number;
}

/** Looks for one thing in the symbols of a text as they come. */
export interface Matcher {
  /** Looks at the symbols that were appended to the window. */
  advance(): void;
  /** A text ends here; another may follow. */
  end(): void;
  /** Index of the first symbol that may still become part of a match, or is part of one that is not decided. */
  readonly heldFrom: number;
}
