import type { ErrorCode } from './errors.ts';

/** What a code means, and what whoever reads it should do. */
interface ErrorGuide {
  readonly meaning: string;
  readonly remedy: string;
}

const SIGN_IN_AGAIN = 'Sign in again, or refresh the access token.';
const OUR_OUTAGE = 'Nothing is wrong with the request. Repeat it after `Retry-After` seconds, with growing pauses.';

/** The reference of error codes: the documents, the page that a problem's `type` links to and the typed client are made from it. */
export const ERROR_GUIDE: Readonly<Record<ErrorCode, ErrorGuide>> = {
  'request.malformed': {
    meaning:
      'The request is no well-formed HTTP, its path is ambiguous, or its body is not the JSON that it says it is.',
    remedy: 'Correct the request; repeating it returns the same answer.',
  },
  'request.invalid': {
    meaning: 'A field is missing, of the wrong type, or outside its limits.',
    remedy: 'Read `errors`: each names a field by its path and says what is wrong with it.',
  },
  'request.too_large': {
    meaning: 'The body is larger than this route takes.',
    remedy: 'Send less. The limit is in `detail`.',
  },
  'request.headers_too_large': {
    meaning: 'The request line and headers together are larger than 16 KiB, or there are too many headers.',
    remedy: 'Send fewer or shorter headers; large cookies are the usual cause.',
  },
  'request.unsupported_media_type': {
    meaning: 'The body has a media type, charset or content coding that this route does not take.',
    remedy: 'Send `Content-Type: application/json` in UTF-8, without a content coding.',
  },
  'request.timeout': {
    meaning: 'The request did not arrive in time.',
    remedy: 'Send it again on a faster connection.',
  },
  'route.not_found': { meaning: 'There is no such path.', remedy: 'Check method and path against this document.' },
  'route.method_not_allowed': {
    meaning: 'The path exists, but not with this method.',
    remedy: 'Use one of the methods in `Allow`.',
  },
  'resource.not_found': {
    meaning: 'There is no such thing, or it is not yours: the two are answered alike.',
    remedy: 'Check the id, and that it belongs to the caller.',
  },
  'resource.gone': {
    meaning: 'It existed and was deleted for good.',
    remedy: 'Forget the id; it is never given out again.',
  },
  'resource.conflict': {
    meaning: 'The operation does not fit the present state.',
    remedy: 'Read the resource anew and decide again.',
  },
  'auth.missing': {
    meaning: 'The route needs a credential and got none.',
    remedy: 'Send `Authorization: Bearer …` or `X-API-Key`.',
  },
  'auth.jwt_invalid': { meaning: 'The access token is not one of ours, or was altered.', remedy: SIGN_IN_AGAIN },
  'auth.jwt_expired': { meaning: 'The access token has expired.', remedy: 'Refresh it, once, and repeat the request.' },
  'auth.session_revoked': {
    meaning:
      'The session behind the token has ended: by logging out, by the operator, or because a refresh token was used twice.',
    remedy: 'Sign in again; refreshing does not help.',
  },
  'auth.refresh_invalid': {
    meaning: 'The refresh token is unknown, expired or was replaced.',
    remedy: 'Sign in again.',
  },
  'auth.credential_invalid': {
    meaning: 'What was sent to sign in does not prove who somebody is.',
    remedy: 'Begin the sign-in again.',
  },
  'auth.code_invalid': {
    meaning: 'The code is wrong, has expired, or was used before.',
    remedy: 'Ask for a new code. After five wrong tries the last one no longer works.',
  },
  'auth.key_invalid': { meaning: 'The API key is not one of ours.', remedy: 'Check that the whole key was copied.' },
  'auth.key_revoked': { meaning: 'The API key was revoked.', remedy: 'Use another key.' },
  'auth.key_suspended': {
    meaning: 'The key was paused, or an operator disabled its owner. The key itself is as it was.',
    remedy: 'Keep the key: it works again once that is undone.',
  },
  'auth.key_expired': { meaning: 'The API key has expired.', remedy: 'Make or rotate a key.' },
  'auth.ambiguous': {
    meaning: 'The request carries two credentials of different callers, or one header twice.',
    remedy: 'Send one credential.',
  },
  'auth.scope_missing': {
    meaning: 'The key is good, but does not have the scope that the route asks for.',
    remedy: 'Make a key with the scope that `detail` names, or sign in.',
  },
  'auth.forbidden': {
    meaning: 'The caller is known and may not do this, or not from this address.',
    remedy: 'Ask whoever may.',
  },
  'auth.service_key_invalid': {
    meaning: 'The service key is missing, wrong, or lacks a grant.',
    remedy: 'Check the key and its grants.',
  },
  'auth.service_key_unconfigured': {
    meaning: 'No service key is configured, so none can be right.',
    remedy: 'The operator sets `SERVICE_API_KEY`.',
  },
  'auth.admin_key_invalid': {
    meaning: 'The admin key is missing, wrong or not configured.',
    remedy: 'Check `X-Admin-Key`.',
  },
  'auth.provider_unconfigured': {
    meaning: 'This sign-in provider is not set up.',
    remedy: 'Use another way to sign in; the operator finds the missing setting in `detail`.',
  },
  'auth.provider_unavailable': { meaning: 'The sign-in provider does not answer.', remedy: OUR_OUTAGE },
  'auth.last_identity': {
    meaning: 'It is the last way to sign in to the account.',
    remedy: 'Link another one first, or delete the account.',
  },
  'auth.identity_taken': {
    meaning: 'That identity belongs to another account.',
    remedy: 'Sign in with it, or unlink it there first.',
  },
  'auth.email_taken': {
    meaning: 'An account with this address exists. Only said where addresses need not be verified at sign-up.',
    remedy: 'Sign in, or reset the password.',
  },
  'auth.password_rejected': {
    meaning:
      'The password is too short or too long, commonly used, or made of your own address or name. `reason` says which: `too_short`, `too_long`, `common`, `context` or `malformed`.',
    remedy: 'Choose another one; a few unrelated words are good.',
  },
  'auth.reauthentication_required': {
    meaning: 'The session was opened too long ago for this.',
    remedy: 'Sign in again and repeat the request with the new session.',
  },
  'auth.reset_invalid': {
    meaning: 'The reset token or code is wrong, has expired, was used, or a newer one was asked for.',
    remedy: 'Ask for a new mail.',
  },
  'auth.busy': {
    meaning: 'Passwords are checked a few at a time, and too many are waiting.',
    remedy: OUR_OUTAGE,
  },
  'auth.insufficient_credits': {
    meaning: 'The operation costs more than can be spent; credits held for calls under way do not count.',
    remedy: 'Get more credits. `cost` and `balance` say how many are missing; do not retry.',
  },
  'tenant.not_selected': {
    meaning: 'The route acts within an organisation, and the credential is of none.',
    remedy: 'Select one (`POST /platform/api/global/auth/select-tenant`) and use the token that it answers.',
  },
  'tenant.ambiguous': {
    meaning: '`X-Tenant-Slug` names another organisation than the token is of.',
    remedy: 'Leave the header out.',
  },
  'tenant.suspended': {
    meaning: 'The organisation is suspended or archived: nothing of it can be read or changed.',
    remedy: 'Ask the operator. Tokens and keys work again once it is restored; do not refresh meanwhile.',
  },
  'tenant.membership_ended': {
    meaning:
      'The token is of an organisation whose member its bearer is no longer, or whose membership has just changed.',
    remedy: 'Select an organisation again.',
  },
  'tenant.role_insufficient': {
    meaning: 'The caller is a member of the organisation, with a role below `required_role`.',
    remedy: 'Ask an owner or admin of the organisation.',
  },
  'tenant.sign_in_method_refused': {
    meaning:
      'The organisation wants its members to sign in another way than the session did; `allowed_methods` says how.',
    remedy: 'Sign in again in one of these ways, then select the organisation.',
  },
  'tenant.last_owner': {
    meaning: 'It would leave the organisation without an active owner.',
    remedy: 'Make somebody else an owner first.',
  },
  'tenant.slug_taken': {
    meaning: 'Another organisation has this slug, or had it lately, or it is reserved.',
    remedy: 'Choose another one; `check-availability` proposes some.',
  },
  'tenant.limit_reached': {
    meaning: 'There are as many as may be of what `resource` names; `limit` says how many.',
    remedy: 'Remove one first, or ask the operator for more.',
  },
  'invite.invalid': {
    meaning: 'The invite is unknown, was used, revoked or has expired, or whoever sent it may not invite any more.',
    remedy: 'Ask to be invited again.',
  },
  'invite.email_mismatch': {
    meaning: 'The invite is for another address than the verified ones of the account, `invited_email` in part.',
    remedy: 'Sign in with the invited address.',
  },
  'subscription.exists': {
    meaning: 'A paid subscription is running, which only the billing portal can change in this way.',
    remedy: 'Change it in the portal (`POST /platform/api/service/billing/portal`).',
  },
  'billing.unconfigured': {
    meaning: 'The plan is paid for through a provider that is not set up.',
    remedy: 'Choose another plan; the operator finds the missing setting in `detail`.',
  },
  'config.locked': {
    meaning: 'The operator has locked the setting for all organisations.',
    remedy: 'Ask the operator.',
  },
  'config.unknown': {
    meaning: 'There is no such setting.',
    remedy: 'Check the key against the list of settings.',
  },
  'storage.unreachable': {
    meaning:
      'The storage could not be written, read and deleted with these settings. `reason` says how far it came: `refused_address`, `dns`, `tls`, `timeout`, `denied`, `no_such_bucket`, `checksum` or `other`.',
    remedy: 'Correct the settings and test again.',
  },
  'credits.account_closed': { meaning: 'The account takes no new holds.', remedy: 'Ask the operator.' },
  'credits.reservation_resolved': {
    meaning: 'The reservation was settled or released before, in the other way.',
    remedy: 'Nothing is left to do with it.',
  },
  'credits.reservation_gone': {
    meaning: 'The reservation was released before it was made, so it is not made any more.',
    remedy: 'Reserve under another key.',
  },
  'credits.operation_unknown': {
    meaning: 'No price is set for the operation.',
    remedy: 'Use an operation of the price list.',
  },
  'idempotency.conflict': {
    meaning: 'The `Idempotency-Key` was used with another request.',
    remedy: 'Use a new key for a new request.',
  },
  'idempotency.in_progress': {
    meaning: 'The first request with this `Idempotency-Key` is still running.',
    remedy: 'Repeat it after `Retry-After` seconds, with the same key.',
  },
  'llm.model_not_allowed': {
    meaning: 'The API key may not call this model or provider.',
    remedy: 'Use a model that the key allows, or have an admin change the key.',
  },
  'llm.model_not_priced': {
    meaning: 'The gateway knows no price of this model, so it cannot be charged for.',
    remedy: 'Check the spelling of the model; an operator adds prices in `LLM_PRICES_FILE`.',
  },
  'llm.not_offered': {
    meaning: 'The path is one of the vendor’s that this gateway does not offer; the text says why.',
    remedy: 'Use one that docs/llm.md lists.',
  },
  'llm.policy_blocked': {
    meaning: 'A policy of the gateway does not let the request, or its answer, pass. `violation_id` names the finding.',
    remedy: 'Change the request; repeating it returns the same answer.',
  },
  'llm.spend_limit_reached': {
    meaning: 'The API key has spent, or holds for calls under way, as much as it may in this period.',
    remedy: 'Wait for the next period, or have an admin raise the limit.',
  },
  'llm.provider_unconfigured': {
    meaning: 'The gateway has no credential for this provider or Azure resource.',
    remedy: 'Ask the operator to configure one.',
  },
  'rate_limit.exceeded': {
    meaning: 'A limit of the caller is used up. A refused request consumes nothing.',
    remedy: 'Wait `Retry-After` seconds. `RateLimit` shows every window.',
  },
  'upstream.unavailable': {
    meaning: 'The service behind the route cannot be asked at the moment.',
    remedy: OUR_OUTAGE,
  },
  'upstream.bad_gateway': {
    meaning: 'The service behind the route was asked and failed.',
    remedy: 'Repeat it if that is safe, best with an `Idempotency-Key`. Nothing was charged.',
  },
  'upstream.timeout': {
    meaning: 'The service behind the route did not answer in time.',
    remedy: 'Repeat it if that is safe, best with an `Idempotency-Key`. Nothing was charged.',
  },
  'service.unavailable': { meaning: 'A part of the gateway is unavailable.', remedy: OUR_OUTAGE },
  'service.internal': {
    meaning: 'A fault of ours.',
    remedy: 'Report it with the `request_id`. Repeat the request if that is safe.',
  },
};
