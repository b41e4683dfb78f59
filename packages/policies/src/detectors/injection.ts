import { detector, type Detector } from './detector.ts';

/** Phrases by which a text tries to become instructions; how sure each is, 0–1. A heuristic: it is there to be looked at, not to be relied on. */
export const INJECTION: readonly Detector[] = [
  detector(
    'prompt_injection',
    String.raw`(?i)\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+)?(?:of\s+)?(?:the\s+|your\s+|my\s+)?(?:previous|prior|above|earlier|preceding|foregoing|system)\s+(?:instructions?|prompts?|rules|messages|directions|guidelines)`,
    0.9,
  ),
  detector(
    'prompt_injection',
    String.raw`(?i)\b(?:reveal|print|show|repeat|output|leak|tell me)\s+(?:me\s+)?(?:the\s+|your\s+)?(?:full\s+|entire\s+|hidden\s+|original\s+|initial\s+)?(?:system\s+(?:prompt|message|instructions)|hidden\s+instructions)`,
    0.8,
  ),
  detector(
    'prompt_injection',
    String.raw`(?i)\byou\s+are\s+(?:now|no\s+longer)\s+(?:in\s+)?(?:DAN\b|developer\s+mode|jailbroken|unrestricted|an?\s+unrestricted|bound\s+by)`,
    0.8,
  ),
  detector(
    'prompt_injection',
    String.raw`(?i)\bpretend\s+(?:that\s+)?(?:you\s+have|there\s+are)\s+no\s+(?:rules|restrictions|guidelines|filters|limits)`,
    0.7,
  ),
  detector('prompt_injection', String.raw`(?i)<\|(?:im_start|im_end|system|endoftext)\|>|\[/?INST\]|<<SYS>>`, 0.6),
  detector('prompt_injection', String.raw`(?i)\bnew\s+(?:system\s+)?instructions?\s*:`, 0.4),
];

/** Confidence from which on a phrase counts, by how sensitive a rule is. */
export const INJECTION_CONFIDENCE = { low: 0.85, medium: 0.6, high: 0.3 } as const;
