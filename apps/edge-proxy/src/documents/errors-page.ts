import { ERROR_GUIDE, ERRORS, publicCode, type ErrorCode } from '@turnpike/contracts';

/** The page of error codes, as HTML; a problem's `type` leads to the code's place on it. */
export function errorsPage(): string {
  const byPublicCode = new Map<string, ErrorCode[]>();
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const name = publicCode(code);
    byPublicCode.set(name, [...(byPublicCode.get(name) ?? []), code]);
  }
  const sections = [...byPublicCode].map(
    ([name, codes]) => `<section id="${name}"><h2><code>${name}</code></h2>${codes.map(entryOf).join('')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Error codes</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/page.css"></head>
<body><main class="page"><h1>Error codes</h1><p>Every error carries one of these codes, a sentence (<code>detail</code>) and the <code>request_id</code> to report it with. <a href="/docs">API reference</a></p>
${sections.join('\n')}
</main></body></html>
`;
}

function entryOf(code: ErrorCode): string {
  const { status, title } = ERRORS[code];
  const { meaning, remedy } = ERROR_GUIDE[code];
  return `<p><strong>${status} ${escaped(title)}.</strong> ${escaped(meaning)} <em>What to do:</em> ${escaped(remedy)}</p>`;
}

/** Escapes for HTML, and shows what stands between backticks as code. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
