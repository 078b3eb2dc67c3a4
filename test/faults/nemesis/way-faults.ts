import type { Dice } from '../../hub/model/dice.js';
import type { FaultProxy } from '../network/fault-proxy.js';
import { pause } from '../pause.js';
import { concerning, type Kind, type Victims } from './kind.js';

/** 256 kbit/s, in bytes. */
const slowLine = 32_768;

/** What can be done to any way, and how long it takes: made whole again by whoever does it. */
export const networkFaults = {
  cut: (proxy: FaultProxy) => proxy.cut(),
  stalled: (proxy: FaultProxy) => proxy.stall('up', 'down'),
  'cut one way': (proxy: FaultProxy, dice: Dice) => proxy.stall(dice.pick(['up', 'down'] as const)),
  delayed: (proxy: FaultProxy, dice: Dice) => proxy.delay(dice.between(50, 400)),
  'at 256 kbit/s': (proxy: FaultProxy) => proxy.throttle(slowLine),
} as const;

/** To the way of one node to Redis. */
export const wayFaults: readonly Kind[] = [
  ...Object.entries(networkFaults).map(([name, harm]) => ({
    name: `way ${name}`,
    weight: 2,
    run: (victims: Victims) => breakWay(victims, harm, victims.dice.between(300, 4_000)),
  })),
  // So long that more is missed than is kept, and not so long that the node is declared dead.
  {
    name: 'way cut for long',
    weight: 1,
    run: (victims) => breakWay(victims, networkFaults.cut, victims.dice.between(10_500, 12_500)),
  },
  { name: 'way flapping', weight: 2, run: flap },
];

async function breakWay(
  { world, dice }: Victims,
  harm: (proxy: FaultProxy, dice: Dice) => void,
  ms: number,
): Promise<string> {
  const node = dice.pick(world.nodes)!;
  await concerning(world, node, async () => {
    harm(node.way, dice);
    await pause(ms);
    node.way.mend();
  });
  return `of ${node.name} for ${ms} ms`;
}

async function flap({ world, dice }: Victims): Promise<string> {
  const node = dice.pick(world.nodes)!;
  const times = dice.between(4, 10);
  await concerning(world, node, () => flapping([node.way], dice, times));
  return `of ${node.name}, ${times} times`;
}

/** There and not there, several times a second. */
export async function flapping(proxies: readonly FaultProxy[], dice: Dice, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    for (const proxy of proxies) proxy.cut();
    await pause(dice.between(20, 300));
    for (const proxy of proxies) proxy.mend();
    await pause(dice.between(50, 400));
  }
}
