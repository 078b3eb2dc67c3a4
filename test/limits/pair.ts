import type { LimitName, Limits } from 'chathub';
import { chat, type Wire } from '../hub/set-up.js';

/** A sentence of behaviour, and what proves it. */
type Proof = readonly [sentence: string, run: () => Promise<void>];

/** What a limit lets through at its value, and what becomes of what is beyond it. */
export interface Pair {
  readonly at: Proof;
  readonly beyond: Proof;
}

/** The pairs of some limits. */
export type Pairs = { readonly [name in LimitName]?: Pair };

/** Alice and bob, in the lobby of a hub with these limits. */
export async function twoInLobby(limits: Partial<Limits>, wire: Wire = {}) {
  const chatting = await chat({ limits }, wire);
  const [alice, bob] = [await chatting.connect('alice'), await chatting.connect('bob')];
  for (const client of [alice, bob]) await client.join('lobby');
  return { ...chatting, alice, bob };
}

/** `['m1', 'm2', …]` */
export const texts = (count: number) => Array.from({ length: count }, (_, index) => `m${index + 1}`);
