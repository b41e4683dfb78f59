import { useOperation } from '../../api/queries.ts';
import { credits } from '../../design/format.ts';
import { Page, Stat, Stats } from '../../design/page.tsx';
import { Loaded } from '../../design/states.tsx';

/** Where one begins. */
export function StartScreen() {
  const balance = useOperation('credits.getBalance', {}, { personal: true });
  return (
    <Page title="Start" about="What you have, and what to do first.">
      <Loaded query={balance}>
        {(data) => (
          <Stats>
            <Stat label="Credits to spend" value={credits(data.balance)} />
            <Stat label="Spent so far" value={credits(data.lifetime_spent)} />
          </Stats>
        )}
      </Loaded>
    </Page>
  );
}
