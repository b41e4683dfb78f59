import { CONFIG_KEYS, type ConfigValues, type LlmProvider } from '@turnpike/contracts';
import { AppError, type Logger, type OrganisationConfig } from '@turnpike/service-kit';

/** Keys of the configuration that say how calls are made. */
export const CALL_KEYS = [
  'llm.providers.enabled',
  'llm.hold_default_output_tokens',
  'llm.disconnect',
  'llm.unknown_model',
  'llm.policy_fail',
] as const;

export type CallOptions = ConfigValues<(typeof CALL_KEYS)[number]>;

/** What is in force where nobody can be asked. */
const DEFAULT_OPTIONS: CallOptions = {
  'llm.providers.enabled': CONFIG_KEYS['llm.providers.enabled'].default,
  'llm.hold_default_output_tokens': CONFIG_KEYS['llm.hold_default_output_tokens'].default,
  'llm.disconnect': CONFIG_KEYS['llm.disconnect'].default,
  'llm.unknown_model': CONFIG_KEYS['llm.unknown_model'].default,
  'llm.policy_fail': CONFIG_KEYS['llm.policy_fail'].default,
};

/** How the calls of an organisation are made, or without one those of everybody else. */
export type CallOptionsOf = (organisationId: string | undefined) => Promise<CallOptions>;

/**
 * Reads the options from the configuration. While nobody can tell them, calls go on by the defaults: of an organisation whose own key may be meant
 * the credentials refuse them then.
 */
export function createCallOptions(
  values: Pick<OrganisationConfig<(typeof CALL_KEYS)[number]>, 'of'>,
  logger: Logger,
): CallOptionsOf {
  return (organisationId) =>
    values.of(organisationId).catch((err: unknown) => {
      logger.debug({ err }, 'how calls are made is not known, so they are made by the defaults');
      return DEFAULT_OPTIONS;
    });
}

/** Throws 403 where the vendor is not to be called. */
export function requireEnabled(provider: LlmProvider, options: CallOptions): void {
  const enabled = options['llm.providers.enabled'];
  if (enabled === null || enabled.includes(provider)) return;
  throw new AppError('llm.model_not_allowed', {
    detail: `Models of ${provider} are switched off here (llm.providers.enabled).`,
  });
}
