import { ChatHub, lines } from 'chathub';
import { connectClient, memoryTransport, objectProtocol } from 'chathub/testing';
import { describe, expect, test } from 'vitest';
import { gatedEngine, stillClock } from './set-up.js';

const never = () => new Promise<never>(() => undefined);

describe('listening.close()', () => {
  test('loses nothing that was never written: it is shown after /resume', async () => {
    // A session that the hub ended itself forgot what stood in its outbox: its position was behind messages that nobody saw.
    const clock = stillClock();
    const hub = new ChatHub({ clock });
    const [one, two] = ['one', 'two'].map((name) => memoryTransport({ name, protocol: lines(), highWaterMark: 1_024 }));
    if (one === undefined || two === undefined) throw new Error('Expected two transports');
    const listening = await hub.listen(one);
    await hub.listen(two);
    const peer = one.connect();
    peer.send('/join lobby');
    await clock.advance(0);
    const secret = /\/resume (\S+) /.exec(peer.received.join('\n'))?.[1];
    peer.stall();
    for (let number = 0; number < 10; number++) {
      await hub.room('lobby').send(`m${number} ${'x'.repeat(500)}`);
      await clock.advance(0);
    }
    const closing = listening.close({ drain: 1_000 });
    await clock.advance(1_000);
    await closing;
    const back = two.connect();
    back.send(`/resume ${secret}`);
    await clock.advance(0);
    // Two are on their way, which is all that the peer's window takes.
    const shown = back.received.join('\n').match(/m\d(?= x)/g);
    expect(shown).toEqual(['m2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']);
    await hub.close({ signal: AbortSignal.abort() });
  });

  test('does not keep hub.close() from ending all connections', async () => {
    // Those of a transport that was stopping already were nobody's: close() resolved while they were open.
    const clock = stillClock();
    const hub = new ChatHub({ clock });
    const transport = memoryTransport({ protocol: lines(), highWaterMark: 10 });
    const listening = await hub.listen(transport);
    const peer = transport.connect();
    peer.stall();
    peer.send('/help');
    await clock.advance(0);
    const stopping = listening.close({ drain: 10_000 });
    await clock.advance(0);
    expect(peer.isOpen).toBe(true);
    const closing = hub.close({ drain: 0 });
    await clock.advance(0);
    await clock.advance(1_000);
    await closing;
    expect(peer.isOpen).toBe(false);
    expect(hub.status().connections).toBe(0);
    await stopping;
  });
});

describe('hub.close(), when an engine call never settles', () => {
  const stuck = async (call: string) => {
    const clock = stillClock();
    const { engine, gates } = gatedEngine();
    const hub = new ChatHub({ clock, engine });
    const transport = memoryTransport({ protocol: objectProtocol() });
    await hub.listen(transport);
    const alice = await connectClient(transport, { name: 'alice' });
    await alice.join('lobby');
    gates.set(call, never);
    alice.tell({ type: 'send', room: 'lobby', text: 'hi' });
    await clock.advance(0);
    return { clock, hub, alice };
  };

  test.each(['presence.endSession', 'log.append'])('ends within the drain: %s', async (call) => {
    // It waited for the end of each session, and so for ever.
    const { clock, hub, alice } = await stuck(call);
    let closed = false;
    const closing = hub.close({ drain: 2_000 }).then(() => {
      closed = true;
    });
    await clock.advance(2_000);
    expect(closed).toBe(true);
    expect(alice.peer.isOpen).toBe(false);
    await closing;
  });

  test.each(['presence.endSession', 'log.append'])('ends at once when it is told to: %s', async (call) => {
    // The signal ended the wait for the clients, and not the one for the engine.
    const { clock, hub, alice } = await stuck(call);
    const giveUp = new AbortController();
    const closing = hub.close({ drain: 10_000, signal: giveUp.signal });
    await clock.advance(0);
    giveUp.abort();
    await closing;
    expect(alice.peer.isOpen).toBe(false);
  });
});
