import type { Mail } from './mailbox.ts';

/** Text made safe for HTML, attribute values included. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** The list of all mail. */
export function listPage(mails: readonly Mail[]): string {
  const rows = mails.map(
    (mail) => `<tr>
<td>${escapeHtml(mail.received_at)}</td>
<td>${escapeHtml(mail.to.join(', '))}</td>
<td><a href="/messages/${encodeURIComponent(mail.id)}">${escapeHtml(mail.subject || '(no subject)')}</a></td>
</tr>`,
  );
  const table = `<table><thead><tr><th>Received</th><th>To</th><th>Subject</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
  return page('Inbox', mails.length === 0 ? '<p>No mail yet. What the services send arrives here.</p>' : table, true);
}

/** One mail. Its HTML part is shown as source: mail is not trusted to run in this page. */
export function mailPage(mail: Mail): string {
  return page(
    mail.subject || '(no subject)',
    `<p><a href="/">← Inbox</a></p>
<dl><dt>From</dt><dd>${escapeHtml(mail.from)}</dd><dt>To</dt><dd>${escapeHtml(mail.to.join(', '))}</dd>
<dt>Received</dt><dd>${escapeHtml(mail.received_at)}</dd></dl>
<pre>${escapeHtml(mail.text || mail.html || '')}</pre>`,
    false,
  );
}

function page(title: string, body: string, refresh: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refresh ? '<meta http-equiv="refresh" content="5">' : ''}
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } th, td { border-bottom: 1px solid #ccc; padding: .4rem; text-align: left }
pre { background: #f5f5f5; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere }
dt { font-weight: 600; float: left; width: 6rem } dd { margin: 0 0 0 6rem }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}
