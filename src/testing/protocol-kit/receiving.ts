import assert from 'node:assert/strict';
import {
  ChatError,
  type Command,
  limitTable,
  type Protocol,
  type ProtocolSession,
  type ServerEvent,
} from '../../index.js';
import type { Check } from '../checks.js';
import { commandFault } from '../command-shape.js';
import { enteredLobby, eventsWith } from './events.js';
import { hostileFrames } from './frames.js';
import { hostileStrings } from './hostile.js';
import type { ProtocolConformanceOptions } from './options.js';

/** Clause 2 of Protocol, and what follows from sessions being one connection's each. */
export function receivingChecks({ create, ...options }: ProtocolConformanceOptions): readonly Check[] {
  const { frames: samples = [], runs = 3_000, seed = 1 } = options;
  return [
    {
      name: 'a session opens with a command, or with nothing',
      async run() {
        const { session } = opened(create());
        if (session.opening !== undefined) mustBeCommand(session.opening, 'the opening');
      },
    },
    {
      name: 'receive() understands the frames that clients send',
      async run() {
        const { session } = opened(create());
        for (const event of enteredLobby()) session.answered?.(event);
        for (const frame of samples) assert.doesNotThrow(() => session.receive(frame), `${shown(frame)} was refused`);
      },
    },
    {
      name: 'receive() returns a command or throws a ChatError, whatever comes in',
      async run() {
        const { session, replies, protocol } = opened(create());
        for (const frame of hostileFrames(seed, runs, samples)) outcomeOf(session, frame);
        for (const event of replies) protocol.encode(event);
        assert.equal('polluted' in {}, false);
      },
    },
    {
      name: 'a session goes on after any event that answered it',
      async run() {
        const { session } = opened(create());
        const events = hostileStrings.flatMap(eventsWith);
        const frames = [...hostileFrames(seed + 1, events.length, samples)];
        for (const [index, event] of events.entries()) {
          assert.doesNotThrow(() => session.answered?.(event), shown(JSON.stringify(event)));
          outcomeOf(session, frames[index] ?? '');
        }
      },
    },
    {
      name: 'a command stays as it was when the session goes on',
      async run() {
        const { session } = opened(create());
        const commands: { readonly command: Command; readonly before: unknown }[] = [];
        for (const frame of hostileFrames(seed + 2, runs, samples)) {
          const { command } = outcomeOf(session, frame);
          if (command) commands.push({ command, before: structuredClone(command) });
        }
        for (const { command, before } of commands) assert.deepEqual(command, before);
      },
    },
    {
      name: 'sessions do not hear of each other',
      async run() {
        const protocol = create();
        const [busy, quiet, alone] = [opened(protocol).session, opened(protocol).session, opened(create()).session];
        const frames = [...samples, ...hostileFrames(seed + 3, runs, samples)];
        for (const frame of frames) outcomeOf(busy, frame);
        for (const event of enteredLobby()) busy.answered?.(event);
        for (const frame of frames) assert.deepEqual(outcomeOf(quiet, frame), outcomeOf(alone, frame), shown(frame));
      },
    },
  ];
}

interface Outcome {
  readonly command?: Command | null;
  readonly refusal?: string;
}

/** What became of a frame; anything but a command, null and a ChatError is a breach. */
function outcomeOf(session: ProtocolSession, frame: string): Outcome {
  const outcome = attempt(session, frame);
  if (outcome.command !== null && outcome.refusal === undefined) {
    mustBeCommand(outcome.command, `what ${shown(frame)} became`);
  }
  return outcome;
}

function attempt(session: ProtocolSession, frame: string): Outcome {
  try {
    return { command: session.receive(frame) };
  } catch (error) {
    if (error instanceof ChatError) return { refusal: `${error.code} ${error.message}` };
    throw new Error(`receive() threw no ChatError for ${shown(frame)}`, { cause: error });
  }
}

function mustBeCommand(command: unknown, what: string): void {
  const fault = commandFault(command);
  if (fault !== undefined) assert.fail(`${what} is no command: ${fault}`);
}

function opened(protocol: Protocol) {
  const replies: ServerEvent[] = [];
  const session = protocol.open({
    transport: 'conformance',
    limits: { jsonDepth: limitTable.jsonDepth.value },
    reply: (event) => void replies.push(event),
  });
  return { protocol, session, replies };
}

function shown(frame: string): string {
  return JSON.stringify(frame.length > 200 ? `${frame.slice(0, 200)}…` : frame);
}
