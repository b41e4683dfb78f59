import path from 'node:path';
import type { ConsoleLink, ConsoleLinks } from './console-links.ts';
import type { StackInfo } from './stack-info.ts';

/** What to read when everything runs: where things are, and calls that work when pasted into another terminal. `modelKey` calls language models. */
export function welcomeText(
  info: StackInfo,
  dataDir: string,
  modelKey: string | undefined,
  links: ConsoleLinks | undefined,
): string {
  const shownDataDir = path.relative(process.cwd(), dataDir) || '.';
  const bearer = '-H "Authorization: Bearer $TOKEN"';
  return `
Turnpike is running.

  Edge         ${info.edge_url}
${info.console_url === undefined ? '' : `  Console      ${info.console_url}\n`}  Mail inbox   ${info.mail_ui_url}
  Admin key    ${info.admin_api_key}
  Service key  ${info.service_api_key}
  Signing      GATEWAY_SIGNING_SECRET in ${path.join(shownDataDir, 'secrets.json')} (what a backend checks signatures with)
  Data         ${shownDataDir} (logs in ${path.join(shownDataDir, 'logs')})

Try it: sign in with the demo account, call a backend that costs 5 credits, see what is left.

TOKEN=$(curl -s -X POST ${info.edge_url}/api/v1/auth/demo | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -s -X POST ${info.edge_url}/api/v1/timepoints/generate/sync ${bearer} -H 'Content-Type: application/json' -d '{"query":"Moon landing, July 20 1969"}'
curl -s ${info.edge_url}/api/v1/credits/balance ${bearer}
${modelKey === undefined ? '' : tryModels(info.edge_url, modelKey)}${links === undefined ? '' : lookAround(links)}
Ctrl-C stops everything and keeps the data.
`;
}

/** Each link works once; the console itself offers the demo account again, and the mail inbox has codes for any address. */
function lookAround({ demo, operator }: ConsoleLinks): string {
  const textOf = (link: ConsoleLink): string => ('url' in link ? link.url : `no link could be made: ${link.missing}`);
  const withoutOperator =
    'url' in operator
      ? ''
      : `
Sign in at the console with a code from the mail inbox, and become an operator with
npx -y pnpm@12 turnpike operators grant <your e-mail address> --role admin
`;
  return `
Look at it in the console; each link signs in once.

  as the demo account  ${textOf(demo)}
  as an operator       ${textOf(operator)}
${withoutOperator}`;
}

function tryModels(edgeUrl: string, key: string): string {
  return `
Call a language model with OpenAI's own SDK; where you gave no OPENAI_API_KEY, a stand-in answers.

OPENAI_BASE_URL=${edgeUrl}/trueportai-services/openai/v1 OPENAI_API_KEY=${key} npx -y pnpm@12 --silent --filter @turnpike/llm hello
`;
}
