import type { Answer } from './send.ts';
import type { EdgeStack, SignedIn } from './stack.ts';

/** An organisation, and its owner's calls within it. */
export interface OwnedOrganisation {
  readonly id: string;
  readonly owner: SignedIn;
  /** The owner's token of the organisation. */
  readonly token: string;
  readonly send: (method: string, target: string, json?: object) => Promise<Answer>;
}

/** A new person with a new organisation of their own. */
export async function openOrganisation(stack: EdgeStack): Promise<OwnedOrganisation> {
  const owner = await stack.signIn();
  const made = await stack.send('/platform/api/global/tenants', {
    method: 'POST',
    token: owner.token,
    json: { name: 'Acme', slug: `acme-${process.pid}-${owner.userId.slice(-12)}` },
  });
  if (made.status !== 201) throw new Error(`tenants answered ${made.status}: ${made.text}`);
  const id = String(made.body['id']);
  const token = await tokenOf(stack, owner, id);
  return {
    id,
    owner,
    token,
    send: (method, target, json) => stack.send(target, { method, token, ...(json === undefined ? {} : { json }) }),
  };
}

/** A person's token of an organisation that they belong to. */
export async function tokenOf(stack: EdgeStack, { token }: SignedIn, tenantId: string): Promise<string> {
  const selected = await stack.send('/platform/api/global/auth/select-tenant', {
    method: 'POST',
    token,
    json: { tenant_id: tenantId },
  });
  if (selected.status !== 200) throw new Error(`select-tenant answered ${selected.status}: ${selected.text}`);
  return String(selected.body['access_token']);
}
