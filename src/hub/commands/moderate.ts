import type { ModerateCommand } from '../../model/commands.js';
import { ChatError } from '../../model/errors.js';
import type { NameOwner } from '../../ports/engine.js';
import { kickFrom, sanction } from '../moderation.js';
import { roomOf } from '../names.js';
import type { Caller, CommandHandler } from './caller.js';
import { findUser } from './find-user.js';

/** Takes a user out of a room. */
export const kick: CommandHandler<'kick'> = {
  type: 'kick',
  async run(caller, command) {
    const { room, target } = await allowed(caller, command);
    await kickFrom(caller.node, room, target.user, 'KICKED', command.reason);
    caller.reply({ type: 'ok' });
  },
};

/** Keeps a user out of a room. */
export const ban: CommandHandler<'ban'> = {
  type: 'ban',
  async run(caller, command) {
    const { room, target } = await allowed(caller, command);
    await sanction(caller.node, room, 'ban', target.user, milliseconds(command), command.reason);
    caller.reply({ type: 'ok' });
  },
};

/** Keeps a user from speaking in a room. */
export const mute: CommandHandler<'mute'> = {
  type: 'mute',
  async run(caller, command) {
    const { room, target } = await allowed(caller, command);
    await sanction(caller.node, room, 'mute', target.user, milliseconds(command), command.reason);
    caller.reply({ type: 'ok' });
  },
};

async function allowed(
  { node, member }: Caller,
  command: ModerateCommand,
): Promise<{ room: string; target: NameOwner }> {
  const { context } = node;
  const room = roomOf(command.room, context.limits);
  const policy = context.policies.moderate;
  // Who may not moderate learns nothing about who is there.
  if (policy === undefined) throw new ChatError('FORBIDDEN', undefined, { room });
  const target = await findUser(context, command.member);
  const facts = { member: member.handle, room, action: command.type, target };
  const answer = await context.runner.ask('moderate policy', policy, facts, member.goneSignal);
  if (answer !== true) throw new ChatError('FORBIDDEN', undefined, { room });
  return { room, target };
}

function milliseconds({ seconds }: ModerateCommand): number | undefined {
  if (seconds === undefined) return undefined;
  if (!(seconds > 0)) throw new ChatError('BAD_COMMAND', 'A duration is more than nothing.');
  return seconds * 1_000;
}
