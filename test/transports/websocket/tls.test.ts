import { createServer } from 'node:https';
import { plainText } from 'chathub';
import { type WebSocketOptions, webSocket } from 'chathub/websocket';
import { describe, expect, test } from 'vitest';
import { host } from '../../hub/set-up.js';
import { application } from './application.js';
import { tls } from './certificate.js';
import { ask } from './raw-frames.js';
import { rawPeer } from './raw-peer.js';
import { Stage } from './stage.js';

describe('TLS', () => {
  const trusting = { ca: tls.cert, servername: 'localhost' };

  test.each<[string, () => Promise<WebSocketOptions>]>([
    ["of the application's own", async () => ({ server: await application(createServer(tls)) })],
    ['of ours', async () => ({ port: 0, tls })],
  ])('%s gives a wss address, and members whose way is secure', async (_whose, options) => {
    const transport = webSocket({ ...(await options()), path: '/chat', protocol: plainText() });
    const { hub } = await host({}, transport);
    const address = String(transport.addresses[0]);
    expect(address).toMatch(/^wss:\/\/127\.0\.0\.1:\d+\/chat$/);
    const member = new Promise((resolve) => hub.on('connect', ({ member }) => resolve(member)));
    hub.on('message', ({ member, text }) => member.send(`you said ${text}`));
    const peer = await rawPeer(address, trusting);
    expect(await member).toMatchObject({ secure: true, transport: 'websocket', remoteAddress: '127.0.0.1' });
    peer.send('hello');
    expect(await peer.next()).toBe('you said hello');
    peer.leave();
    expect((await peer.closed).code).toBe(1000);
  });

  test('counts for the origin of pages', async () => {
    const it = await new Stage({ port: 0, tls }).start();
    const origin = it.address.replace('wss:', 'https:').slice(0, -1);
    await rawPeer(it.address, { ...trusting, origin });
    await expect(rawPeer(it.address, { ...trusting, origin: 'https://evil.com' })).rejects.toThrow('403');
    // Whoever is on the way of a page without TLS may have written it.
    const plain = origin.replace('https:', 'http:');
    await expect(rawPeer(it.address, { ...trusting, origin: plain })).rejects.toThrow('403');
  });

  test('spoken to without is a dead end, of which nobody hears', async () => {
    const it = await new Stage({ port: 0, tls }).start();
    await expect(ask(it.address)).rejects.toThrow('without an answer');
    await rawPeer(it.address, trusting);
    expect(it.sides).toHaveLength(1);
    expect(it.errors).toEqual([]);
  });
});
