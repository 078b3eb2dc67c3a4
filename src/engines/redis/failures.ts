import { ChatError } from '../../model/errors.js';

/** What Redis answers when it can't do something now, by the first word of it. */
const known: Readonly<Record<string, string>> = {
  OOM: 'Redis is full (maxmemory).',
  READONLY: 'Redis is a replica now.',
  LOADING: 'Redis is starting.',
  MASTERDOWN: 'Redis has lost its primary.',
  CLUSTERDOWN: 'The Redis Cluster is down.',
  MISCONF: 'Redis can not write to its disk.',
  NOREPLICAS: 'Redis has not enough replicas.',
  BUSY: 'Redis is busy with a script.',
};

/** What went wrong in Redis, as callers are told it. */
export function unavailable(cause: unknown): ChatError {
  if (cause instanceof ChatError) return cause;
  return new ChatError('ENGINE_UNAVAILABLE', known[wordOf(cause)], { cause });
}

/** The first word of what Redis answered: its code. */
export function wordOf(error: unknown): string {
  return String((error as Error | undefined)?.message).split(' ', 1)[0] ?? '';
}

/** Whether the server that answered so is no primary any more: the next connection finds the one that is. */
export function isDemoted(error: unknown): boolean {
  return ['READONLY', 'MASTERDOWN'].includes(wordOf(error));
}

export function isNoScript(error: unknown): boolean {
  return wordOf(error) === 'NOSCRIPT';
}

export const closedError = (): ChatError => new ChatError('ENGINE_UNAVAILABLE', 'This node has closed.');
