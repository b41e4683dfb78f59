import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { Button, type Look } from './button.tsx';
import { TextField } from './field.tsx';
import { Refusal } from './states.tsx';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly about?: ReactNode;
  readonly children: ReactNode;
}

/** What is filled in first; where nothing is, what is done with the question. */
const FIRST = 'input:not([type=hidden]), select, textarea, button:not([aria-label=Close])';

/** A question or form above the screen; Escape and the cross close it. It begins at its first field. */
export function Dialog({ open, onClose, title, about, children }: DialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(now) => (now ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[rgb(8_9_12/0.5)]" />
        <Base.Popup
          ref={popup}
          // A finger would have the keyboard come up at once.
          initialFocus={(how) => how === 'touch' || (popup.current?.querySelector<HTMLElement>(FIRST) ?? true)}
          className="fixed top-1/2 left-1/2 z-40 flex max-h-[92dvh] w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 flex-col gap-4 overflow-y-auto rounded-2xl border border-line bg-raised p-5 shadow-popup sm:p-6"
        >
          <div className="flex items-start justify-between gap-4">
            <div>
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              {about === undefined ? null : <Base.Description className="mt-1 text-muted">{about}</Base.Description>}
            </div>
            <Base.Close aria-label="Close" className="rounded-md p-1.5 text-muted hover:bg-sunken">
              <X size={18} aria-hidden />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The end of a form: what is done with it. It stays in sight where the form is longer than the screen. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return (
    <div className="sticky -bottom-5 -mb-5 flex flex-wrap justify-end gap-2 bg-raised pt-2 pb-5 sm:-bottom-6 sm:-mb-6 sm:pb-6">
      {children}
    </div>
  );
}

interface ConfirmProps extends Omit<DialogProps, 'children'> {
  readonly act: string;
  readonly look?: Look;
  readonly busy: boolean;
  readonly error?: unknown;
  /** What has to be typed before the act can be done. */
  readonly typed?: string;
  readonly onConfirm: () => void;
  readonly children?: ReactNode;
}

/** Asks before what cannot be taken back; with `typed`, the name has to be typed again. */
export function Confirm({ act, look = 'danger', busy, error, typed, onConfirm, children, ...dialog }: ConfirmProps) {
  const [text, setText] = useState('');
  return (
    <Dialog {...dialog}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        {children}
        {typed === undefined ? null : (
          <TextField
            label={`Type ${typed} to confirm`}
            autoComplete="off"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
        <Refusal error={error} />
        <DialogActions>
          <Button onClick={dialog.onClose}>Cancel</Button>
          <Button type="submit" look={look} busy={busy} disabled={typed !== undefined && text !== typed}>
            {act}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
