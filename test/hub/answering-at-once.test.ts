import {
  ChatHub,
  type Connection,
  type ConnectionHandler,
  type Framing,
  json,
  type Protocol,
  plainText,
} from 'chathub';
import { describe, expect, onTestFinished, test } from 'vitest';

/** One connection of a transport that tells when the frames of a read begin and end, and what was written to it. */
async function dial(hub: ChatHub, protocol: Protocol, framing: Framing = lines) {
  const writes: string[] = [];
  let isBlocked = false;
  let terminated = false;
  let handler: ConnectionHandler | undefined;
  await hub.listen({
    name: 'pipe',
    addresses: [],
    async start(accept) {
      const connection: Connection = {
        transport: 'pipe',
        protocol,
        framing,
        remoteAddress: '127.0.0.1',
        secure: false,
        bufferedBytes: 0,
        get blocked() {
          return isBlocked;
        },
        write: (bytes) => void writes.push(new TextDecoder().decode(bytes)),
        pause() {},
        resume() {},
        close() {},
        terminate: () => {
          terminated = true;
        },
      };
      handler = accept(connection);
    },
    async stop() {},
  });
  onTestFinished(async () => {
    handler?.closed('lost');
    await hub.close();
  });
  return {
    writes,
    get terminated() {
      return terminated;
    },
    block: (blocked: boolean) => {
      isBlocked = blocked;
      if (!blocked) handler?.drained();
    },
    read(...frames: string[]) {
      handler?.cork?.();
      for (const frame of frames) handler?.receive(frame, framing);
      handler?.uncork?.();
    },
    receive: (frame: string) => handler?.receive(frame, framing),
  };
}

const lines: Framing = {
  frame(payloads) {
    let end = 0;
    const ends = payloads.map((payload) => (end += payload.length + 1));
    return { bytes: new TextEncoder().encode(payloads.map((payload) => `${payload}\n`).join('')), ends };
  },
};

function echo(): ChatHub {
  const hub = new ChatHub();
  hub.on('message', ({ member, text }) => member.send(text));
  return hub;
}

const turns = async (count = 8) => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
};

describe('what the frames of one read are answered with', () => {
  test('has left in one write when the read is over', async () => {
    const peer = await dial(echo(), plainText());
    await turns();
    peer.read('one', 'two', 'three');
    expect(peer.writes).toEqual(['one\ntwo\nthree\n']);
    await turns();
    expect(peer.writes).toHaveLength(1);
  });

  test('leaves at the end of the turn where the transport does not tell of reads', async () => {
    const peer = await dial(echo(), plainText());
    await turns();
    for (const line of ['one', 'two']) peer.receive(line);
    expect(peer.writes).toEqual([]);
    await turns();
    expect(peer.writes).toEqual(['one\ntwo\n']);
  });

  test('waits for a peer that takes no more, and keeps its order', async () => {
    const peer = await dial(echo(), plainText());
    await turns();
    peer.block(true);
    peer.read('one');
    peer.read('two');
    await turns();
    expect(peer.writes).toEqual([]);
    peer.block(false);
    peer.read('three');
    await turns();
    expect(peer.writes.join('')).toBe('one\ntwo\nthree\n');
  });

  test('leaves in pieces when it is a lot, so that the server need not hold all of it', async () => {
    const peer = await dial(echo(), plainText());
    await turns();
    const long = Array.from({ length: 64 }, (_, index) => `${index} ${'x'.repeat(1_000)}`);
    for (const line of long) peer.receive(line);
    expect(peer.writes.length).toBeGreaterThanOrEqual(3);
    await turns();
    expect(peer.writes.join('')).toBe(long.map((line) => `${line}\n`).join(''));
  });

  test('leaves with the batch of a room, and in front of it, where that is among it', async () => {
    const peer = await dial(new ChatHub(), json());
    peer.receive('{"type":"join","room":"lobby"}');
    await turns();
    peer.writes.length = 0;
    peer.read(
      '{"type":"send","id":1,"room":"lobby","text":"hello"}',
      '{"type":"send","id":2,"room":"lobby","text":"again"}',
    );
    expect(peer.writes).toEqual([]);
    await turns();
    const types = peer.writes.map((bytes) =>
      bytes
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    );
    expect(types).toEqual([['sent', 'sent', 'message', 'message']]);
  });

  test('costs the connection alone that can not be framed', async () => {
    const hub = echo();
    const stages: string[] = [];
    hub.on('error', ({ stage }) => stages.push(stage));
    const failing: Framing = {
      frame: () => {
        throw new Error('no');
      },
    };
    const peer = await dial(hub, plainText(), failing);
    await turns();
    expect(() => peer.read('one')).not.toThrow();
    expect(peer.terminated).toBe(true);
    expect(stages).toEqual(['pipe']);
  });
});
