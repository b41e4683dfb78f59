import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { ErrorState } from '../design/states.tsx';

/** A screen that could not be shown. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main className="mx-auto max-w-2xl p-6">
      <h1 className="sr-only">Something went wrong</h1>
      <ErrorState
        error={error}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </main>
  );
}
