import { AppError, type GatewayIdentity } from '@turnpike/service-kit';
import type { Call } from './call.ts';

type Constraints = NonNullable<GatewayIdentity['keyConstraints']>;

/** Throws 403 where the key may not call the provider. */
export function requireProvider({ provider, identity }: Pick<Call, 'provider' | 'identity'>): void {
  const { allowed_providers: providers } = constraintsOf(identity);
  if (providers === undefined || providers.includes(provider)) return;
  throw new AppError('llm.model_not_allowed', { detail: `This API key may not call ${provider}.` });
}

/** Throws 403 where the key may not call the model. */
export function requireModel({ identity }: Pick<Call, 'identity'>, model: string | undefined): void {
  // A path that names no model needs none.
  if (model === undefined || mayCall(identity, model)) return;
  throw new AppError('llm.model_not_allowed', { detail: `This API key may not call the model ${model}.` });
}

/** Whether the key may call the model. */
export function mayCall(identity: GatewayIdentity, model: string): boolean {
  const { allowed_models: models } = constraintsOf(identity);
  return models === undefined || models.some((glob) => matches(glob, model));
}

function constraintsOf({ keyConstraints }: GatewayIdentity): Constraints {
  return keyConstraints ?? {};
}

/** `*` stands for any text; everything else for itself. Linear: no pattern is built of what a caller wrote. */
function matches(glob: string, model: string): boolean {
  const [first = '', ...rest] = glob.split('*');
  if (rest.length === 0) return glob === model;
  const last = rest.pop() ?? '';
  if (!model.startsWith(first) || model.length < first.length + last.length || !model.endsWith(last)) return false;
  const end = model.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = model.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
