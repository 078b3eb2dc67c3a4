import { createInterface } from 'node:readline';
import { Over, Unsure } from './chat.js';
import type { OpenChat } from './interactive.js';
import { Place } from './place.js';
import { Breaks, withoutSecret } from './typed.js';

/** Where lines come from, and go to. */
export interface Pipe {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Is given sentences about the connection. */
  note(sentence: string): void;
}

/** Why it ended, where that is no good end. */
type Failure = string | undefined;

/**
 * A chat for programs: each line that comes in is said, each that is told goes out, and nothing else. Without `once`, it goes on when the
 * input has ended, until a signal comes, the server ends it, or nobody reads it any more.
 *
 * @param once - ends when all that came in is acknowledged; tells nothing but what comes meanwhile
 * @param told - resolves when a signal says that it shall end
 * @returns undefined; or what went wrong, in a sentence
 */
export async function chatThroughPipe(
  openChat: OpenChat,
  { input, output, note }: Pipe,
  once: boolean,
  told: Promise<void>,
): Promise<Failure> {
  const place = new Place();
  let speaking = !once;
  const line = (text: string) => void (speaking && output.write(`${text}\n`));
  // Whoever says something once is told whether it was taken, and does not wait for another connection.
  const reader = { line, note: once ? () => undefined : note };
  const chat = openChat({ strict: true, history: once ? 0 : 10 }, place, reader);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const typist = new Typist(chat.say.bind(chat), place, () => {
    speaking = true;
  });
  const unwritten = new Promise<Failure>((resolve) => {
    output.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') resolve(`What comes can not be written (${code}).`);
      // Whether all was acknowledged is told by the exit code, too.
      else if (!once) resolve(undefined);
    });
  });
  const said = sayAll(lines, typist, once, note).catch((error: unknown) => {
    if (error instanceof Over) return chat.over;
    throw error;
  });
  const interrupted = told.then(() => (once ? 'Not all was acknowledged before a signal ended it.' : undefined));
  const failure = await Promise.race([said, chat.over, unwritten, interrupted]);
  lines.close();
  chat.close();
  await chat.over;
  return failure;
}

/** Resolves when all is said and that is the end. */
async function sayAll(
  lines: AsyncIterable<string>,
  typist: Typist,
  once: boolean,
  note: (sentence: string) => void,
): Promise<Failure> {
  for await (const line of lines) {
    if (/^\/quit(?:\s|$)/i.test(line)) return undefined;
    const failure = line === '' ? undefined : await typist.say(line);
    if (failure === undefined) continue;
    const sentence = `Not acknowledged (${failure.replace(/^! /, '')}): ${withoutSecret(line)}`;
    if (once) return sentence;
    note(sentence);
  }
  if (once) return typist.ready();
  // Whoever only listens goes on listening.
  return new Promise(() => undefined);
}

/** Says lines one after the other, all to the room that was chosen. */
class Typist {
  readonly #say: (line: string) => Promise<readonly string[]>;
  readonly #place: Place;
  readonly #begins: () => void;
  readonly #breaks = new Breaks();
  #room: string | undefined;
  #begun = false;

  /** @param begins - is called before the first line is said */
  constructor(say: (line: string) => Promise<readonly string[]>, place: Place, begins: () => void) {
    this.#say = say;
    this.#place = place;
    this.#begins = begins;
  }

  /** Resolves when one is in; with why not, where that is so. */
  async ready(): Promise<Failure> {
    if (this.#begun) return undefined;
    this.#begun = true;
    const failure = await this.#try('');
    this.#room = this.#place.room;
    this.#begins();
    return failure;
  }

  /** Says a line; resolves with what is against it. */
  async say(line: string): Promise<Failure> {
    const failure = await this.ready();
    if (failure !== undefined) return failure;
    await this.#breaks.next();
    // A server may put somebody into a room late: that is none to say it in.
    const astray = this.#room !== undefined && this.#room !== this.#place.room && this.#place.rooms.has(this.#room);
    const refusal = (astray ? await this.#try(`/switch ${this.#room}`) : undefined) ?? (await this.#try(line));
    if (line.startsWith('/')) this.#room = this.#place.room;
    this.#breaks.answered();
    return refusal;
  }

  async #try(line: string): Promise<Failure> {
    try {
      const [refusal] = await this.#say(line);
      return refusal;
    } catch (error) {
      if (error instanceof Unsure) return error.message;
      throw error;
    }
  }
}
