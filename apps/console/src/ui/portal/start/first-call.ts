/** A first call in some languages, with the address of the gateway in place. */
export interface FirstCall {
  readonly id: 'curl' | 'typescript' | 'python';
  readonly name: string;
  readonly text: string;
}

/** @param path what is read, which costs nothing */
export function firstCalls(gatewayUrl: string, path: string): readonly FirstCall[] {
  const url = gatewayUrl + path;
  return [
    { id: 'curl', name: 'curl', text: `curl ${url} \\\n  -H "X-API-Key: $API_KEY"` },
    {
      id: 'typescript',
      name: 'TypeScript',
      text: `const response = await fetch('${url}', {\n  headers: { 'X-API-Key': process.env.API_KEY ?? '' },\n});\nconsole.log(await response.json());`,
    },
    {
      id: 'python',
      name: 'Python',
      text: `import json, os, urllib.request\n\nrequest = urllib.request.Request("${url}", headers={"X-API-Key": os.environ["API_KEY"]})\nprint(json.load(urllib.request.urlopen(request)))`,
    },
  ];
}
