import type { Kind, Victims } from './kind.js';

/** What happens all the time, and nobody is to notice. */
export const smallFaults: readonly Kind[] = [
  { name: 'subscribers cut', weight: 2, run: (victims) => ask(victims, 'CLIENT', 'KILL', 'TYPE', 'pubsub') },
  { name: 'scripts flushed', weight: 2, run: (victims) => ask(victims, 'SCRIPT', 'FLUSH') },
  { name: 'garbage published', weight: 3, run: publishGarbage },
];

async function ask({ world: { store } }: Victims, command: string, ...args: readonly string[]): Promise<string> {
  // It can't be asked for what it is to suffer.
  return store.up ? String(await store.ask(command, ...args)) : '';
}

/** What is no entry, no change and no signal; and what looks like an entry, of a log that is none. */
const garbage = [
  ...['', 'x', '?', '{', 'E\n', '\n\n\n', '\u0000\u0001', '0\n1\nnonsense', '1\n99999999999999999999\n{}'],
  '0\n5\n{"joined":[],"left":[],"renamed":[]}',
  'E\nnone\n"before"\nm\n"id"\n"user"\n7\n1\n{}\n"text"\n\n\n\n',
  'E\nnone\n\nm\n"id"\n"user"\nseven\n1\nno JSON\n"text"\n\n\n\n',
];

async function publishGarbage({ world: { store }, dice }: Victims): Promise<string> {
  if (!store.up) return '';
  const channels = (await store.ask('PUBSUB', 'SHARDCHANNELS', 'chathub:*')) as readonly string[];
  for (let count = 0; count < 10; count++) {
    const channel = dice.pick(channels);
    if (channel !== undefined) await store.ask('SPUBLISH', channel, dice.pick(garbage) ?? '');
  }
  return channels.length === 0 ? '' : `to ${channels.length} channels`;
}
