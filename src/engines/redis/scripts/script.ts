import { createHash } from 'node:crypto';

/** A Lua script, and what Redis knows it by. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/**
 * @param lua - the text; its first KEYS are its keys
 */
export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * The same script for a server that knows flags (Redis 7): it goes on where the memory is full. For what keeps a node alive,
 * and for what gives memory back.
 */
export function withoutMemoryLimit({ lua }: Script): Script {
  return script(`#!lua flags=allow-oom\n${lua}`);
}
