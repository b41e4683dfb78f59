import type { Operations } from '@turnpike/client';
import type { Tone } from '../../design/badge.tsx';

export type Violation = Operations['llm.listViolations']['answers']['items'][number];

export const SEVERITY_TONES: Readonly<Record<Violation['severity'], Tone>> = {
  low: 'plain',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
};

/** What can have become of a violation. */
export const STATUSES: readonly Violation['status'][] = ['open', 'acknowledged', 'resolved', 'false_positive'];
