import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { RedisServer } from '../../engines/redis/server.js';
import { ChaosNode } from './node.js';

const nodeNames = ['one', 'two', 'three'];

/** What can be broken: three nodes and their Redis. What was acknowledged survives whatever happens to them. */
export class World {
  /** Where logs are. */
  readonly folder: string;
  readonly redis: RedisServer;
  readonly nodes: readonly ChaosNode[];
  /** It answers, as far as we know. */
  redisUp = true;

  private constructor(folder: string, redis: RedisServer, nodes: readonly ChaosNode[]) {
    this.folder = folder;
    this.redis = redis;
    this.nodes = nodes;
  }

  static async create(folder: string): Promise<World> {
    const redis = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
    const nodes = await Promise.all(nodeNames.map((name) => ChaosNode.create(name, folder, redis)));
    const world = new World(folder, redis, nodes);
    try {
      await Promise.all(nodes.map((node) => node.start()));
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** Writes a line of what was done to it. */
  note(what: string): void {
    appendFileSync(path.join(this.folder, 'nemesis.log'), `${new Date().toISOString()} ${what}\n`);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
    await this.redis.end();
  }
}
