import type { Operations } from '@turnpike/client';

/** The parts of the console that an instance may serve. */
export const PARTS = ['portal', 'operate'] as const;
export type Part = (typeof PARTS)[number];

/** How somebody signed in. */
export type SignInMethod = 'code' | 'password' | 'demo' | 'ticket' | Provider;
export type Provider = Operations['auth.signInMethods']['answers']['providers'][number];

/** Who is signed in, as the gateway names them. */
export type Me = Operations['platform.me']['answers'];

/** The organisations of whoever is signed in, as the gateway lists them. */
export type Organisations = Operations['platform.listTenants']['answers'];
/** Most that are listed: nobody belongs to more. */
export const ORGANISATIONS_MAX = 100;

interface Everywhere {
  readonly parts: readonly Part[];
  /** Where developers reach the gateway. */
  readonly gateway_url: string;
  readonly demo: boolean;
  readonly providers: readonly Provider[];
}

/** What `GET /session` answers: all that the first screen needs. */
export type SessionView = Everywhere &
  (
    | { readonly signed_in: false }
    | {
        readonly signed_in: true;
        readonly me: Me;
        /** Null where the gateway did not say: whoever needs them asks again. */
        readonly organisations: Organisations | null;
        readonly method: SignInMethod;
        /** The account that everybody shares, which may be read and used, and not changed. */
        readonly shared: boolean;
      }
  );

/** What `POST /session` takes. */
export type SignIn =
  | { readonly method: 'code'; readonly email: string; readonly code: string }
  | { readonly method: 'password'; readonly email: string; readonly password: string }
  | { readonly method: 'demo' }
  | { readonly method: 'ticket'; readonly ticket: string };

/** Headers by which a page says in which organisation and environment it works. */
export const SCOPE_HEADERS = { organisation: 'x-console-organisation', environment: 'x-console-environment' } as const;
