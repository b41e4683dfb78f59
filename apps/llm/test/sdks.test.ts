import { inOneFile } from '@turnpike/test-kit/in-one-file';
import { anthropicTests } from './sdks/anthropic.ts';
import { googleTests } from './sdks/google.ts';
import { openaiTests } from './sdks/openai.ts';
import { shareStage } from './sdks/stage.ts';

shareStage();
inOneFile({ openai: openaiTests, anthropic: anthropicTests, google: googleTests });
