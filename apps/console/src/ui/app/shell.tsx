import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { LogOut, Menu, X, type LucideIcon } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { signOut } from '../api/client.ts';
import { sessionQuery, useSignedIn } from '../api/session.ts';
import { classes } from '../design/classes.ts';
import { Reauthentication } from './reauthentication-dialog.tsx';
import { tellOtherTabs } from './session-channel.ts';

/** A place in the navigation. */
export interface Place {
  readonly to: string;
  readonly name: string;
  readonly icon: LucideIcon;
  /** Only this very address counts as being there. */
  readonly exact?: boolean;
}

interface ShellProps {
  /** The part's name. */
  readonly part: string;
  readonly places: readonly (readonly Place[])[];
  /** Stands above the navigation. */
  readonly head?: ReactNode;
  /** A way to the other part. */
  readonly other?: Place | undefined;
  /** Stands in place of the screen that the address names. */
  readonly children?: ReactNode;
}

/** What surrounds every screen: where one can go, who is signed in, and the way out. */
export function Shell({ part, places, head, other, children }: ShellProps) {
  // Where it was opened: another screen finds it closed.
  const [openAt, setOpenAt] = useState<string | undefined>();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const open = openAt === path;
  const toggle = useRef<HTMLButtonElement>(null);
  const content = useRef<HTMLElement>(null);
  useEffect(() => {
    // The link that was chosen goes with the menu, and would take the focus along.
    if (openAt !== undefined && openAt !== path) content.current?.focus();
  }, [openAt, path]);
  useEffect(() => {
    if (!open) return;
    const close = ({ key }: KeyboardEvent): void => {
      if (key !== 'Escape') return;
      setOpenAt(undefined);
      toggle.current?.focus();
    };
    document.addEventListener('keydown', close);
    return () => document.removeEventListener('keydown', close);
  }, [open]);
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15.5rem_1fr]">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3">
        Skip to the content
      </a>
      <div className="flex items-center justify-between border-b border-line bg-surface px-4 py-2.5 lg:hidden">
        <Brand part={part} />
        <button
          ref={toggle}
          type="button"
          aria-expanded={open}
          aria-controls="navigation"
          aria-label={open ? 'Close the navigation' : 'Open the navigation'}
          onClick={() => setOpenAt(open ? undefined : path)}
          className="rounded-md p-2 hover:bg-sunken"
        >
          {open ? <X size={20} aria-hidden /> : <Menu size={20} aria-hidden />}
        </button>
      </div>
      <div
        id="navigation"
        className={classes(
          'flex-col gap-4 border-line bg-surface px-3 py-4 lg:sticky lg:top-0 lg:flex lg:h-dvh lg:overflow-y-auto lg:border-r',
          open ? 'flex border-b' : 'hidden',
        )}
      >
        <div className="px-2 max-lg:hidden">
          <Brand part={part} />
        </div>
        {head}
        <nav aria-label={part} className="flex flex-1 flex-col gap-4">
          {places.map((group) => (
            <ul key={group[0]?.to} className="flex flex-col gap-0.5">
              {group.map((place) => (
                <li key={place.to}>
                  <PlaceLink {...place} />
                </li>
              ))}
            </ul>
          ))}
        </nav>
        <div className="flex flex-col gap-0.5 border-t border-line pt-3">
          {other === undefined ? null : <PlaceLink {...other} />}
          <WhoIsThis />
        </div>
      </div>
      <main ref={content} id="content" tabIndex={-1} className="min-w-0 outline-none">
        {children ?? <Outlet />}
      </main>
      <Reauthentication />
    </div>
  );
}

function Brand({ part }: { readonly part: string }) {
  return (
    <Link to="/" className="flex items-center gap-2 rounded font-semibold">
      <svg viewBox="0 0 32 32" aria-hidden className="size-7">
        <rect width="32" height="32" rx="8" className="fill-solid" />
        <path
          d="M16 9v14M9 12.5l14 7M23 12.5l-14 7"
          className="fill-none stroke-white"
          strokeWidth="2.6"
          strokeLinecap="round"
        />
      </svg>
      Turnpike
      <span className="font-normal text-muted">{part}</span>
    </Link>
  );
}

function PlaceLink({ to, name, icon: Icon, exact = false }: Place) {
  return (
    <Link
      to={to}
      activeOptions={{ exact, includeSearch: false }}
      className="flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 text-muted hover:bg-sunken hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
    >
      <Icon size={17} aria-hidden />
      {name}
    </Link>
  );
}

function WhoIsThis() {
  const { me, shared } = useSignedIn();
  const name = [me.first_name, me.last_name].filter(Boolean).join(' ');
  return (
    <div className="flex items-center justify-between gap-2 px-2.5 pt-1">
      <div className="min-w-0">
        <p className="truncate text-sm font-medium">{name === '' ? (me.email ?? 'Signed in') : name}</p>
        <p className="truncate text-[0.8rem] text-muted">
          {shared ? 'Demo: look around, nothing is changed' : name === '' ? '' : (me.email ?? '')}
        </p>
      </div>
      <button
        type="button"
        aria-label="Sign out"
        title="Sign out"
        onClick={() => void signOut().finally(leave)}
        className="rounded-md p-2 text-muted hover:bg-sunken hover:text-text"
      >
        <LogOut size={17} aria-hidden />
      </button>
    </div>
  );
}

/** Tells the other tabs, and begins a new document, so nothing of what was seen stays in memory, and no screen is drawn once more without a session. */
function leave(): void {
  tellOtherTabs();
  globalThis.location.assign('/sign-in');
}

/** A part's screens, which know who is signed in. The session may end elsewhere: none of them is drawn then, and the way leads to the sign-in, and back here. */
export function WhileSignedIn({ children }: { readonly children: ReactNode }) {
  const { data } = useQuery(sessionQuery);
  const navigate = useNavigate();
  const href = useRouterState({ select: ({ location }) => location.href });
  const ended = data !== undefined && !data.signed_in;
  useEffect(() => {
    if (ended) void navigate({ to: '/sign-in', search: { next: href, ended: 'yes' } });
  }, [ended, href, navigate]);
  return ended ? null : children;
}
