import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { attacksTests } from './way-in/attacks.ts';
import { budgetsTests } from './way-in/budgets.ts';
import { keyboardTests } from './way-in/keyboard.ts';
import { readsTests } from './way-in/reads.ts';
import { signInTests } from './way-in/sign-in.ts';
import { shareStage } from './way-in/stage.ts';
import { wallsTests } from './way-in/walls.ts';

shareStage();
inOneFile({
  'sign in': signInTests,
  walls: wallsTests,
  'what screens read': readsTests,
  'requests of a screen': budgetsTests,
  'keys alone': keyboardTests,
  attacks: attacksTests,
});
