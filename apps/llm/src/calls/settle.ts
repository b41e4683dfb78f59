import { within } from '@turnpike/service-kit';
import { costOfReported, tariffFor, type Tariffs } from '../prices/cost.ts';
import { isPossible, usageOf, type Reported, type UsageSource } from '../usage/usage.ts';
import type { Call, Charge, ReadRequest } from './call.ts';

/** Bytes of text for a token of an answer that was broken off; English has about four. */
const BYTES_PER_TOKEN = 4;

/** How a call ended, as far as its price goes. */
export interface Ending {
  /** What the vendor said of its use. */
  readonly reported: Reported | undefined;
  /** It stands for the whole answer. */
  readonly complete: boolean;
  /** Bytes of text that the model had written. */
  readonly writtenBytes: number;
}

/** What was charged, and by what. */
export interface Settled {
  readonly reported: Reported | undefined;
  readonly source: UsageSource;
  readonly costMicro: bigint;
  /** Micro-credits that can be spent after it; `undefined` where nothing was held. */
  readonly leftMicro: bigint | undefined;
}

export interface SettleTools {
  readonly tariffs: Tariffs;
  readonly settleWaitMs: number;
  readonly onSettled: (source: UsageSource, costMicro: bigint, overHold: boolean) => void;
}

/** Returns what was held: nothing was done for it. */
export async function release(charge: Charge | undefined, { settleWaitMs }: SettleTools): Promise<void> {
  if (charge !== undefined) await within(Promise.all([charge.hold.release(), charge.spend?.end(0n)]), settleWaitMs);
}

/** An answer, as far as it decides what the call costs. */
export interface EndedAnswer {
  readonly failed: boolean;
  ending(whole: boolean): Ending;
}

/**
 * Charges for an answer, or returns what was held: what failed before it brought anything costs nothing, and nothing is settled then.
 *
 * @param answer `undefined` where the vendor gave none that counts
 * @param whole it came to its end
 */
export async function settleAnswer(
  call: Call,
  read: ReadRequest,
  charge: Charge | undefined,
  answer: EndedAnswer | undefined,
  whole: boolean,
  tools: SettleTools,
): Promise<Settled | undefined> {
  const ending = answer?.ending(whole);
  const brought = ending !== undefined && (ending.writtenBytes > 0 || ending.reported !== undefined);
  const failed = answer?.failed === true && ending?.writtenBytes === 0;
  if (ending === undefined || failed || !(whole || brought)) {
    await release(charge, tools);
    return undefined;
  }
  return await settle(call, read, charge, ending, tools);
}

/**
 * Charges for an answer, by what the vendor reported; by what was delivered where it reported nothing or only a part; and all that was held where
 * a whole answer says nothing. Resolves when that is recorded, or after `settleWaitMs`.
 */
async function settle(
  call: Call,
  read: ReadRequest,
  charge: Charge | undefined,
  ending: Ending,
  tools: SettleTools,
): Promise<Settled> {
  const { reported, source } = usedBy(read, believed(ending));
  if (charge === undefined) return { reported, source, costMicro: 0n, leftMicro: undefined };
  const { hold, price, priceOf, spend } = charge;
  const costMicro =
    reported === undefined
      ? hold.amount
      : costOfReported(reported, {
          price,
          priceOf,
          provider: call.provider,
          tier: reported.tier ?? read.tier,
          tariff: tariffFor(call.credential, tools.tariffs),
        });
  tools.onSettled(source, costMicro, costMicro > hold.amount);
  await within(Promise.all([hold.settle(costMicro), spend?.end(costMicro)]), tools.settleWaitMs);
  return { reported, source, costMicro, leftMicro: hold.left(costMicro) };
}

/** What a vendor reports that cannot be is not charged by. */
function believed(ending: Ending): Ending {
  const { reported } = ending;
  return reported === undefined || isPossible(reported) ? ending : { ...ending, reported: undefined };
}

function usedBy(read: ReadRequest, { reported, complete, writtenBytes }: Ending): Pick<Settled, 'reported' | 'source'> {
  if (reported !== undefined && complete) return { reported, source: 'provider' };
  if (writtenBytes === 0 && reported === undefined) return { reported: undefined, source: 'none' };
  const written = Math.ceil(writtenBytes / BYTES_PER_TOKEN);
  const usage =
    reported === undefined
      ? usageOf({ ...read.estimate.usage, output: written, output_audio: 0, output_image: 0, output_video: 0 })
      : { ...reported.usage, output: Math.max(reported.usage.output, written) };
  return {
    reported: { ...reported, usage, tier: reported?.tier, geo: reported?.geo ?? read.geo },
    source: reported === undefined ? 'estimated' : 'provider_partial',
  };
}
