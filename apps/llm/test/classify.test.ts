import { describe, expect, test } from '@jest/globals';
import type { LlmProvider } from '@turnpike/contracts';
import { classify } from '../src/paths/classify.ts';

describe('paths lead where the vendor has them', () => {
  test.each<[LlmProvider, string, string, string]>([
    ['openai', 'POST', 'v1/chat/completions', '/v1/chat/completions'],
    ['openai', 'POST', 'chat/completions', '/v1/chat/completions'],
    ['anthropic', 'POST', 'v1/messages', '/v1/messages'],
    ['anthropic', 'POST', 'v1/v1/messages', '/v1/messages'],
    [
      'google',
      'POST',
      'v1beta/models/gemini-2.5-flash:generateContent',
      '/v1beta/models/gemini-2.5-flash:generateContent',
    ],
    ['google', 'POST', 'v1beta/v1beta/models/m:countTokens', '/v1beta/models/m:countTokens'],
    ['google', 'POST', 'v1beta/openai/chat/completions', '/v1beta/openai/chat/completions'],
    ['azure', 'POST', 'res/dep/chat/completions', '/openai/deployments/dep/chat/completions'],
    ['azure', 'POST', 'res/dep/openai/deployments/other/embeddings', '/openai/deployments/dep/embeddings'],
    ['azure', 'POST', 'res/dep/openai/v1/chat/completions', '/openai/v1/chat/completions'],
    ['azure', 'POST', 'res/dep/openai/responses', '/openai/responses'],
    ['google', 'POST', 'upload/v1/files', '/upload/v1/files'],
    ['google', 'GET', 'v1beta/files', '/v1beta/files'],
    ['google', 'GET', 'v1/files/abc-1:download', '/v1/files/abc-1:download'],
    ['openai', 'GET', 'v1/models/gpt-4o', '/v1/models/gpt-4o'],
    ['openai', 'GET', 'v1/files/file-1/content', '/v1/files/file-1/content'],
    ['anthropic', 'POST', 'v1/files', '/v1/files'],
    ['openai', 'POST', 'v1/batches', '/v1/batches'],
    ['openai', 'POST', 'v1/batches/batch_1/cancel', '/v1/batches/batch_1/cancel'],
    ['anthropic', 'POST', 'v1/v1/messages/batches', '/v1/messages/batches'],
    ['anthropic', 'DELETE', 'v1/messages/batches/msgbatch_1', '/v1/messages/batches/msgbatch_1'],
    ['anthropic', 'GET', 'v1/messages/batches/msgbatch_1/results', '/v1/messages/batches/msgbatch_1/results'],
    ['azure', 'GET', 'res/dep/openai/batches/batch_1', '/openai/batches/batch_1'],
    ['azure', 'POST', 'res/dep/openai/deployments/other/batches', '/openai/batches'],
    ['azure', 'GET', 'res/dep/openai/v1/responses/resp_1', '/openai/v1/responses/resp_1'],
    ['azure', 'POST', 'res/dep/openai/files', '/openai/files'],
  ])('%s %s %s', (provider, method, path, upstream) => {
    expect(classify(provider, method, path)?.upstreamPath).toBe(upstream);
  });
});

describe('everything else is refused', () => {
  test.each<[LlmProvider, string, string]>([
    ['openai', 'GET', 'v1/chat/completions'],
    ['openai', 'POST', 'v1/files/file-1/content'],
    ['openai', 'GET', 'v1/files/file-1/content/more/still'],
    ['openai', 'DELETE', 'v1/batches/batch_1'],
    ['openai', 'GET', 'v1/batches/batch_1/results'],
    ['openai', 'GET', 'v1/batches/batch_1/cancel/more'],
    ['openai', 'GET', 'v1/batches/..'],
    ['google', 'POST', 'v1beta/openai/batches'],
    ['google', 'POST', 'v1beta/models/gemini-2.0-flash:batchGenerateContent'],
    ['openai', 'POST', 'v1/fine_tuning/jobs'],
    ['openai', 'POST', 'v1/realtime/client_secrets'],
    ['openai', 'GET', 'v1/organization/usage/completions'],
    ['openai', 'POST', 'v1/v1/chat/completions'],
    ['openai', 'POST', 'v2/chat/completions'],
    ['openai', 'POST', 'v1/chat%2Fcompletions'],
    ['openai', 'GET', 'v1/models/gpt-4o/../files'],
    ['openai', 'GET', 'v1/constructor'],
    ['openai', 'DELETE', 'v1/models/ft-1'],
    ['anthropic', 'PUT', 'v1/messages/batches'],
    ['anthropic', 'GET', 'v1/organizations/me'],
    ['google', 'POST', 'v1beta/cachedContents'],
    ['google', 'POST', 'v1beta/models/m:batchGenerateContent'],
    ['google', 'POST', 'v1beta/models/m:predictLongRunning'],
    ['google', 'POST', 'v1beta/models/m:__proto__'],
    ['google', 'POST', 'v1alpha/auth_tokens'],
    ['google', 'POST', 'v1beta/files'],
    ['google', 'GET', 'upload/v1beta/files'],
    ['google', 'POST', 'upload/v1beta/fileSearchStores/x:uploadToFileSearchStore'],
    ['google', 'GET', 'v1beta/files/a/b'],
    ['google', 'DELETE', 'v1beta/files/a:download'],
    ['google', 'GET', 'ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent'],
    ['openai', 'GET', 'v1/realtime'],
    ['openai', 'GET', 'v1/responses'],
    ['azure', 'POST', 'Res/dep/chat/completions'],
    ['azure', 'POST', 'res.evil.example/dep/chat/completions'],
  ])('%s %s %s', (provider, method, path) => expect(classify(provider, method, path)).toBeUndefined());
});
