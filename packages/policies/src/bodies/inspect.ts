import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PolicyRule } from '@turnpike/contracts';
import { edited, type Edit } from '../rules/edits.ts';
import { blockingRule, type Finding } from '../rules/findings.ts';
import type { ActiveRules } from '../rules/policy-set.ts';
import { TextScan } from '../rules/text-scan.ts';
import { slotOf } from '../streams/slots.ts';
import { normalised } from '../text/symbols.ts';
import { jsonTexts, probabilities, type TextPlace } from './text-places.ts';

/** Characters that are looked at before other requests have their turn. */
const TURN_CHARS = 8_192;
/** Longest text that RE2 is asked about as a whole first, in characters. */
const ASK_CHARS_MAX = 65_536;

/** What rules say of a body. */
export interface Inspection {
  readonly findings: readonly Finding[];
  /** The rule that refuses it. */
  readonly blockedBy: PolicyRule | undefined;
  /** The body with what is redacted replaced and every other character as it was; `undefined` where nothing is redacted. */
  readonly redacted: string | undefined;
}

/** A text that is looked at, and the places in the body that it is spread over. */
interface Looked {
  readonly scan: TextScan;
  readonly places: TextPlace[];
}

/**
 * Looks at all texts of a body, in turns, so that a long one holds up nobody else. Places of which `textOf` says the same are pieces of one text.
 */
export async function inspectBody(
  body: string,
  places: Iterable<TextPlace>,
  rules: ActiveRules,
  textOf: (place: TextPlace) => string | undefined = () => undefined,
): Promise<Inspection> {
  const looked = new Map<string | TextPlace, Looked>();
  let left = TURN_CHARS;
  for (const place of places) {
    const name = textOf(place);
    const { scan, places: pieces } = (name === undefined ? undefined : looked.get(name)) ?? {
      scan: new TextScan(name === undefined ? worthLooking(rules, place) : rules, place.form),
      places: [],
    };
    pieces.push(place);
    looked.set(name ?? place, { scan, places: pieces });
    for (let at = 0; at < place.text.length; at += TURN_CHARS) {
      const piece = place.text.slice(at, at + TURN_CHARS);
      scan.push(piece);
      left -= piece.length;
      if (left > 0) continue;
      await nextTurn();
      left = TURN_CHARS;
    }
  }
  const findings: Finding[] = [];
  const edits: Edit[] = [];
  for (const { scan, places } of looked.values()) {
    scan.end();
    findings.push(...scan.findings.at(() => places[0]?.location ?? ''));
    edits.push(...editsOf(scan, places));
  }
  return {
    findings,
    blockedBy: blockingRule(findings),
    redacted: edits.length === 0 ? undefined : edited(body, edits),
  };
}

function editsOf(scan: TextScan, places: readonly TextPlace[]): Edit[] {
  let to = 0;
  return places.flatMap((place) => {
    to += place.text.length;
    const text = scan.take(to);
    return text === place.text ? [] : [{ start: place.start, end: place.end, instead: place.written(text) }];
  });
}

/** Looks at a text that is all of a body. */
export function inspectText(text: string, rules: ActiveRules): Promise<Inspection> {
  const written = (changed: string) => changed;
  return inspectBody(
    text,
    [{ path: [], location: '', text, form: 'plain', start: 0, end: text.length, written }],
    rules,
  );
}

/** Looks at a whole answer in JSON. Gemini answers a stream that is not asked for as events with a list of what the events would be. */
export async function inspectAnswer(json: string, rules: ActiveRules): Promise<Inspection> {
  const events: unknown = json.trimStart().startsWith('[') ? JSON.parse(json) : undefined;
  const textOf = ({ path: [index, ...path] }: TextPlace) =>
    Array.isArray(events) ? slotOf('gemini', events[Number(index)], path)?.channel : undefined;
  const inspection = await inspectBody(json, jsonTexts(json), rules, textOf);
  if (inspection.redacted === undefined) return inspection;
  return { ...inspection, redacted: edited(inspection.redacted, Array.from(probabilities(inspection.redacted))) };
}

/** Leaves out what RE2 says a text does not have: it knows quickly of most texts. */
function worthLooking(rules: ActiveRules, { text, form }: TextPlace): ActiveRules {
  if (form === 'json' || text.length > ASK_CHARS_MAX) return rules;
  const asked = normalised(text);
  return { ...rules, watches: rules.watches.filter(({ detector }) => detector.program.test(asked)) };
}
