import type { Caller, CommandHandler } from './caller.js';

/** Rooms told in one reply. */
const mostRooms = 1_000;

/** Lists the rooms that have members, as far as the `list` policy shows them. */
export const rooms: CommandHandler<'rooms'> = {
  type: 'rooms',
  async run(caller) {
    const listed: { readonly name: string; readonly count: number }[] = [];
    let more = true;
    for (let after: string | undefined; more && listed.length < mostRooms; ) {
      const page = await caller.node.context.engine.presence.rooms(
        after === undefined ? { limit: mostRooms } : { after, limit: mostRooms },
      );
      for (const room of page.rooms) if (await mayList(caller, room.name)) listed.push(room);
      after = page.rooms.at(-1)?.name;
      more = page.more && after !== undefined;
    }
    caller.reply({ type: 'rooms', rooms: listed.slice(0, mostRooms) });
  },
};

function mayList({ node, member }: Caller, room: string): boolean | Promise<boolean> {
  const { policies, runner } = node.context;
  if (policies.list === undefined) return true;
  return runner.ask('list policy', policies.list, { member: member.handle, room }, member.goneSignal);
}
