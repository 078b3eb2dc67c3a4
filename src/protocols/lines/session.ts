import type { Command, HelloCommand } from '../../model/commands.js';
import { ChatError } from '../../model/errors.js';
import type { ServerEvent } from '../../model/events.js';
import type { ProtocolPeer, ProtocolSession } from '../../ports/protocol.js';
import { type Person, readCommand } from './commands.js';
import { JoinedRooms } from './rooms.js';

/** A person who connects is greeted at once, as somebody who may still `/auth` when guests are refused. */
const greeting: HelloCommand = Object.freeze({ type: 'hello', automatic: true });

/** One person's side of `lines`. */
export class LinesSession implements ProtocolSession, Person {
  readonly opening = greeting;
  readonly rooms = new JoinedRooms();
  readonly #peer: ProtocolPeer;

  constructor(peer: ProtocolPeer) {
    this.#peer = peer;
  }

  receive(frame: string): Command | null {
    refuseBareControls(frame);
    if (frame === '') return null;
    const command = this.#read(frame);
    if (command?.type === 'send') this.rooms.says(command.room);
    return command;
  }

  answered(event: ServerEvent): void {
    this.rooms.learn(event);

    // Pure `encode` can't say it: to a program `ok` answers a command that it knows, and a person wants a word.
    if (event.type === 'ok') this.tell('Done.');
  }

  tell(text: string): void {
    this.#peer.reply({ type: 'notice', text });
  }

  #read(frame: string): Command | null {
    if (!frame.startsWith('/')) return this.#say(frame);
    return frame.startsWith('//') ? this.#say(frame.slice(1)) : readCommand(frame.slice(1), this);
  }

  #say(text: string): Command {
    return { type: 'send', room: this.rooms.current, text };
  }
}

/** A terminal sends neither inside a line (RFC 854 has CR LF and CR NUL only); where frames are no lines, this is the check. */
function refuseBareControls(frame: string): void {
  if (frame.includes('\0') || /\r(?!\n)/.test(frame)) {
    throw new ChatError('BAD_FRAME', 'A line cannot hold a NUL or a bare CR.');
  }
}
