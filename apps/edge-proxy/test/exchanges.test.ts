import { accessLog } from './exchanges/access-log.ts';
import { anUpstreamThatNeverAnswers } from './exchanges/an-upstream-that-never-answers.ts';
import { clockThatStepsBack } from './exchanges/clock-that-steps-back.ts';
import { closedConnectionsAreMadeAgain } from './exchanges/closed-connections-are-made-again.ts';
import { metering } from './exchanges/metering.ts';
import { oneCallersStreamsStopNobody } from './exchanges/one-callers-streams-stop-nobody.ts';
import { skewedClocks } from './exchanges/skewed-clocks.ts';
import { upstreamDecidesWhatIsCharged } from './exchanges/upstream-decides-what-is-charged.ts';
import { onOneStack } from './support/on-one-stack.ts';

onOneStack({
  'access log': accessLog,
  'an upstream that never answers': anUpstreamThatNeverAnswers,
  'clock that steps back': clockThatStepsBack,
  'closed connections are made again': closedConnectionsAreMadeAgain,
  metering,
  "one caller's streams stop nobody": oneCallersStreamsStopNobody,
  'skewed clocks': skewedClocks,
  'upstream decides what is charged': upstreamDecidesWhatIsCharged,
});
