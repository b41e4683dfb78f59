import type { PolicyRule } from '@turnpike/contracts';
import { KeywordMatcher } from '../patterns/keywords.ts';
import { Machine } from '../patterns/machine.ts';
import type { Matcher, Span } from '../patterns/matcher.ts';
import { JsonReader } from '../text/json-reader.ts';
import { PlainReader, type Reader, type Sink } from '../text/reader.ts';
import { symbolsOf } from '../text/symbols.ts';
import { Window } from '../text/window.ts';
import { Findings, masked } from './findings.ts';
import type { ActiveRules, Watch } from './policy-set.ts';
import { Redaction, replacementOf } from './redaction.ts';

/** How a text is read: as it stands, or as JSON, whose strings are the texts. */
export type TextForm = 'plain' | 'json';

/** Something that looks, and whether what it may still find holds the text back. */
interface Look {
  readonly matcher: Matcher;
  readonly holds: boolean;
}

const CERTAIN = 1;

/** Looks for what rules forbid in one text, which may come in pieces: what is found, and what is redacted, is the same for all ways of cutting it. */
export class TextScan implements Sink {
  readonly findings = new Findings();
  readonly #window = new Window();
  readonly #reader: Reader;
  readonly #redaction = new Redaction();
  readonly #looks: readonly Look[];
  #ended = false;
  /** What is read stands in JSON outside of a string. */
  #bare: boolean;

  constructor(rules: Pick<ActiveRules, 'watches' | 'keywords' | 'keywordRules'>, form: TextForm) {
    this.#bare = form === 'json';
    this.#reader = form === 'plain' ? new PlainReader(this) : new JsonReader(this);
    const keywordsHold = Array.from(rules.keywordRules).some(isEnforced);
    this.#looks = [
      ...rules.watches.map((watch) => this.#watch(watch)),
      ...rules.keywords.map((automaton) => {
        const found = (rule: PolicyRule, span: Span) => {
          if (rules.keywordRules.has(rule)) this.#found(rule, 'keyword', span, CERTAIN);
        };
        return { matcher: new KeywordMatcher(automaton, this.#window, found), holds: keywordsHold };
      }),
    ];
  }

  push(piece: string): void {
    this.#redaction.append(piece);
    this.#reader.read(piece);
    this.#advance();
  }

  /** Nothing comes any more. */
  end(): void {
    this.#reader.end();
    for (const { matcher } of this.#looks) matcher.end();
    this.#ended = true;
  }

  /** Up to where nothing changes any more, in UTF-16 units: the rest is, or may still become part of, something that is blocked or redacted. */
  get settledTo(): number {
    const { position } = this.#reader;
    if (this.#ended) return this.#redaction.settledTo(position);
    const held = this.#looks.filter(({ holds }) => holds).map(({ matcher }) => matcher.heldFrom);
    const from = Math.min(this.#window.end, ...held);
    return this.#redaction.settledTo(from < this.#window.end ? this.#window.startOf(from) : position);
  }

  /** The redacted text up to a place that is settled, from where it was taken last. */
  take(to: number): string {
    return this.#redaction.take(to);
  }

  codePoint(codePoint: number, start: number, end: number): void {
    for (const symbol of symbolsOf(codePoint)) this.#window.append(symbol, start, end);
  }

  divide(bare: boolean): void {
    for (const { matcher } of this.#looks) matcher.end();
    this.#bare = bare;
  }

  #advance(): void {
    let needed = this.#window.end;
    for (const { matcher } of this.#looks) {
      matcher.advance();
      needed = Math.min(needed, matcher.heldFrom);
    }
    this.#window.trim(needed);
  }

  #watch({ detector, wanted }: Watch): Look {
    let confidence = CERTAIN;
    const validate = (candidate: Span): Span | undefined => {
      const text = this.#window.text(candidate.start, candidate.end);
      const verdict = detector.judge(text);
      if (verdict === undefined || !wanted.some(({ minConfidence }) => verdict.confidence >= minConfidence)) {
        confidence = CERTAIN;
        return undefined;
      }
      confidence = verdict.confidence;
      // Only texts of ASCII are cut, where a symbol is one unit.
      const end = verdict.length < text.length ? candidate.start + verdict.length : candidate.end;
      return { start: candidate.start, end };
    };
    const found = (span: Span): void => {
      for (const { rule, minConfidence } of wanted)
        if (confidence >= minConfidence) this.#found(rule, detector.entity, span, confidence);
    };
    const matcher = new Machine(detector.program, this.#window, { found, validate, symbolsMax: detector.symbolsMax });
    return { matcher, holds: wanted.some(({ rule }) => isEnforced(rule)) };
  }

  #found(rule: PolicyRule, entity: string, span: Span, confidence: number): void {
    const start = this.#window.startOf(span.start);
    const end = this.#window.endOf(span.end - 1);
    this.findings.add(rule, {
      entity,
      start,
      end,
      masked: masked(this.#window.text(span.start, span.end)),
      confidence,
    });
    if (rule.action === 'block') this.#redaction.stopAt(start);
    if (rule.action !== 'redact') return;
    const word = replacementOf(rule, entity);
    this.#redaction.replace(start, end, rule, this.#bare ? JSON.stringify(word) : word);
  }
}

function isEnforced({ action }: PolicyRule): boolean {
  return action !== 'flag';
}
