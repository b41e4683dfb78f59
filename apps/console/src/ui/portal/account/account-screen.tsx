import { useSignedIn } from '../../api/session.ts';
import { Page } from '../../design/page.tsx';
import { Audit } from './audit.tsx';
import { Leaving } from './leaving.tsx';
import { Password } from './password.tsx';
import { Profile } from './profile.tsx';
import { Sessions } from './sessions.tsx';
import { WaysIn } from './ways-in.tsx';

/** One's own account: who one is, where one is signed in, what was done, what is kept, and the way out. */
export function AccountScreen() {
  const { shared } = useSignedIn();
  return (
    <Page
      title="Account"
      about={
        shared
          ? 'The demo account is everybody’s: look at all of it, and sign in with your own to change something.'
          : 'Your name, ways to sign in, sessions and data.'
      }
    >
      <Profile />
      <WaysIn />
      {shared ? null : <Password />}
      <Sessions />
      <Audit />
      {shared ? null : <Leaving />}
    </Page>
  );
}
