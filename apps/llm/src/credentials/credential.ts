import type { LlmProvider } from '@turnpike/contracts';

/** By whose account a vendor is called. */
export interface Credential {
  /** Names it in records and metrics; says nothing of the secret. */
  readonly id: string;
  readonly provider: LlmProvider;
  /** Origin, and a path before the vendor's own where there is one; without a slash at the end. */
  readonly baseUrl: string;
  readonly secret: string;
  /** Many organisations share it: what it names at the vendor (files, responses) is nobody's alone. */
  readonly shared: boolean;
  /** OpenAI's, which choose who is billed. */
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  /** Azure's: the model of each deployment, by which it is priced. */
  readonly deployments?: Readonly<Record<string, string>> | undefined;
}
