import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { addressesOfProvidersTests } from './sign-in/addresses-of-providers.ts';
import { backendsCannotVouchForUsersTests } from './sign-in/backends-cannot-vouch-for-users.ts';
import { browserFlowTests } from './sign-in/browser-flow.ts';
import { comingBackTests } from './sign-in/coming-back.ts';
import { concurrentFirstSignInsTests } from './sign-in/concurrent-first-sign-ins.ts';
import { demoCreditsTests } from './sign-in/demo-credits.ts';
import { forgedCallbacksTests } from './sign-in/forged-callbacks.ts';
import { linkingInTheBrowserTests } from './sign-in/linking-in-the-browser.ts';
import { lookAlikeAddressCapturesAccountTests } from './sign-in/look-alike-address-captures-account.ts';
import { namesAreOneVisibleLineTests } from './sign-in/names-are-one-visible-line.ts';
import { oneTimeCodeReuseTests } from './sign-in/one-time-code-reuse.ts';
import { preRegisteredAccountCaptureTests } from './sign-in/pre-registered-account-capture.ts';
import { productionSignInTests } from './sign-in/production-sign-in.ts';
import { providerSignInTests } from './sign-in/provider-sign-in.ts';
import { signInTests } from './sign-in/sign-in.ts';
import { signUpCreditsAgainAndAgainTests } from './sign-in/sign-up-credits-again-and-again.ts';

inOneFile({
  'addresses of providers': addressesOfProvidersTests,
  'backends cannot vouch for users': backendsCannotVouchForUsersTests,
  'browser flow': browserFlowTests,
  'coming back': comingBackTests,
  'concurrent first sign ins': concurrentFirstSignInsTests,
  'demo credits': demoCreditsTests,
  'forged callbacks': forgedCallbacksTests,
  'linking in the browser': linkingInTheBrowserTests,
  'look alike address captures account': lookAlikeAddressCapturesAccountTests,
  'names are one visible line': namesAreOneVisibleLineTests,
  'one time code reuse': oneTimeCodeReuseTests,
  'pre registered account capture': preRegisteredAccountCaptureTests,
  'production sign in': productionSignInTests,
  'provider sign in': providerSignInTests,
  'sign in': signInTests,
  'sign up credits again and again': signUpCreditsAgainAndAgainTests,
});
