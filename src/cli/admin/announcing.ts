import { setImmediate } from 'node:timers/promises';
import { ChatError, type ChatHub } from '../../index.js';

/** Rooms at once: others have their turn between them. */
const atOnce = 16;

/**
 * Says something as `server`: in one room, or in each that has members on this node.
 *
 * @returns in how many rooms it was said
 * @throws ChatError, whose message says how far it came
 */
export async function announce(hub: ChatHub, text: string, room: string | undefined): Promise<number> {
  if (room !== undefined) {
    await hub.room(room).send(text);
    return 1;
  }
  const names = Array.from(hub.localRooms(), ({ name }) => name);
  for (let said = 0; said < names.length; said += atOnce) {
    const some = names.slice(said, said + atOnce);
    const sent = await Promise.allSettled(some.map((name) => hub.room(name).send(text)));
    const failed = sent.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw stopped(failed.reason, said + sent.filter(isFulfilled).length, names.length);
    await setImmediate();
  }
  return names.length;
}

function isFulfilled({ status }: PromiseSettledResult<unknown>): boolean {
  return status === 'fulfilled';
}

function stopped(error: unknown, said: number, of: number): unknown {
  if (!(error instanceof ChatError) || said === 0) return error;
  return new ChatError(error.code, `It was said in ${said} of ${of} rooms: ${error.message}`, { cause: error });
}
