/** A mail, ready for its envelope. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What the mail with a sign-in code says. */
export interface SignInCodeMail {
  readonly code: string;
  readonly lifeSeconds: number;
  readonly product: string;
}

/**
 * The mail with a sign-in code. The code is not in the subject, which servers log and locked screens show, and there is
 * no link, which scanners would open.
 */
export function signInCodeMail({ code, lifeSeconds, product }: SignInCodeMail): RenderedMail {
  const minutes = Math.round(lifeSeconds / 60);
  const advice =
    'Nobody from our side will ever ask you for it. If you did not ask for a code, you can ignore this mail.';
  return {
    subject: `Your sign-in code for ${product}`,
    text: `Your sign-in code for ${product} is\n\n    ${code}\n\nIt works once, within ${minutes} minutes.\n\n${advice}\n`,
    html: page(`
      <p>Your sign-in code for ${escapeHtml(product)} is</p>
      <p style="font-size:32px;letter-spacing:6px;font-weight:bold;margin:24px 0">${escapeHtml(code)}</p>
      <p>It works once, within ${minutes} minutes.</p>
      <p style="color:gray">${advice}</p>`),
  };
}

function page(content: string): string {
  return `<!doctype html>
<html lang="en">
  <body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:480px;margin:32px auto;padding:0 16px">${content}
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
