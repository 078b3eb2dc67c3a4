import { sha256 } from '@noble/hashes/sha2.js';
import { encodeId } from '../model/ids.js';

const encoder = new TextEncoder();

/** A hash of some strings as an id of 22 characters (132 bits). Each string's length goes in, so that none can pose as two. */
export function digest(...parts: readonly string[]): string {
  return encodeId(sha256(encoder.encode(parts.map((part) => `${part.length}:${part}`).join(''))), 22);
}
