import type { JsonValue } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import { Gone } from '../gone.js';
import type { Aside, Caller, CommandHandler } from './caller.js';
import { checkedOrNone } from './content.js';

/** Asks the application. Its answer may take a while, and holds nothing else up. */
export const request: CommandHandler<'request'> = {
  type: 'request',
  pipelined: true,
  aside: true,
  run(caller, { name, data = null }): Aside {
    if (name === '' || name.length > 64) throw new ChatError('BAD_COMMAND', "A request's name has 1 to 64 characters.");
    return { aside: answer(caller, name, checkedOrNone(data, caller.node.context.limits)) };
  },
};

async function answer({ node, member, gone }: Caller, name: string, data: JsonValue) {
  const { requests, runner } = node.context;
  const { goneSignal } = member;
  // The connection may be another member's by then, or the member gone from it.
  const over = new Gone();
  const end = () => over.abort();
  gone.addEventListener('abort', end);
  goneSignal.addEventListener('abort', end);
  try {
    return { type: 'response', data: await requests.answer(runner, name, member.handle, data, over) } as const;
  } finally {
    gone.removeEventListener('abort', end);
    goneSignal.removeEventListener('abort', end);
  }
}
