import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { readStackConfig } from '../src/config.ts';
import { settlePorts } from '../src/process/ports.ts';

describe('configuration', () => {
  test('has the documented ports', () => {
    expect(readStackConfig({}).ports).toEqual({
      EDGE_PORT: 8080,
      AUTH_PORT: 8081,
      USERS_PORT: 8082,
      CREDITS_PORT: 8083,
      USAGE_PORT: 8085,
      LLM_PORT: 8084,
      CONSOLE_PORT: 8088,
      DOWNSTREAM_PORT: 8090,
      MAIL_UI_PORT: 8025,
    });
  });

  test('keeps data in .data of the repository, or where DATA_DIR says', () => {
    expect(readStackConfig({}).dataDir).toMatch(/\/\.data$/);
    expect(readStackConfig({ DATA_DIR: '/somewhere/else' }).dataDir).toBe('/somewhere/else');
  });

  test.each([
    [{ EDGE_PORT: '80 80' }, 'EDGE_PORT must be a port number'],
    [{ EDGE_PORT: '-1' }, 'EDGE_PORT must be a port number'],
    [{ AUTH_PORT: '65536' }, 'AUTH_PORT must be a port number'],
    [{ EDGE_PORT: '8081' }, 'EDGE_PORT and AUTH_PORT are both 8081'],
    [{ DATABASE_URL: 'mysql://host/x' }, 'DATABASE_URL must be a URL like postgresql://'],
    [{ DATABASE_URL: 'nonsense' }, 'DATABASE_URL must be a URL like postgresql://'],
    [{ REDIS_URL: 'host:6379' }, 'REDIS_URL must be a URL like redis://'],
    [{ SMTP_URL: 'http://host' }, 'SMTP_URL must be a URL like smtp://'],
  ])('%j is refused with its name', (environment, message) => {
    expect(() => readStackConfig(environment)).toThrow(message);
  });

  test('does not repeat a URL, which may hold a password', () => {
    expect(() => readStackConfig({ DATABASE_URL: 'mysql://root:hunter2@host/x' })).not.toThrow('hunter2');
  });
});

describe('ports', () => {
  test('a busy one is named together with its variable', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(settlePorts({ EDGE_PORT: port })).rejects.toThrow(
      `Port ${port} is already in use: free it, or set EDGE_PORT to another port.`,
    );
    await new Promise((resolve) => server.close(resolve));
    expect(await settlePorts({ EDGE_PORT: port })).toEqual({ EDGE_PORT: port });
  });

  test('all that cannot be had are told at once', async () => {
    const servers = [createServer(), createServer()];
    const ports = await Promise.all(
      servers.map(async (server) => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        return (server.address() as AddressInfo).port;
      }),
    );
    const [one = 0, two = 0] = ports;
    await expect(settlePorts({ EDGE_PORT: one, AUTH_PORT: 0, MAIL_UI_PORT: two })).rejects.toThrow(
      `Port ${one} is already in use: free it, or set EDGE_PORT to another port.\nPort ${two} is already in use: free it, or set MAIL_UI_PORT to another port.`,
    );
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
  });

  test('0 becomes a free one, a different one for each', async () => {
    const { one, two } = await settlePorts({ one: 0, two: 0 });
    expect(one).toBeGreaterThan(0);
    expect(two).not.toBe(one);
  });
});
