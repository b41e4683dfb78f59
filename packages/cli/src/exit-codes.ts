/** Exit codes of every command; docs/command-line.md tells scripts what they mean. */
/** Something is wrong, or another than it was said to be; or the act was refused. */
export const EXIT_BAD = 1;
/** Those of sysexits.h: the command was not written as its help says. */
export const EXIT_USAGE = 64;
/** A file has faults. */
export const EXIT_DATA = 65;
/** The stack, the gateway or a store does not answer, so nothing is known. */
export const EXIT_UNAVAILABLE = 69;
/** It could not be done now; later it can. */
export const EXIT_TEMPORARY = 75;
/** A setting cannot be used, or is missing. */
export const EXIT_CONFIG = 78;

/** What the help says of them. */
export const EXIT_CODES =
  'Exit codes: 0 done; 1 refused; 64 wrong usage; 69 no gateway, or what it needs is down; 75 not now.';
