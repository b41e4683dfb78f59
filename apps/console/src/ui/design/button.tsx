import type { ComponentProps } from 'react';
import { classes } from './classes.ts';

const LOOKS = {
  primary: 'bg-solid text-white hover:bg-solid-hover border-transparent',
  secondary: 'bg-surface text-text border-line-strong hover:bg-sunken',
  danger: 'bg-bad-solid text-white border-transparent hover:brightness-95',
  risky: 'bg-surface text-bad border-line-strong hover:bg-bad-soft',
  quiet: 'bg-transparent text-accent border-transparent hover:bg-accent-soft',
} as const;

export type Look = keyof typeof LOOKS;

/** Class names of a button, for links that look like one. */
export function buttonClass(look: Look = 'secondary', small = false): string {
  return classes(
    'inline-flex items-center justify-center gap-1.5 rounded-lg border font-medium whitespace-nowrap motion-safe:transition-colors disabled:opacity-60 disabled:pointer-events-none',
    small ? 'min-h-8 px-2.5 text-sm' : 'min-h-9.5 px-3.5',
    LOOKS[look],
  );
}

interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: Look;
  readonly small?: boolean;
  /** Work is under way: the button waits, and says so. */
  readonly busy?: boolean;
}

export function Button({ look = 'secondary', small = false, busy = false, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy}
      disabled={busy || rest.disabled === true}
      className={classes(buttonClass(look, small), className)}
    >
      {children}
    </button>
  );
}
