import assert from 'node:assert/strict';
import type { Check } from '../checks.js';
import type { TransportConformanceOptions } from './options.js';
import { kitProtocol, onStage, Stage, take, within } from './stage.js';

/** Clauses 1, 2 and 4 of Transport. */
export function startingChecks(options: TransportConformanceOptions): readonly Check[] {
  return [
    {
      name: 'addresses are empty before start(), and URLs after it',
      async run() {
        const stage = new Stage(await options.create(kitProtocol));
        assert.deepEqual(stage.transport.addresses, []);
        await within('start()', stage.start());
        assert.notEqual(stage.transport.addresses.length, 0);
        for (const address of stage.transport.addresses) assert.ok(URL.canParse(address), `${address} is no URL`);
        await stage.tearDown();
      },
    },
    {
      name: 'stop() may be called before start(), and more than once',
      async run() {
        const unstarted = await options.create(kitProtocol);
        await within('stop() before start()', unstarted.transport.stop());
        const stage = new Stage(await options.create(kitProtocol));
        await within('start()', stage.start());
        await within('two stops at once', Promise.all([stage.transport.stop(), stage.transport.stop()]));
        await within('a third stop()', stage.transport.stop());
      },
    },
    onStage(options, 'accept is called once for each peer, with a connection of its own', async (stage) => {
      const links = [await stage.link(), await stage.link(), await stage.link()];
      for (const [index, { peer }] of links.entries()) peer.send(`from ${index}`);
      for (const { hub } of links) await hub.received(1);
      assert.deepEqual(
        links.map(({ hub }) => hub.frames),
        [['from 0'], ['from 1'], ['from 2']],
      );
      assert.equal(stage.sides.length, 3);
      assert.equal(new Set(stage.sides.map(({ connection }) => connection)).size, 3);
    }),
    onStage(
      options,
      'a connection knows its transport and protocol, and begins with nothing to write',
      async (stage) => {
        const { hub } = await stage.link();
        assert.equal(hub.connection.transport, stage.transport.name);
        assert.equal(hub.connection.protocol, kitProtocol);
        assert.equal(typeof hub.connection.secure, 'boolean');
        assert.equal(hub.connection.bufferedBytes, 0);
        assert.equal(hub.connection.blocked, false);
      },
    ),
    onStage(options, 'a peer that the hub refuses hears why, and is closed', async (stage) => {
      stage.onAccept = (connection) => {
        connection.write(connection.framing.frame(['no']).bytes);
        connection.close({ code: 4504, reason: 'ABUSE' });
        return false;
      };
      const peer = await stage.connect();
      assert.deepEqual(await take(peer, 1), ['no']);
      await within('the end of the connection', peer.closed);
    }),
    onStage(options, 'stop() lets nobody in, and leaves those alone who are in', async (stage) => {
      const { peer, hub } = await stage.link();
      await within('stop()', stage.transport.stop());
      await assert.rejects(() => stage.connect());
      peer.send('still here');
      await hub.received(1);
      hub.write('so am I');
      assert.deepEqual(await take(peer, 1), ['so am I']);
    }),
    ...(options.createFailing === undefined ? [] : [failing(options.createFailing)]),
  ];
}

function failing(create: NonNullable<TransportConformanceOptions['createFailing']>): Check {
  return {
    name: 'start() rejects when it cannot listen, and leaves nothing open',
    async run() {
      const transport = await create();
      const stage = new Stage({ transport, connect: () => Promise.reject(new Error('nobody listens')) });
      await assert.rejects(stage.start(), Error);
      assert.deepEqual(transport.addresses, []);
      await within('stop()', transport.stop());
    },
  };
}
