import { ERROR_GUIDE, ERRORS, publicCode, type ErrorCode } from '@turnpike/contracts';
import { page } from './markdown.ts';

/** `docs/reference/errors.md`: the page that the edge serves as /docs/errors, for reading in the repository. */
export function errorsPage(): string {
  const codes = Object.groupBy(Object.keys(ERRORS) as ErrorCode[], publicCode);
  return page(
    'Error codes',
    'Every error answer carries one of these codes, a sentence (`detail`) and the `request_id` to report it with, as `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). Its `type` leads to the code on the page that the running gateway serves, `/docs/errors#<code>`. Statuses may be mistaken for those of something between; decide by the code.',
    ...Object.entries(codes).flatMap(([code, members = []]) => [`## ${code}`, ...members.map(entryOf)]),
  );
}

function entryOf(code: ErrorCode): string {
  const { status, title } = ERRORS[code];
  const { meaning, remedy } = ERROR_GUIDE[code];
  return `**${status} ${title}.** ${meaning} *What to do:* ${remedy}`;
}
