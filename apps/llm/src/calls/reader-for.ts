import type { KeptObjects } from '../kept/kept-objects.ts';
import { KeptReader } from '../kept/kept-reader.ts';
import { UploadReader } from '../kept/upload-reader.ts';
import type { KeptKind } from '../paths/kept-paths.ts';
import type { CallPolicies } from '../policies/call-policies.ts';
import { mayCall } from './allowed.ts';
import { isEventStream, readerOf, type AnswerReader } from './answer-reader.ts';
import type { Call, Deferred, ReadRequest } from './call.ts';
import type { VendorHead } from './client-answer.ts';
import { MadeReader } from './made-reader.ts';
import { ModelListReader } from './model-list.ts';

/** What reads the answer of a call: its usage, behind that the policies, and behind those whose it is what the vendor keeps. */
export function readerFor(
  call: Call,
  read: ReadRequest,
  policies: CallPolicies,
  kept: KeptObjects,
  { headers }: VendorHead,
  deferred: Deferred | undefined,
): AnswerReader {
  const { operation, identity, credential } = call;
  if (operation.endpoint === 'models' && identity.keyConstraints?.allowed_models !== undefined)
    return new ModelListReader(operation.dialect, (model) => mayCall(identity, model));
  const mediaType = String(headers['content-type'] ?? '');
  const guarded = policies.guard(readerOf(operation, read, mediaType), headers);
  const reader = deferred === undefined ? guarded : new MadeReader(guarded, deferred, isEventStream(mediaType));
  if (operation.kept === undefined || !credential.shared) return reader;
  if (operation.kept.act === 'make' && !isStored(operation.kept.kind, read)) return reader;
  return operation.kept.act === 'upload'
    ? new UploadReader(reader, call, kept, headers)
    : new KeptReader(reader, call, read.model, operation.kept, kept, isEventStream(mediaType));
}

/** Whether what an answer makes is kept, of which only the request tells: completions where it says so, interactions unless it says otherwise. */
function isStored(kind: KeptKind, { json }: ReadRequest): boolean {
  if (kind === 'completion') return json?.get('store') === true;
  return kind !== 'interaction' || json?.get('store') !== false;
}
