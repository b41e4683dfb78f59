import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { signInTests } from './way-in/sign-in.ts';
import { shareStage } from './way-in/stage.ts';
import { wallsTests } from './way-in/walls.ts';

shareStage();
inOneFile({ 'sign in': signInTests, walls: wallsTests });
