/** A failure that its message explains completely, in one sentence for the person at the terminal. No stack is shown. */
export class StackError extends Error {
  override readonly name = 'StackError';
}
