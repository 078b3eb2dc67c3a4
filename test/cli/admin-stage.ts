import { request as httpRequest } from 'node:http';
import { onTestFinished, vi } from 'vitest';
import { AdminApi } from '../../src/cli/admin/api.js';
import { oneLine } from '../../src/cli/log.js';
import { WebServer } from '../../src/cli/web-server.js';
import type { ChatHub } from '../../src/index.js';
import { Proxies } from '../../src/transports/shared/proxies.js';
import { chat } from '../hub/set-up.js';

/** What administrators of tests know. */
export const token = 'a-token-for-tests-0123456789';

/** What is answered. */
export interface Answered {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  readonly body: any;
}

interface Asked {
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Buffer;
}

/** How an administrator asks. */
type Ask = (path: string, asked?: Asked) => Promise<Answered>;

/** A chat in memory, an administrator of it, and time that stands still. */
export async function administered(options: Parameters<typeof chat>[0] = {}, trustProxy: readonly string[] = []) {
  const stage = await chat(options);
  return { ...stage, ...(await administer(stage.hub, trustProxy)) };
}

/** The API of a hub, over HTTP. */
export async function administer(hub: ChatHub, trustProxy: readonly string[] = []) {
  const lines: string[] = [];
  const time = { now: 0 };
  const drain = vi.fn();
  const origins = ['https://chat.example.com'];
  const proxies = new Proxies(trustProxy);
  const admin = new AdminApi({
    hub,
    token,
    origins,
    proxies,
    drain,
    log: (sentence) => lines.push(oneLine(sentence)),
    now: () => time.now,
  });
  const place = { host: '127.0.0.1', port: 0, tls: false };
  const web = new WebServer({ place, page: undefined, engine: () => hub.status().engine, admin });
  await web.listen();
  web.open();
  onTestFinished(() => {
    web.close();
    admin.close();
  });
  const ask: Ask = (path, asked) => askAt(web.address, path, asked);
  const authorization = { Authorization: `Bearer ${token}` };
  /** The body of a list, a second later than the last one. */
  const list = async (path: string) => {
    time.now += 1_000;
    return (await ask(path, { headers: authorization })).body;
  };
  const act = (path: string, body: object, headers = {}) =>
    ask(path, {
      method: 'POST',
      headers: { ...authorization, 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return { ask, list, act, authorization, time, drain, lines, address: web.address };
}

/** Not by `fetch()`, which sets headers of its own. */
function askAt(address: string, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(`/admin/api/${path}`, address), { method, headers, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = String(Buffer.concat(chunks));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) });
      });
    });
    request.end(body);
  });
}
