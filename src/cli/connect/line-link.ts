import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { oneLine } from '../../protocols/lines/terminal-text.js';
import { answerMs, Unsure } from './chat.js';
import { whyUnreachable } from './failures.js';
import { isWelcome } from './place.js';
import type { LinesTarget } from './target.js';

/** Milliseconds that a connection may take to stand. */
const openMs = 10_000;

/** Milliseconds without a word after which the server is asked whether it is there: a dead network says nothing. */
const quietMs = 60_000;

/** A line that has no end by now is none of a chat. */
const longestLine = 1_048_576;

/**
 * Messages are not acknowledged in lines. But commands are done in order, and this one is answered whatever room one is in, changes
 * nothing, and costs the server next to nothing: what was sent before it has been answered when its answer comes.
 */
const mark = '/blocked';
const marked = /^\* (?:You block nobody\.|Blocked: .*)$/;

/** The connection was lost before a line was written to it. */
export class Unsent extends Error {
  override readonly name = 'Unsent';
}

/** A line that waits for its answer. */
interface Exchange {
  readonly refusals: string[];
  /** Answers that look like the mark's, and are the line's own. */
  own: number;
  /** Is given each line that comes meanwhile: true where it is not to be told. */
  hides(line: string): boolean;
  resolve(refusals: readonly string[]): void;
  reject(error: Error): void;
}

/** One connection to a chat that speaks lines. */
export class LineLink {
  /** Hears each line but the answers that are looked for here. */
  heard: (line: string) => void = () => undefined;
  /** The last line that came: it may say why the connection is closed. */
  last = '';
  /** Resolves when the connection is no more. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  #unfinished = '';
  #greeted = false;
  #turn: Promise<unknown> = Promise.resolve();
  #exchange: Exchange | undefined;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.setNoDelay(true);
    socket.on('data', (text) => this.#receive(String(text)));
    // 'close' follows.
    socket.on('error', () => undefined);
    this.gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#end();
        resolve();
      });
    });
    this.#listen();
  }

  /**
   * Connects.
   *
   * @param ca - who may have signed the server's certificate; those whom Node.js knows, unless given
   * @param signal - gives up
   * @throws Error that says in a sentence why it can't
   */
  static async open(target: LinesTarget, ca: string | undefined, signal: AbortSignal): Promise<LineLink> {
    const socket = socketTo(target, ca);
    const giveUp = () => socket.destroy(new Error('given up'));
    const timer = setTimeout(() => socket.destroy(timeout()), openMs);
    signal.addEventListener('abort', giveUp);
    try {
      await new Promise((resolve, reject) => {
        socket.once(target.tls ? 'secureConnect' : 'connect', resolve);
        socket.once('error', reject);
        // Over TLS, a server may hang up without a word.
        socket.once('close', () => reject(Object.assign(new Error('hung up'), { code: 'ECONNRESET' })));
      });
      return new LineLink(socket);
    } catch (error) {
      throw new Error(whyUnreachable(error, target.name), { cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  /**
   * Says a line, when those before were answered, and resolves when it was: with the errors that came.
   *
   * @param hides - is given each line that comes meanwhile: true where it is not to be told
   * @throws Unsent; Unsure when the connection was lost behind it, or no answer came
   */
  exchange(line: string, hides: (line: string) => boolean = () => false): Promise<readonly string[]> {
    const answer = this.#turn.then(() => this.#say(line, hides));
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  /** Leaves in good order: the server hangs up. May be called more than once. */
  quit(): void {
    if (this.#over || this.#socket.writableEnded) return;
    this.#socket.end('/quit\n');
    setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }

  #say(line: string, hides: Exchange['hides']): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      if (this.#over || this.#socket.writableEnded) return reject(new Unsent('The connection is lost.'));
      const timer = setTimeout(() => this.#silent(), answerMs);
      const settle = <T>(how: (result: T) => void) => {
        return (result: T) => {
          clearTimeout(timer);
          this.#exchange = undefined;
          how(result);
        };
      };
      // What is asked for may be the very thing.
      const own = new RegExp(`^${mark}(?:\\s|$)`, 'i').test(line) ? 1 : 0;
      this.#exchange = { refusals: [], own, hides, resolve: settle(resolve), reject: settle(reject) };
      this.#socket.write(`${line}\n${mark}\n`);
    });
  }

  #receive(text: string): void {
    this.#listen();
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) this.#take(oneLine(line.replace(/\r$/, '')));
    if (this.#unfinished.length > longestLine) this.#socket.destroy(new Error('What comes has no lines'));
  }

  #take(line: string): void {
    const exchange = this.#exchange;
    this.#greeted ||= isWelcome(line);
    if (exchange !== undefined && marked.test(line) && exchange.own-- === 0) {
      exchange.resolve(exchange.refusals);
      return;
    }
    this.last = line;
    if (line.startsWith('! ')) exchange?.refusals.push(line);
    if (exchange?.hides(line) !== true) this.heard(line);
    // Who has no session is told so, and the mark is not answered.
    if (!this.#greeted && line.startsWith('! UNAUTHENTICATED ')) exchange?.resolve(exchange.refusals);
  }

  /** Whoever says nothing for long is asked, by a line that does nothing. */
  #listen(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#timer = setTimeout(() => {
      if (this.#exchange === undefined) this.exchange('').catch(() => undefined);
    }, quietMs);
  }

  #silent(): void {
    this.#socket.destroy(timeout());
    this.#end();
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#exchange?.reject(new Unsure('The connection was lost.'));
  }
}

function socketTo({ place, tls }: LinesTarget, ca: string | undefined): Socket {
  if (!tls) return connect(place);
  const servername = 'host' in place && isIP(place.host) === 0 ? { servername: place.host } : {};
  return connectSecurely({ ...place, ...servername, ...(ca === undefined ? {} : { ca }) });
}

function timeout(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
}
