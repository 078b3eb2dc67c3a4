import { describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { until } from '../../src/testing/checks.js';
import { WebSocketClient } from './json-client.js';
import { cluster, membersOf } from './many-nodes/set-up.js';
import { serveWeb } from './servers.js';

// Long enough for the lease (15 s) to run out; `CHATHUB_FREEZE=40 CHATHUB_WINDOW=30` takes as long as an operator would see.
const frozenFor = Number(process.env.CHATHUB_FREEZE ?? 24) * 1_000;
const resumeWindow = Number(process.env.CHATHUB_WINDOW ?? 6) * 1_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(missingTools().includes('redis-server'))('a node that is frozen', () => {
  test('and goes on speaks for nobody any more: its people have left once, and their names are free after the window', {
    timeout: frozenFor + resumeWindow + 90_000,
  }, async () => {
    const { server, node } = await cluster();
    const frozen = await serveWeb('--engine', server.url, '--limit', `resumeWindow=${resumeWindow}`);
    const { hub, enter } = await node({ limits: { resumeWindow } });
    const ann = new WebSocketClient(`${frozen.web.replace('http', 'ws')}/chat`);
    const welcome = await ann.request('welcome', { type: 'hello', name: 'ann' });
    await ann.request('joined', { type: 'join', room: 'den' });
    const bob = await enter({ token: 'bob' });
    const { client } = bob;
    await client.request('joined', { type: 'join', room: 'den' });
    expect(await membersOf(bob, 'den')).toEqual(['ann', 'bob']);

    frozen.program.kill('SIGSTOP');
    const began = performance.now();
    const left = () => client.of('presence').filter((event) => (event.left as unknown[]).length > 0);
    await until('the leave', () => left().length > 0, 20_500);
    const leftAfter = performance.now() - began;
    expect(left()).toMatchObject([{ room: 'den', left: [{ name: 'ann' }], count: 1 }]);
    // Reserved for whoever brings the secret, and for nobody else.
    expect(await client.ask({ type: 'nick', name: 'ann' })).toMatchObject({ code: 'NAME_TAKEN' });
    const isFree = async () => (await client.ask({ type: 'nick', name: 'ann' })).type === 'renamed';
    await until('the name to be free', isFree, resumeWindow + 10_000);
    const freeAfter = performance.now() - began;
    expect(freeAfter).toBeGreaterThan(resumeWindow + 5_000);
    await pause(frozenFor - freeAfter);

    frozen.program.kill('SIGCONT');
    expect(await ann.closed()).toMatchObject({ code: 4000 });
    // Longer than it would take to put somebody back.
    await pause(7_000);
    expect(await membersOf(bob, 'den')).toEqual(['ann']);
    expect((await hub.member(bob.member.id))?.name).toBe('ann');
    expect(left()).toHaveLength(1);
    expect(client.of('presence').filter((event) => (event.joined as unknown[]).length > 0)).toEqual([]);

    // The node begins anew: whoever comes to it is as welcome as anywhere.
    const again = new WebSocketClient(`${frozen.web.replace('http', 'ws')}/chat`);
    const fresh = await again.request('welcome', { type: 'hello', session: welcome.session });
    expect(fresh).toMatchObject({ resumed: false });
    await again.request('joined', { type: 'join', room: 'den' });
    await until('both', async () => (await membersOf(bob, 'den')).length === 2);
    console.info(`left after ${Math.round(leftAfter)} ms, name free after ${Math.round(freeAfter)} ms`);
  });
});
