import { signInMethods, signInProvider } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';

export const signInMethodsRoute = ({ browserFlow: { strategies }, config }: Context) =>
  route(signInMethods, () => {
    const inBrowser = config.AUTH_REDIRECT_URIS.length > 0;
    const providers = inBrowser ? signInProvider.options.filter((name) => strategies.isConfigured(name)) : [];
    return Promise.resolve({ status: 200, body: { demo: config.demoLogin, providers } });
  });
