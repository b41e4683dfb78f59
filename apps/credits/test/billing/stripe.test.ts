import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { endsTests } from './stripe/ends.ts';
import { eventsTests } from './stripe/events.ts';
import { periodsTests } from './stripe/periods.ts';
import { planChangesTests } from './stripe/plan-changes.ts';
import { shareStage } from './stripe/stage.ts';

shareStage();
inOneFile({ events: eventsTests, periods: periodsTests, 'plan changes': planChangesTests, ends: endsTests });
