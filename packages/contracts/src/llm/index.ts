import { erasureEndpoint, exportEndpoint } from '../users/personal-data.ts';
import { llmHealth, llmReady } from './health.ts';
import { keysSpent } from './internal.ts';
import { createKey, deleteKey, getKey, listKeys, updateKey } from './keys.ts';
import {
  createPolicy,
  deletePolicy,
  getPolicy,
  listPolicies,
  listPolicyVersions,
  replacePolicy,
  testPolicies,
} from './policies.ts';
import { getViolation, listViolations, updateViolation } from './violations.ts';

export * from './health.ts';
export * from './internal.ts';
export * from './keys.ts';
export * from './native-errors.ts';
export * from './policies.ts';
export * from './policy-rule.ts';
export * from './providers.ts';
export * from './violations.ts';

export const eraseLlm = erasureEndpoint('llm');
export const exportLlm = exportEndpoint('llm');

/** The management of the LLM gateway. */
export const llmEndpoints = [
  llmHealth,
  llmReady,
  listKeys,
  createKey,
  getKey,
  updateKey,
  deleteKey,
  listPolicies,
  createPolicy,
  testPolicies,
  getPolicy,
  replacePolicy,
  deletePolicy,
  listPolicyVersions,
  listViolations,
  getViolation,
  updateViolation,
  eraseLlm,
  exportLlm,
  keysSpent,
] as const;
