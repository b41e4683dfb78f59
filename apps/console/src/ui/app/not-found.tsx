import { Link } from '@tanstack/react-router';
import { buttonClass } from '../design/button.tsx';

/** An address that has no screen. */
export function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center p-6 text-center">
      <div className="flex flex-col items-center gap-3">
        <h1 className="text-2xl font-semibold">There is no such page</h1>
        <p className="text-muted">The address may be mistyped, or the page has moved.</p>
        <Link to="/" className={buttonClass('primary')}>
          To the start
        </Link>
      </div>
    </main>
  );
}
