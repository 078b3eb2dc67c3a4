import { randomId } from '../../../src/model/ids.js';
import { Dice } from './dice.js';
import { operations } from './operations.js';
import { advance, answer, compare, settle } from './quiet.js';
import { type Profile, World } from './world.js';

/** Operations between two quiet moments. */
const stretch = 50;

/**
 * Runs random operations, looks at everything in between, and lets everybody go.
 *
 * @param script - how many operations; or a seed for each, so that what is left of them does much the same when some are taken out
 */
export async function drive(
  seed: number,
  profile: Profile,
  script: number | readonly number[],
  counts: Map<string, number>,
): Promise<void> {
  const count = typeof script === 'number' ? script : script.length;
  const secure = seedIds(seed);
  const world = new World(seed, profile, counts);
  let done = 0;
  try {
    await answer(world, world.hub.listen(...Object.values(world.transports)));
    while (done < count) {
      for (const end = Math.min(count, done + stretch); done < end; ) {
        if (typeof script !== 'number') world.dice.reseed(script[done] as number);
        while (!operate(world));
        done++;
        await pause(world);
        stopIfFailed(world);
      }
      await settle(world);
      stopIfFailed(world);
      await compare(world);
      stopIfFailed(world);
    }
    await everybodyGoes(world, seed % 2 === 0);
    stopIfFailed(world);
    for (const [kind, times] of Object.entries(world.injected())) world.count(`fault.${kind}`, times);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const again = `CHATHUB_MODEL_SEED=${seed} CHATHUB_MODEL_OPS=${count}`;
    throw new Error(`${profile.name}, after ${done} operations (${again}): ${why}`, { cause });
  } finally {
    crypto.getRandomValues = secure;
  }
}

/** Ids decide little, yet something: whether one could be a name. With ids of its own a seed does the same again. */
function seedIds(seed: number): typeof crypto.getRandomValues {
  const secure = crypto.getRandomValues;
  const dice = new Dice(seed ^ 0x5eed);
  crypto.getRandomValues = ((bytes: Uint8Array) => {
    bytes.forEach((_, at) => {
      bytes[at] = dice.below(256);
    });
    return bytes;
  }) as typeof secure;
  // What is left of bytes that were fetched before.
  randomId(1_024);
  return secure;
}

function operate(world: World): boolean {
  const [name, run] = world.dice.weighted(operations);
  const acted = run(world) !== false;
  if (acted) world.count(`op.${name}`);
  return acted;
}

/** Lets little time go by, or none, so that what comes next meets what is under way at any of its steps. */
async function pause(world: World): Promise<void> {
  const { dice } = world;
  const how = dice.next();
  if (how < 0.45) return;
  if (how < 0.65) for (let ticks = dice.between(1, 25); ticks > 0; ticks--) await undefined;
  else if (how < 0.85) for (let hops = dice.between(1, 4); hops > 0; hops--) await new Promise(setImmediate);
  else if (how < 0.97) await world.clock.advance(dice.between(0, 60));
  else if (how < 0.995) await world.clock.advance(dice.between(100, 2_500));
  else await world.clock.advance(dice.between(2_500, 35_000));
  for (const client of world.clients) client.pump();
}

function stopIfFailed(world: World): void {
  if (world.failure !== undefined) throw new Error(world.failure);
}

/** Nothing is left of anybody but the logs that retention keeps. */
async function everybodyGoes(world: World, closing: boolean): Promise<void> {
  const { hub, clock, engine, model, limits } = world;
  for (const ear of world.ears) hub.room(ear.room).off('message', ear.listener);
  world.ears = [];
  if (!closing) {
    for (const client of world.clients) leaveSomehow(world, client);
    await settle(world);
    await advance(world, limits.resumeWindow + limits.helloTimeout);
    const { connections, members, rooms } = hub.status();
    world.check(connections + members + rooms === 0, `left: ${JSON.stringify(hub.status())}`);
    world.check(engine.handles.subscriptions === 1, `left: ${JSON.stringify(engine.handles)}`);
    world.check(clock.pending === 0, `${clock.pending} timers left`);
    world.check(model.sessions.size + model.rooms.size === 0, 'somebody is left in the model');
    await compare(world);
  }
  world.closing = true;
  const closed = hub.close();
  let done = false;
  void closed.then(() => (done = true));
  for (let waited = 0; !done && waited < 60_000; waited += 500) await advance(world, 500);
  world.check(done, 'close() never resolved');
  await closed;
  await advance(world, 15_000);
  const { connections, members, rooms } = hub.status();
  world.check(connections + members + rooms === 0, `left after close(): ${JSON.stringify(hub.status())}`);
  world.check(
    Object.values(engine.handles).every((open) => open === 0),
    `left open: ${JSON.stringify(engine.handles)}`,
  );
  world.check(clock.pending === 0, `${clock.pending} timers left after close()`);
  // What outlives the process is closed with it.
  const keeps = engine.direct.durability !== 'process';
  const left = keeps ? undefined : await engine.direct.presence.rooms({ limit: 10 });
  world.check(!left?.rooms.length, `left in the engine: ${JSON.stringify(left)}`);
  world.check(
    world.clients.every(({ isOpen }) => !isOpen),
    'a connection is left',
  );
  // What outlives the process keeps sessions, and the names of guests, for those who come back.
  for (const { user, name } of model.owners.values()) {
    world.check(keeps || user.length < 10, `"${name}" is still the name of ${user}`);
  }
}

function leaveSomehow(world: World, client: World['clients'][number]): void {
  if (!client.isOpen) return;
  client.endsSession = true;
  if (client.session !== undefined) world.causes.add(`end ${client.session.id}`);
  const how = world.dice.below(4);
  if (how === 0 || !client.canSend) client.peer.cut();
  else if (how === 1) client.peer.end();
  else if (how === 2) client.peer.leave();
  else client.send({ type: 'quit' });
  client.finished ??= 'quit';
}
