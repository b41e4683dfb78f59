import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { classes } from './classes.ts';
import { current, dismiss, listen } from './toast.ts';

/** Shows what was said lately, and reads it aloud. */
export function Toasts() {
  const said = useSyncExternalStore(listen, current);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-0 z-50 flex flex-col items-center gap-2 p-4"
    >
      {said.map(({ id, text, tone }) => (
        <div
          key={id}
          className={classes(
            'pointer-events-auto flex max-w-md items-center gap-3 rounded-lg border bg-raised px-4 py-2.5 shadow-popup',
            tone === 'bad' ? 'border-bad text-bad' : 'border-line',
          )}
        >
          <span>{text}</span>
          <button
            type="button"
            aria-label="Close"
            onClick={() => dismiss(id)}
            className="rounded p-1 text-muted hover:bg-sunken"
          >
            <X size={14} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
