import { ChatError } from '../../model/errors.js';
import { roomOf } from '../names.js';
import type { Caller, CommandHandler } from './caller.js';
import { pageLimit } from './history.js';

/** Joins a room, and shows of its past what is asked for. */
export const join: CommandHandler<'join'> = {
  type: 'join',
  async run(caller, command) {
    const { limits, pace } = caller.node.context;
    const room = roomOf(command.room, limits);
    const turn = pace.wait();
    if (turn !== undefined) await turn;
    if (caller.member.residence.get(room) === undefined) await mayJoin(caller, room);
    const history = Math.min(command.history ?? 0, pageLimit);
    await caller.member.joinRoom(room, { after: command.after, history }, (event) => caller.reply(event), caller.link);
  },
};

/** @throws ChatError when the policy refuses */
export async function mayJoin({ node, member }: Pick<Caller, 'node' | 'member'>, room: string): Promise<void> {
  const { policies, runner } = node.context;
  if (policies.join === undefined) return;
  const answer = await runner.ask('join policy', policies.join, { member: member.handle, room }, member.goneSignal);
  if (answer === false) throw new ChatError('FORBIDDEN', undefined, { room });
}
