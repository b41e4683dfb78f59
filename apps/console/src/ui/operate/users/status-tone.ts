import type { Tone } from '../../design/badge.tsx';

/** The tone of a user's or an organisation's status. */
export function userStatusTone(status: string): Tone {
  if (status === 'active') return 'ok';
  return status === 'disabled' || status === 'suspended' ? 'warn' : 'plain';
}
