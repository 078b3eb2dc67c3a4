import type { Command } from '../../model/commands.js';
import type { CommandHandler } from './caller.js';
import { direct } from './direct.js';
import { auth, hello } from './greet.js';
import { history } from './history.js';
import { join } from './join.js';
import { leave } from './leave.js';
import { members } from './members.js';
import { ban, kick, mute } from './moderate.js';
import { nick } from './nick.js';
import { request } from './request.js';
import { rooms } from './rooms.js';
import { send } from './send.js';
import { signal } from './signal.js';
import { message, ping, quit, refresh } from './small.js';

/** Every command by its type. */
export const commands: { readonly [T in Command['type']]: CommandHandler<T> } = {
  auth,
  ban,
  direct,
  hello,
  history,
  join,
  kick,
  leave,
  members,
  message,
  mute,
  nick,
  ping,
  quit,
  refresh,
  request,
  rooms,
  send,
  signal,
};
