const ASCII_END = 0x80;

/** What is invisible and only there to keep words apart from their rules: joiners, marks of direction, soft hyphens, selectors, tags. */
function isInvisible(codePoint: number): boolean {
  return (
    codePoint === 0xad ||
    codePoint === 0x34f ||
    codePoint === 0x61c ||
    codePoint === 0x180e ||
    (codePoint >= 0x200b && codePoint <= 0x200f) ||
    (codePoint >= 0x202a && codePoint <= 0x202e) ||
    (codePoint >= 0x2060 && codePoint <= 0x206f) ||
    (codePoint >= 0xfe00 && codePoint <= 0xfe0f) ||
    codePoint === 0xfeff ||
    (codePoint >= 0xe0000 && codePoint <= 0xe0fff)
  );
}

const known = new Map<number, readonly number[]>();
const ASCII = Array.from({ length: ASCII_END }, (_, symbol) => [symbol]);
/** Code points whose symbols are remembered. */
const KNOWN_MAX = 8_192;

/**
 * What a code point is read as: NFKC of it alone, so that ﬁ is `fi` and Ａ is `A`; nothing where it is invisible. It is decided without its
 * neighbours, so that a text reads the same however it is cut.
 */
export function symbolsOf(codePoint: number): readonly number[] {
  const seen = ASCII[codePoint] ?? known.get(codePoint);
  if (seen !== undefined) return seen;
  const symbols = isInvisible(codePoint) ? [] : codePointsOf(String.fromCodePoint(codePoint).normalize('NFKC'));
  if (known.size < KNOWN_MAX) known.set(codePoint, symbols);
  return symbols;
}

/** The normalised form of a whole text. */
export function normalised(text: string): string {
  let symbols = '';
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    symbols += codePoint < ASCII_END ? character : String.fromCodePoint(...symbolsOf(codePoint));
  }
  return symbols;
}

const folded = new Map<number, readonly number[]>();
const FOLDED_ASCII = Array.from({ length: ASCII_END }, (_, symbol) => codePointsOf(fold(symbol)));

/**
 * A symbol as keywords are compared: without its case, with accents as symbols of their own (so that both spellings of é are one), any white
 * space as a space.
 */
export function foldedSymbolsOf(symbol: number): readonly number[] {
  const seen = FOLDED_ASCII[symbol] ?? folded.get(symbol);
  if (seen !== undefined) return seen;
  const symbols = codePointsOf(fold(symbol));
  if (folded.size < KNOWN_MAX) folded.set(symbol, symbols);
  return symbols;
}

function fold(symbol: number): string {
  const text = String.fromCodePoint(symbol);
  return /\s/u.test(text) ? ' ' : text.toUpperCase().toLowerCase().normalize('NFD');
}

/** The same with the case kept. */
export function unfoldedSymbolsOf(symbol: number): readonly number[] {
  if (symbol > 0x20 && symbol < ASCII_END) return ASCII[symbol] ?? [];
  const text = String.fromCodePoint(symbol);
  return /\s/u.test(text) ? [0x20] : codePointsOf(text.normalize('NFD'));
}

export function codePointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

/** Whether a symbol is an ASCII letter, digit or `_`: a word in the sense of RE2's `\b`. */
export function isAsciiWordSymbol(symbol: number): boolean {
  return (
    (symbol >= 0x61 && symbol <= 0x7a) ||
    (symbol >= 0x41 && symbol <= 0x5a) ||
    (symbol >= 0x30 && symbol <= 0x39) ||
    symbol === 0x5f
  );
}

/** Whether a symbol is part of a word of any script: a letter, a mark on one, a digit or `_`. */
export function isWordSymbol(symbol: number): boolean {
  if (symbol < ASCII_END) return isAsciiWordSymbol(symbol);
  return /[\p{L}\p{M}\p{N}]/u.test(String.fromCodePoint(symbol));
}
