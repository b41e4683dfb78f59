import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { listenAndTell } from '../../edge/programs/listen.ts';

/** OpenAI's chat as a stream, with no model behind it: every piece of its text says when it was sent. `metadata` says how many come, and how far apart. */

interface Asked {
  readonly model: string;
  readonly metadata: { readonly events: string; readonly interval_ms: string };
}

listenAndTell(createServer((request, response) => void answer(request, response).catch(() => response.destroy())));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { model, metadata } = (await json(request)) as Asked;
  const [count, intervalMs] = [Number(metadata.events), Number(metadata.interval_ms)];
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const frame = { id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model };
  const send = (more: object): boolean => response.write(`data: ${JSON.stringify({ ...frame, ...more })}\n\n`);
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    while (sent < count) {
      // The clock is CLOCK_MONOTONIC, which all processes of a machine share.
      const content = `${process.hrtime.bigint()} and so on `;
      send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
      sent += 1;
      if (intervalMs === 0) continue;
      timer = setTimeout(next, intervalMs);
      return;
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    send({ choices: [], usage: { prompt_tokens: 20, completion_tokens: count, total_tokens: 20 + count } });
    response.end('data: [DONE]\n\n');
  };
  response.once('close', () => clearTimeout(timer));
  next();
}
