import { exchangeCode } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { clientInfoOf } from '../../sessions/routes/client-info.ts';
import { throwRefusal } from '../../sessions/routes/refusals.ts';

export const exchangeCodeRoute = ({ browserFlow }: Context) =>
  route(exchangeCode, async (call) => {
    const { code, code_verifier: verifier } = call.body;
    const tokens = await browserFlow.codes.redeem(code, verifier ?? undefined, clientInfoOf(call)).catch(throwRefusal);
    return { status: 200, body: tokens.response };
  });
