import { ChatError } from '../../model/errors.js';
import { fitsBytes } from '../../model/text.js';
import { authenticate } from '../greeting.js';
import { expiry } from '../welcome.js';
import type { CommandHandler } from './caller.js';

/** Proves that the server answers. */
export const ping: CommandHandler<'ping'> = {
  type: 'ping',
  run: (caller) => caller.reply({ type: 'pong' }),
};

/** Leaves everything and closes. */
export const quit: CommandHandler<'quit'> = {
  type: 'quit',
  early: true,
  run: (caller) => caller.finish(),
};

/** A frame for the application: the whole of the plain-text protocol. */
export const message: CommandHandler<'message'> = {
  type: 'message',
  run({ node, member }, { text }) {
    const { events, limits } = node.context;
    if (!fitsBytes(text, limits.frameBytes)) throw new ChatError('TOO_LONG');
    events.emit('message', { member: member.handle, room: undefined, text, message: undefined });
  },
};

/** A fresh token of the same user. */
export const refresh: CommandHandler<'refresh'> = {
  type: 'refresh',
  async run(caller, command) {
    const user = await authenticate(caller, { token: command.token });
    if (user?.id !== caller.member.user.id) throw new ChatError('UNAUTHENTICATED', 'That token is of somebody else.');
    caller.member.user = user;
    caller.reply({ type: 'ok', ...expiry(user, caller.node.context.clock) });
  },
};
