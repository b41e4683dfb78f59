import { readFileSync, writeFileSync } from 'node:fs';
import { findProvider } from '@pydantic/genai-prices';
import { namesOf, priceOf, type GeneratedModel } from './model-prices.ts';

/**
 * Writes the shipped price list anew from `@pydantic/genai-prices`: `npx -y pnpm@12 prices`. What changes is read by a person before it is
 * committed, since it is what customers pay.
 */

const PRICES_FILE = new URL('../prices.json', import.meta.url);
const PROVIDERS = ['openai', 'anthropic', 'google', 'azure'] as const;
/** Google sells models of others as well, by another API than the one that is spoken here. */
const NOT_OFFERED = /^claude/;

const manifest = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.resolve('@pydantic/genai-prices')), 'utf8'),
) as { version: string };
const today = new Date();
const providers = Object.fromEntries(
  PROVIDERS.map((id) => {
    const models = findProvider({ providerId: id })?.models ?? [];
    const offered = models.filter((model) => !(id === 'google' && NOT_OFFERED.test(model.id)));
    return [
      id,
      Object.fromEntries(
        offered.flatMap((model): [string, GeneratedModel][] => {
          const price = priceOf(model, today);
          return price === undefined ? [] : [[model.id, { names: namesOf(model), ...price }]];
        }),
      ),
    ];
  }),
);
const list = {
  source: `@pydantic/genai-prices ${manifest.version}`,
  checked: today.toISOString().slice(0, 10),
  providers,
};
writeFileSync(PRICES_FILE, `${JSON.stringify(list, null, 2)}\n`);
