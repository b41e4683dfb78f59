import { useQueryClient } from '@tanstack/react-query';
import { useSignedIn } from '../api/session.ts';
import { buttonClass } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { EmailSignIn } from './email-sign-in.tsx';
import { isProvider, PROVIDER_NAMES } from './provider-names.ts';

/** The sign-in of whoever is signed in already. */
export function ReauthenticationForm({ onEnd }: { readonly onEnd: (signedIn: boolean) => void }) {
  const { me, method } = useSignedIn();
  const queries = useQueryClient();
  const provider = isProvider(method) ? method : undefined;
  const done = (): void => {
    void queries.invalidateQueries({ queryKey: ['session'] });
    onEnd(true);
  };
  return (
    <Dialog
      open
      onClose={() => onEnd(false)}
      title="Is it still you?"
      about="The last sign-in is a while ago. Sign in again, and what you asked for is done."
    >
      {me.email === null ? null : <EmailSignIn email={me.email} password={me.has_password} onSignedIn={done} />}
      {provider === undefined ? null : (
        <a
          className={buttonClass('secondary')}
          href={`/sign-in/with/${provider}?next=${encodeURIComponent(globalThis.location.pathname + globalThis.location.search)}`}
        >
          Sign in with {PROVIDER_NAMES[provider]}
        </a>
      )}
    </Dialog>
  );
}
