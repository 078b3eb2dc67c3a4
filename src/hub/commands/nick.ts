import { ChatError } from '../../model/errors.js';
import { nicknameOf } from '../names.js';
import type { Caller, CommandHandler } from './caller.js';

/** Takes another name. */
export const nick: CommandHandler<'nick'> = {
  type: 'nick',
  async run(caller, command) {
    const { name } = nicknameOf(command.name, caller.node.context.limits);
    await mayTakeName(caller, name);
    await caller.member.renameTo(name, (event) => caller.reply(event), caller.link);
  },
};

/** @throws ChatError when the policy refuses */
export async function mayTakeName({ node, member }: Pick<Caller, 'node' | 'member'>, name: string): Promise<void> {
  const { policies, runner } = node.context;
  if (policies.nick === undefined) return;
  const answer = await runner.ask('nick policy', policies.nick, { member: member.handle, name }, member.goneSignal);
  if (answer === false) throw new ChatError('FORBIDDEN');
}
