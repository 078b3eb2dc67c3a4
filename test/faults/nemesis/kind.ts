import type { Dice } from '../../hub/model/dice.js';
import type { Crowd } from '../clients/crowd.js';
import type { FaultyNode } from '../world/node.js';
import type { World } from '../world/world.js';

/** What a fault can get at. */
export interface Victims {
  readonly world: World;
  readonly crowd: Crowd;
  readonly dice: Dice;
}

/** A kind of fault. */
export interface Kind {
  readonly name: string;
  /** How often it is chosen, once each has been. */
  readonly weight: number;
  /** Seconds that a run must have for it. Default: any. */
  readonly least?: number;
  /** Why it can't be had here. */
  lacks?(world: World): string | undefined;
  /** Breaks something, and resolves when it is whole again. Says what it did; nothing, when there was nothing to be done. */
  run(victims: Victims): Promise<string>;
}

/** After something was done to a node, or to Redis, all may take so long to come to rest. */
export const restTime = 4_000;

/** While Redis is not what it should be, all nodes are concerned. */
export function concerningAll<T>(world: World, work: () => Promise<T>, aftermath: number = restTime): Promise<T> {
  return world.concerns.during(world.nodes, aftermath, work);
}

export function concerning<T>(world: World, node: FaultyNode, work: () => Promise<T>): Promise<T> {
  return world.concerns.during([node], restTime, work);
}
