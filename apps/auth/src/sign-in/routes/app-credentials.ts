import type { appleSignIn, githubSignIn, googleSignIn, Input } from '@turnpike/contracts';
import type { AppleCredential } from '../../providers/apple.ts';
import type { GithubCredential } from '../../providers/github.ts';
import type { GoogleCredential } from '../../providers/google.ts';

/** What an app posted, as the provider takes it. Signing in and linking read the same bodies. */
export function appleCredential(body: Input<typeof appleSignIn, 'body'>): AppleCredential {
  return {
    identityToken: body.identity_token,
    nonce: body.nonce ?? undefined,
    authorizationCode: body.authorization_code ?? undefined,
    fullName: fullNameOf(body.full_name),
  };
}

export function googleCredential(body: Input<typeof googleSignIn, 'body'>): GoogleCredential {
  return { idToken: body.id_token, nonce: body.nonce ?? undefined };
}

export function githubCredential(body: Input<typeof githubSignIn, 'body'>): GithubCredential {
  const { code, access_token: accessToken } = body;
  if (typeof accessToken === 'string') return { accessToken };
  return {
    code: code ?? '',
    redirectUri: body.redirect_uri ?? undefined,
    codeVerifier: body.code_verifier ?? undefined,
  };
}

/** Apple's sheet hands out a name in parts; apps send it so, or put together. */
function fullNameOf(name: Input<typeof appleSignIn, 'body'>['full_name']): string | undefined {
  if (typeof name === 'string') return name;
  const parts = [name?.givenName ?? name?.given_name, name?.familyName ?? name?.family_name];
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' ');
}
