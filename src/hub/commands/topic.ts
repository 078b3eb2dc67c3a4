import type { Author } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { Limits } from '../../model/limits.js';
import { fitsBytes } from '../../model/text.js';
import type { Context } from '../context.js';
import { membershipOf } from './appending.js';
import type { CommandHandler } from './caller.js';
import { mayRead } from './may-read.js';
import { maySpeak } from './may-speak.js';

/** Says what a room is about, or asks for it. */
export const topic: CommandHandler<'topic'> = {
  type: 'topic',
  send: true,
  async run(caller, command) {
    const { node, member } = caller;
    const { limits, policies, runner, engine } = node.context;
    if (command.topic === undefined) {
      const room = await mayRead(caller, command.room);
      const present = await engine.state.get(room, topicKey);
      return caller.reply({ type: 'topic', room, text: '', ...(present as object | undefined) });
    }
    const membership = membershipOf(caller, command.room);
    const { room } = membership;
    maySpeak(caller, membership);
    checkTopic(command.topic, limits);
    const facts = { member: member.handle, room: room.name, topic: command.topic };
    const allowed =
      policies.topic === undefined ? true : await runner.ask('topic policy', policies.topic, facts, member.goneSignal);
    if (allowed === false) throw new ChatError('FORBIDDEN', undefined, { room: room.name });
    await setTopic(node.context, room.name, command.topic, member.author);
    node.context.events.emit('topic', { member: member.handle, room: room.name, topic: command.topic });
    caller.reply({ type: 'ok' });
  },
};

/** Keeps a topic, or that there is none. */
export function setTopic(
  { engine, clock }: Context,
  room: string,
  text: string,
  { id, user, name }: Author,
): Promise<void> {
  const value = text === '' ? undefined : { text, from: { id, user, name }, at: clock.now() };
  return engine.state.set(room, topicKey, value);
}

/** Under which a room's topic is kept. */
export const topicKey = 'topic';

/** @throws ChatError `TOO_LONG` */
export function checkTopic(text: string, { topicBytes }: Limits): void {
  if (!fitsBytes(text, topicBytes)) throw new ChatError('TOO_LONG', `A topic may have ${topicBytes} bytes.`);
}
