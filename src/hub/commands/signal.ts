import { ChatError } from '../../model/errors.js';
import type { CommandHandler } from './caller.js';
import { checkedOrNone } from './content.js';
import { mayRead } from './may-read.js';

/** Tells those who are in a room now something that is not stored, such as that somebody types. */
export const signal: CommandHandler<'signal'> = {
  type: 'signal',
  async run(caller, { room: asked, name, data = null }) {
    const { node, member } = caller;
    if (name === '' || name.length > 64) throw new ChatError('BAD_COMMAND', "A signal's name has 1 to 64 characters.");
    const room = await mayRead(caller, asked);
    // Who may not speak may not do so by way of signals either.
    node.sanctions.checkMute(member.who);
    const membership = member.residence.get(room);
    membership?.room.state.sanctions.checkMute(membership);
    const payload = {
      signal: name,
      from: member.author,
      data: checkedOrNone(data, node.context.limits),
      except: member.id,
    };
    await node.rooms.publish(room, payload);
    caller.reply({ type: 'ok' });
  },
};
