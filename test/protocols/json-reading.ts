import { ChatError, type Command, json, type ProtocolSession } from 'chathub';
import { expect } from 'vitest';

/** A connection that speaks the protocol; nothing is answered without the hub. */
export function open(): ProtocolSession {
  return json().open({ transport: 'memory', limits: { jsonDepth: 8 }, reply: () => expect.unreachable('a reply') });
}

/** What a frame asks for. */
export function read(frame: string): Command | null {
  return open().receive(frame);
}

/** What an object asks for, once it is on the wire. */
export function readObject(command: object): Command | null {
  return read(JSON.stringify(command));
}

/** Why a frame is refused. */
export function refusal(frame: string): ChatError {
  try {
    read(frame);
  } catch (error) {
    if (error instanceof ChatError) return error;
    throw error;
  }
  return expect.unreachable(`it was not refused: ${frame}`);
}

/** So many arrays, one inside the other. */
export function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}
