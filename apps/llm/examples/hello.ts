import OpenAI from 'openai';

// The SDK takes base URL and key from OPENAI_BASE_URL and OPENAI_API_KEY.
const stream = await new OpenAI().chat.completions.create({
  model: 'gpt-4o-mini',
  stream: true,
  messages: [{ role: 'user', content: 'Say hello to Turnpike.' }],
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
process.stdout.write('\n');
