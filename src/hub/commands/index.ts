import type { Command } from '../../model/commands.js';
import { block, blocked, unblock } from './block.js';
import type { CommandHandler } from './caller.js';
import { deletion } from './delete.js';
import { direct } from './direct.js';
import { edit } from './edit.js';
import { auth, hello } from './greet.js';
import { history } from './history.js';
import { join } from './join.js';
import { leave } from './leave.js';
import { members } from './members.js';
import { ban, kick, mute, unban, unmute } from './moderate.js';
import { nick } from './nick.js';
import { react } from './react.js';
import { read } from './read.js';
import { request } from './request.js';
import { rooms } from './rooms.js';
import { search } from './search.js';
import { send } from './send.js';
import { signal } from './signal.js';
import { message, ping, quit, refresh } from './small.js';
import { topic } from './topic.js';

/** Every command by its type. */
export const commands: { readonly [T in Command['type']]: CommandHandler<T> } = {
  auth,
  ban,
  block,
  blocked,
  delete: deletion,
  direct,
  edit,
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
  react,
  read,
  refresh,
  request,
  rooms,
  search,
  send,
  signal,
  topic,
  unban,
  unblock,
  unmute,
};
