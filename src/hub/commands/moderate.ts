import type { ModerateCommand } from '../../model/commands.js';
import { longestDuration } from '../../model/durations.js';
import { ChatError } from '../../model/errors.js';
import type { NameOwner } from '../../ports/engine.js';
import type { Context } from '../context.js';
import { kickFrom, sanction, withSanctions } from '../moderation.js';
import { roomOf } from '../names.js';
import type { Caller, CommandHandler } from './caller.js';
import { findUser } from './find-user.js';

/** Takes a user out of a room. */
export const kick: CommandHandler<'kick'> = {
  type: 'kick',
  async run(caller, command) {
    const { room, target } = await allowed(caller, command);
    await kickFrom(caller.node, room, { user: target.user }, 'KICKED', command.reason);
    caller.reply({ type: 'ok' });
  },
};

/** Keeps a user out of a room. */
export const ban: CommandHandler<'ban'> = { type: 'ban', run: impose };

/** Keeps a user from speaking in a room. */
export const mute: CommandHandler<'mute'> = { type: 'mute', run: impose };

/** Lets a user in again. */
export const unban: CommandHandler<'unban'> = { type: 'unban', run: lift };

/** Lets a user speak again. */
export const unmute: CommandHandler<'unmute'> = { type: 'unmute', run: lift };

async function impose(caller: Caller, command: ModerateCommand & { readonly type: 'ban' | 'mute' }): Promise<void> {
  const duration = milliseconds(command);
  const { room, target } = await allowed(caller, command);
  const { type, reason } = command;
  const options = { ...(duration === undefined ? {} : { duration }), ...(reason === undefined ? {} : { reason }) };
  await sanction(caller.node, room, type, { user: target.user }, options);
  caller.reply({ type: 'ok' });
}

async function lift(caller: Caller, command: ModerateCommand & { readonly type: 'unban' | 'unmute' }): Promise<void> {
  const { room, target } = await allowed(caller, command);
  const kind = command.type === 'unban' ? 'ban' : 'mute';
  await withSanctions(caller.node, room, (sanctions) => sanctions.lift(kind, { user: target.user }));
  caller.reply({ type: 'ok' });
}

async function allowed(
  { node, member }: Caller,
  command: ModerateCommand,
): Promise<{ room: string; target: NameOwner }> {
  const { context } = node;
  const room = roomOf(command.room, context.limits);
  const policy = context.policies.moderate;
  // Who may not moderate learns nothing about who is there.
  if (policy === undefined) throw new ChatError('FORBIDDEN', undefined, { room });
  const target = await targetOf(context, command);
  const facts = { member: member.handle, room, action: command.type, target };
  const answer = await context.runner.ask('moderate policy', policy, facts, member.goneSignal);
  if (answer !== true) throw new ChatError('FORBIDDEN', undefined, { room });
  return { room, target };
}

/** Who is kept out need not be known any more, such as a guest. */
async function targetOf(context: Context, { type, member }: ModerateCommand): Promise<NameOwner> {
  try {
    return await findUser(context, member);
  } catch (error) {
    if ((type !== 'unban' && type !== 'unmute') || !(error instanceof ChatError)) throw error;
    return { user: member, name: member };
  }
}

function milliseconds({ seconds }: ModerateCommand): number | undefined {
  if (seconds === undefined) return undefined;
  const duration = seconds * 1_000;
  if (duration > 0 && duration <= longestDuration) return duration;
  throw new ChatError('BAD_COMMAND', 'That is no time for which this could hold: leave it out for good.');
}
