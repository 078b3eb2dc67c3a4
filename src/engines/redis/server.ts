import type { Durability } from '../../ports/engine.js';
import type { Link } from './link.js';

/** What is at the other end. */
export interface Server {
  /** It has shard channels. */
  readonly sharded: boolean;
  /** It knows flags of scripts. */
  readonly flags: boolean;
  readonly durability: Durability;
  readonly warnings: readonly string[];
}

/** Asks the server, of a Cluster each primary, what it is and how it keeps what it is given. */
export async function serverOf(link: Link): Promise<Server> {
  const infos = await link.info('server');
  const versions = infos.map((info) => /^redis_version:(\d+)\.(\d+)[^\r\n]*/m.exec(info));
  const majors = versions.map((version) => Number(version?.[1] ?? 0));
  const isSeven = majors.every((major) => major >= 7);
  const kept = await link.info('persistence').catch(() => []);
  const hasLog = kept.length > 0 && kept.every((info) => /^aof_enabled:1/m.test(info));
  const syncs = hasLog ? await link.setting('appendfsync') : [];
  const evictions = await link.setting('maxmemory-policy');
  const warnings: string[] = [];
  if (kept.length > 0 && !hasLog)
    warnings.push(
      'Redis has "appendonly no": messages that were acknowledged are lost with it. "appendonly yes" keeps them.',
    );
  if (evictions.some((policy) => policy !== undefined && policy !== 'noeviction'))
    warnings.push(
      'Redis may drop rooms and sessions when its memory is full. "maxmemory-policy noeviction" refuses new messages instead.',
    );
  return {
    sharded: isSeven,
    flags: isSeven,
    durability: syncs.length > 0 && syncs.every((sync) => sync === 'always') ? 'synced' : 'stored',
    warnings,
  };
}
