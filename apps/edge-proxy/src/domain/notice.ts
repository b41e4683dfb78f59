import type { RevocationKind } from '@turnpike/contracts';

/** What auth says has lost access or changed. `unknown`: of a kind that a later release writes, so it may be about any caller. */
export type Notice = { readonly kind: RevocationKind; readonly id: string } | { readonly kind: 'unknown' };

export type NoticeKind = Notice['kind'];
