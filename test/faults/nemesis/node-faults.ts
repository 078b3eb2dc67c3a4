import { connect } from 'node:net';
import { pause } from '../pause.js';
import type { FaultyNode } from '../world/node.js';
import { concerning, type Kind, restTime, type Victims } from './kind.js';

/** More than `ulimit -n` lets in. */
const tooMany = 80;

/** To nodes. That one of them has little memory, one few file descriptors, and no two the same time, is so in all of a run. */
export const nodeFaults: readonly Kind[] = [
  { name: 'node killed', weight: 4, run: (victims) => restart(victims, (node) => node.kill()) },
  { name: 'node drained', weight: 3, run: (victims) => restart(victims, drain) },
  { name: 'node frozen', weight: 4, run: freeze },
  { name: 'node blocked', weight: 3, run: block },
  { name: 'descriptors used up', weight: 2, run: useUpDescriptors },
];

/** One node, or two of them at the same time. */
async function restart({ world, dice }: Victims, end: (node: FaultyNode) => Promise<void>): Promise<string> {
  const first = dice.below(world.nodes.length);
  const count = dice.chance(25) ? 2 : 1;
  const chosen = Array.from({ length: count }, (_, index) => world.nodes[(first + index) % world.nodes.length]!);
  const rest = dice.between(100, 2_500);
  await world.concerns.during(chosen, restTime, () =>
    Promise.all(
      chosen.map(async (node) => {
        await end(node);
        await pause(rest);
        await node.start();
      }),
    ),
  );
  return chosen.map(({ name }) => name).join(' and ');
}

async function drain(node: FaultyNode): Promise<void> {
  const exit = await node.drain();
  if (exit !== 0) throw new Error(`${node.name} was told to end, and ended with ${exit}`);
}

async function freeze({ world, dice }: Victims): Promise<string> {
  const node = dice.pick(world.nodes)!;
  const ms = dice.between(1_000, 4_000);
  await concerning(world, node, async () => {
    node.freeze();
    await pause(ms);
    node.thaw();
  });
  return `${node.name} for ${ms} ms`;
}

async function block({ world, dice }: Victims): Promise<string> {
  const node = dice.pick(world.nodes)!;
  await concerning(world, node, async () => {
    node.block();
    await pause(3_200);
  });
  return node.name;
}

/** Many connect that say nothing, to the node that has few file descriptors: it goes on with those that it has. */
async function useUpDescriptors({ world, dice }: Victims): Promise<string> {
  const node = world.nodes.find(({ lot }) => lot.files !== undefined)!;
  let refused = 0;
  await concerning(world, node, async () => {
    const sockets = Array.from({ length: tooMany }, () => connect(node.tcp, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => undefined).on('close', () => refused++);
    await pause(dice.between(1_000, 2_500));
    for (const socket of sockets) socket.removeAllListeners('close').destroy();
  });
  return refused === 0 ? '' : `${refused} of ${tooMany} refused by ${node.name}`;
}
