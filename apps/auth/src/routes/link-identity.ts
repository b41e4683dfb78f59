import { linkApple, linkGithub, linkGoogle } from '@turnpike/contracts';
import { route, type Call, type Route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { linkToUser } from '../provider-sign-in.ts';
import type { ProvenIdentity } from '../providers/proven-identity.ts';
import { listIdentities } from '../stores/identities.ts';
import { appleCredential, githubCredential, googleCredential } from './app-credentials.ts';
import { clientInfoOf } from './client-info.ts';
import { identitiesView } from './identities-view.ts';
import { requireSession } from './session-caller.ts';

type LinkCall = Pick<Call<typeof linkApple>, 'identity' | 'clientAddress' | 'userAgent' | 'requestId'>;

/** `POST /api/v1/auth/identities/{apple,google,github}`: one more way to sign in for the signed-in user. */
export function linkIdentityRoutes(context: Context): Route[] {
  const { apple, google, github } = context.providers;

  async function link(call: LinkCall, prove: () => Promise<ProvenIdentity>) {
    requireSession(call.identity);
    const { userId } = call.identity;
    await linkToUser(context, userId, await prove(), clientInfoOf(call));
    return { status: 200, body: identitiesView(await listIdentities(context.database.query, userId)) } as const;
  }

  return [
    route(linkApple, (call) => link(call, () => apple.prove(appleCredential(call.body)))),
    route(linkGoogle, (call) => link(call, () => google.prove(googleCredential(call.body)))),
    route(linkGithub, (call) => link(call, () => github.prove(githubCredential(call.body)))),
  ];
}
