/** Nothing that a browser reads as another host: no second slash or backslash at the beginning, and no blanks that it would leave out. */
const OWN_PATH = /^\/(?![/\\])[\w/?=&.%~:@+,;!'()*$#-]{0,1000}$/;

/** Whether somebody may be led there after a sign-in: a path of this console, and no other site. */
export function isOwnPath(path: unknown): path is string {
  return typeof path === 'string' && OWN_PATH.test(path);
}
