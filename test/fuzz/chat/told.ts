import type { Entry, JoinedFacts, ServerEvent } from 'chathub';

/** What a client is told, as lines that can be read and compared: by names and places, without ids and times. */
export class Teller {
  /** Where each message stands, by its id. */
  readonly #places = new Map<string, number>();

  /** The line of an event; of a reply it begins with `=`. */
  line(event: ServerEvent): string {
    const reply = 're' in event && event.re !== undefined ? '= ' : '';
    return reply + this.#line(event);
  }

  #line(event: ServerEvent): string {
    switch (event.type) {
      case 'message':
      case 'direct':
      case 'edit':
      case 'delete':
      case 'reaction':
        return this.entry(event);
      case 'welcome': {
        const rooms = Object.entries(event.rooms).sort(([a], [b]) => (a < b ? -1 : 1));
        const standing = rooms.map(([room, facts]) => this.#facts(room, facts));
        return [`welcome ${event.member.name}${event.resumed ? ' again' : ''}`, ...standing].join('; ');
      }
      case 'joined':
        return this.#facts(event.room, event);
      case 'left':
        return `left ${event.room}${event.code === undefined ? '' : ` ${event.code}`}`;
      case 'sent':
        if (event.room !== undefined && !this.#places.has(event.message)) this.#places.set(event.message, event.offset);
        return `sent ${event.room ?? '@'} ${event.offset}${event.duplicate ? ' before' : ''}`;
      case 'presence': {
        const { joined, left, renamed } = event;
        const changes = [
          ...joined.map(({ name }) => `+${name}`),
          ...left.map(({ name }) => `-${name}`),
          ...renamed.map(({ was, name }) => `${was}>${name}`),
        ];
        return `${event.room}: ${changes.join(' ')} = ${event.count}`;
      }
      case 'signal':
        return `${event.room}: ${event.from.name} signals`;
      case 'topic':
        return `${event.room}: about "${event.text}" says ${event.from?.name}`;
      case 'read':
        return `${event.room}: read up to ${event.upTo}, ${event.unread} unread`;
      case 'renamed':
        return `renamed ${event.name}`;
      case 'history':
        return `history [${event.messages.map((message) => this.entry(message)).join(', ')}]${event.more ? ' more' : ''}`;
      case 'members':
        return `members ${namesOf(event.members)} ${event.count}`;
      case 'rooms':
        return `rooms ${event.rooms.map(({ name, count }) => `${name} ${count}`).sort()}`;
      case 'error':
        return `error ${event.code}`;
      default:
        return event.type;
    }
  }

  entry(entry: Entry): string {
    const room = 'room' in entry ? entry.room : '@';
    const place = `${room} ${entry.offset} ${entry.from.name}`;
    switch (entry.type) {
      case 'message': {
        this.#places.set(entry.id, entry.offset);
        const reactions = Object.values(entry.reactions ?? {}).map((users) => ` (${[...users].sort()})`);
        const changed = `${entry.edited === undefined ? '' : ' edited'}${entry.deleted === undefined ? '' : ' deleted'}`;
        return `${place}: ${entry.text}${changed}${reactions}`;
      }
      case 'direct':
        return `${place} to ${entry.to.name}: ${entry.text}`;
      case 'edit':
        return `${place} edits ${this.#places.get(entry.message)}: ${entry.text}`;
      case 'delete':
        return `${place} deletes ${this.#places.get(entry.message)}`;
      case 'reaction':
        return `${place} ${entry.removed ? 'takes back' : 'reacts'} ${this.#places.get(entry.message)}`;
      default:
        return 'unknown';
    }
  }

  /** Where nothing was said, a log may have begun anew, and nothing has to be recovered. */
  #facts(room: string, facts: JoinedFacts): string {
    const past = facts.entries.map((entry) => this.entry(entry)).join(', ');
    const people = room === '@' ? '' : ` ${namesOf(facts.members)} ${facts.count}`;
    const topic = facts.topic === undefined ? '' : ` "${facts.topic.text}"`;
    return `in ${room} at ${facts.offset}${facts.recovered && facts.offset > 0 ? ' recovered' : ''} [${past}]${people}${topic}`;
  }
}

function namesOf(members: readonly { readonly name: string }[] | undefined): string {
  return (members ?? [])
    .map(({ name }) => name)
    .sort()
    .join();
}
