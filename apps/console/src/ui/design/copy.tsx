import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.tsx';

/** How long it is said that something was copied, in milliseconds. */
const SAID_MS = 1_500;

function useCopy(text: string): { readonly copied: boolean; readonly copy: () => void } {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), SAID_MS);
    });
  };
  return { copied, copy };
}

/** An id: short to look at, whole to copy and on hover. */
export function CopyId({ id, label = 'id' }: { readonly id: string; readonly label?: string }) {
  const { copied, copy } = useCopy(id);
  const shown = id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id;
  return (
    <button
      type="button"
      onClick={copy}
      title={id}
      // Whoever speaks to the page says what is seen.
      aria-label={`Copy ${label} ${shown}`}
      className="inline-flex items-center gap-1 rounded px-1 font-mono text-[0.85em] whitespace-nowrap text-muted hover:bg-sunken hover:text-text"
    >
      {shown}
      {copied ? <Check size={13} aria-hidden className="text-ok" /> : <Copy size={13} aria-hidden />}
      <span aria-live="polite" className="sr-only">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  );
}

/** Copies a text that stands beside it. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const { copied, copy } = useCopy(text);
  return (
    <Button small onClick={copy}>
      {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </Button>
  );
}

/** Lines to paste elsewhere. */
export function Code({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <div className="flex items-center justify-between gap-2 border-b border-line bg-sunken px-3 py-1.5 text-sm text-muted">
        <span>{label}</span>
        <CopyButton text={text} />
      </div>
      <pre
        tabIndex={0}
        aria-label={label}
        className="overflow-x-auto bg-surface p-3 font-mono text-[0.85rem] leading-relaxed"
      >
        {text}
      </pre>
    </div>
  );
}
