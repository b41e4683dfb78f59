/** A mail, ready for its envelope. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A part of a mail: a paragraph, something to copy on a line of its own, a link, a list, or what is said in passing. */
export type Part =
  | { readonly paragraph: string }
  | { readonly code: string }
  | { readonly link: string }
  | { readonly list: readonly string[] }
  | { readonly aside: string };

/** A mail of these parts, once as text and once as HTML that says the same. */
export function mailOf(subject: string, parts: readonly Part[]): RenderedMail {
  return {
    subject,
    text: `${parts.map(textOf).join('\n\n')}\n`,
    html: `<!doctype html>
<html lang="en">
  <body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:480px;margin:32px auto;padding:0 16px">
${parts.map((part) => `      ${htmlOf(part)}`).join('\n')}
  </body>
</html>
`,
  };
}

/** A name that somebody chose, as a mail may show it: no part of it can be taken for an address or a link. */
export function plainName(name: string): string {
  return name
    .replaceAll(/[^\p{L}\p{M}\p{N} '’_-]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function textOf(part: Part): string {
  if ('code' in part) return `    ${part.code}`;
  if ('link' in part) return part.link;
  if ('list' in part) return part.list.map((item) => `- ${item}`).join('\n');
  return 'paragraph' in part ? part.paragraph : part.aside;
}

function htmlOf(part: Part): string {
  if ('code' in part)
    return `<p style="font-size:32px;letter-spacing:6px;font-weight:bold;margin:24px 0">${escapeHtml(part.code)}</p>`;
  if ('link' in part) return `<p><a href="${escapeHtml(part.link)}">${escapeHtml(part.link)}</a></p>`;
  if ('list' in part) return `<ul>${part.list.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
  return 'paragraph' in part
    ? `<p>${escapeHtml(part.paragraph)}</p>`
    : `<p style="color:gray">${escapeHtml(part.aside)}</p>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
