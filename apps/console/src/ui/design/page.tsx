import { useEffect, type ReactNode } from 'react';
import { classes } from './classes.ts';

interface PageProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A screen: its name, what it is for, what can be done, and its content. */
export function Page({ title, about, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Turnpike`;
  }, [title]);
  return (
    <div className="mx-auto flex w-full max-w-[76rem] flex-col gap-6 px-4 py-6 sm:px-8 sm:py-8">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
          {about === undefined ? null : <p className="mt-1 max-w-[44rem] text-muted">{about}</p>}
        </div>
        {actions === undefined ? null : <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface CardProps {
  readonly title?: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  /** The content goes to the edges, as tables do. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

/** A part of a screen that belongs together. */
export function Card({ title, about, actions, flush = false, children }: CardProps) {
  return (
    <section aria-label={title} className="min-w-0 rounded-xl border border-line bg-surface">
      {title === undefined ? null : (
        <div
          className={classes('flex flex-wrap items-center justify-between gap-3 px-5 pt-4', flush ? 'pb-4' : 'pb-1')}
        >
          <div>
            <h2 className="font-semibold">{title}</h2>
            {about === undefined ? null : <p className="text-sm text-muted">{about}</p>}
          </div>
          {actions}
        </div>
      )}
      <div className={flush ? 'border-line' : 'p-5'}>{children}</div>
    </section>
  );
}

/** Numbers that a screen begins with. */
export function Stats({ children }: { readonly children: ReactNode }) {
  return <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">{children}</dl>;
}

interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly unit?: string;
  readonly note?: ReactNode;
}

export function Stat({ label, value, unit, note }: StatProps) {
  return (
    <div className="rounded-xl border border-line bg-surface px-4 py-3.5">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="mt-0.5 text-[1.6rem] leading-tight font-semibold">
        {value}
        {unit === undefined ? null : <span className="ml-1 text-sm font-normal text-muted">{unit}</span>}
      </dd>
      {note === undefined ? null : <dd className="text-sm text-muted">{note}</dd>}
    </div>
  );
}

/** Facts about one thing, name by name. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid gap-x-6 gap-y-2 sm:grid-cols-[max-content_1fr]">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted max-sm:text-sm">{name}</dt>
          <dd className="min-w-0 wrap-anywhere max-sm:mb-2">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
