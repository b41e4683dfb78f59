import { appleSignIn, githubSignIn, googleSignIn } from '@turnpike/contracts';
import { route, type Route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import type { ProvenIdentity } from '../../providers/proven-identity.ts';
import type { ClientInfo } from '../../sessions/domain/session.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';
import { signInWithProvider } from '../provider-sign-in.ts';
import { appleCredential, githubCredential, googleCredential } from './app-credentials.ts';

/** `POST /api/v1/auth/{apple,google,github}`: what an app received from the provider, for a pair of tokens. */
export function providerSignInRoutes(context: Context): Route[] {
  const { apple, google, github } = context.providers;

  async function open(proven: ProvenIdentity, client: ClientInfo) {
    const tokens = await signInWithProvider(context, proven, client).catch(throwRefusal);
    return { status: 200, body: tokens.response } as const;
  }

  return [
    route(appleSignIn, async (call) => open(await apple.prove(appleCredential(call.body)), clientInfoOf(call))),
    route(googleSignIn, async (call) => open(await google.prove(googleCredential(call.body)), clientInfoOf(call))),
    route(githubSignIn, async (call) => open(await github.prove(githubCredential(call.body)), clientInfoOf(call))),
  ];
}
