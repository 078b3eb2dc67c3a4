import { describe, expect, test } from 'vitest';
import { ask } from './raw-frames.js';
import { stage } from './stage.js';

/** What the hub knows of a client, by the headers that come with its upgrade and who is believed. */
async function clientBehind(headers: { readonly [name: string]: string }, trustProxy?: readonly string[]) {
  const it = await stage({ trustProxy });
  const { side } = await it.link(headers);
  const { remoteAddress, remotePort, secure } = side.connection;
  return { remoteAddress, remotePort, secure };
}

describe('X-Forwarded-For', () => {
  test('of whoever is not listed is ignored', async () => {
    const forged = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' };
    for (const trusted of [undefined, [], ['192.0.2.1', '10.0.0.0/8', 'unix']])
      expect(await clientBehind(forged, trusted)).toMatchObject({ remoteAddress: '127.0.0.1', secure: false });
  });

  test.each<[string, string, string]>([
    ['one proxy', '203.0.113.7', '203.0.113.7'],
    ['two that are believed', '203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['one, with what a client wrote before it', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['two, with what a client wrote before them', '127.0.0.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['one, of another one of IPv6', '2001:db8::1', '2001:db8::1'],
    ['one that adds the port', '203.0.113.7:4711', '203.0.113.7'],
    ['one that adds the port to IPv6', '[2001:db8::1]:4711', '2001:db8::1'],
    ['one that has IPv4 in IPv6', '::ffff:203.0.113.7', '203.0.113.7'],
    ['one that wrote nothing of use', 'unknown', '127.0.0.1'],
    ['one that wrote nothing of use behind an address', '203.0.113.7, unknown', '127.0.0.1'],
    ['one that wrote nothing', ' , ,', '127.0.0.1'],
    ['nobody but proxies', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
  ])('through %s says who the client is', async (_what, header, address) => {
    const trusted = ['loopback', '10.0.0.0/8'];
    expect(await clientBehind({ 'X-Forwarded-For': header }, trusted)).toMatchObject({ remoteAddress: address });
  });

  test('leaves the port unknown, and X-Forwarded-Proto says whether the way is encrypted', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'http, https' };
    const expected = { remoteAddress: '203.0.113.7', remotePort: undefined, secure: true };
    expect(await clientBehind(headers, ['loopback'])).toEqual(expected);
    expect(await clientBehind({ 'X-Forwarded-Proto': 'http' }, ['loopback'])).toMatchObject({ secure: false });
  });

  test('tells whom the limits per address are for', async () => {
    const it = await stage({ trustProxy: ['loopback'] });
    await ask(it.address, { 'X-Forwarded-For': '203.0.113.7' });
    await ask(it.address, { 'X-Forwarded-For': 'nonsense' });
    expect(it.asked).toEqual(['203.0.113.7', '127.0.0.1']);
  });
});
