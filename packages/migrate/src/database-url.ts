/** The same server, credentials and options, another database. */
export function withDatabase(serverUrl: string, databaseName: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${encodeURIComponent(databaseName)}`;
  return url.href;
}

/** The same server, database and options, another login. */
export function withLogin(serverUrl: string, name: string, password: string): string {
  const url = new URL(serverUrl);
  url.username = encodeURIComponent(name);
  url.password = encodeURIComponent(password);
  return url.href;
}
