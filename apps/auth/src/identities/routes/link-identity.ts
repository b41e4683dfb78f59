import { linkApple, linkByCode, linkGithub, linkGoogle } from '@turnpike/contracts';
import { route, type Call, type Route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import type { ProvenIdentity } from '../../providers/proven-identity.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { linkToUser } from '../../sign-in/provider-sign-in.ts';
import { appleCredential, githubCredential, googleCredential } from '../../sign-in/routes/app-credentials.ts';
import { listIdentities } from '../stores/identities.ts';
import { identitiesView } from './identities-view.ts';

type LinkCall = Pick<Call<typeof linkApple>, 'identity' | 'clientAddress' | 'userAgent' | 'requestId'>;

/** `POST /api/v1/auth/identities/{apple,google,github}`, and `/identities` with the code of a browser: one more way to sign in for the signed-in user. */
export function linkIdentityRoutes(context: Context): Route[] {
  const { apple, google, github } = context.providers;
  const { linkCodes } = context.browserFlow;

  async function link(call: LinkCall, prove: () => Promise<ProvenIdentity>) {
    requireSession(call.identity);
    const { userId } = call.identity;
    await linkToUser(context, userId, await prove(), clientInfoOf(call));
    return { status: 200, body: identitiesView(await listIdentities(context.database, userId)) } as const;
  }

  return [
    route(linkApple, (call) => link(call, () => apple.prove(appleCredential(call.body)))),
    route(linkGoogle, (call) => link(call, () => google.prove(googleCredential(call.body)))),
    route(linkGithub, (call) => link(call, () => github.prove(githubCredential(call.body)))),
    route(linkByCode, (call) => link(call, () => linkCodes.redeem(call.body.code, call.body.code_verifier))),
  ];
}
