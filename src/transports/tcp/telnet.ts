/** What comes out of a {@link TelnetFilter}. */
export interface TelnetSink {
  /** Bytes that are no part of a command, in order. */
  data(bytes: Buffer): void;
  /** The person erased the line so far. */
  eraseLine(): void;
  /** What the other side has to be told. */
  answer(bytes: Uint8Array): void;
}

// RFC 854, "TELNET command structure".
const SE = 240;
const EC = 247;
const EL = 248;
const SB = 250;
const WILL = 251;
const WONT = 252;
const DO = 253;
const DONT = 254;
/** What every command begins with. */
export const IAC = 255;

/** EC asks for what DEL does, so it goes on as that byte. */
const DEL = Buffer.of(0x7f);

type State = 'data' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation command';

/**
 * Takes telnet's commands out of a stream of bytes, and refuses every option. Nothing of a command is stored but where
 * in it the stream stands, so a command may be cut anywhere and a subnegotiation may be endless.
 */
export class TelnetFilter {
  readonly #sink: TelnetSink;
  #state: State = 'data';
  #verb = 0;
  /** Made when first needed, as most connections come from no telnet client. Holds 512 at most. */
  #refused: Set<number> | undefined;
  #answers: number[] = [];

  constructor(sink: TelnetSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      at = this.#state === 'data' ? this.#data(chunk, at) : this.#command(chunk, at);
    }
    if (this.#answers.length === 0) return;
    this.#sink.answer(Uint8Array.from(this.#answers));
    this.#answers = [];
  }

  /** Hands on what comes before the next command. Returns where to go on. */
  #data(chunk: Buffer, from: number): number {
    const iac = chunk.indexOf(IAC, from);
    const to = iac === -1 ? chunk.length : iac;
    if (to > from) this.#sink.data(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to));
    if (iac === -1) return to;
    this.#state = 'command';
    return iac + 1;
  }

  /** Takes one byte of a command. Returns where to go on. */
  #command(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number;
    if (this.#state === 'command') {
      this.#state = this.#begin(byte);
      // The second IAC of two is itself the byte of data that they stand for.
      if (byte === IAC) this.#sink.data(chunk.subarray(at, at + 1));
    } else if (this.#state === 'option') {
      this.#refuse(byte);
      this.#state = 'data';
    } else if (this.#state === 'subnegotiation') {
      if (byte === IAC) this.#state = 'subnegotiation command';
    } else {
      // RFC 855: IAC inside parameters is doubled, and IAC SE ends them. Anything else there is a mistake to ignore.
      this.#state = byte === SE ? 'data' : 'subnegotiation';
    }
    return at + 1;
  }

  #begin(command: number): State {
    if (command === SB) return 'subnegotiation';
    if (command >= WILL && command <= DONT) {
      this.#verb = command;
      return 'option';
    }
    if (command === EC) this.#sink.data(DEL);
    if (command === EL) this.#sink.eraseLine();
    return 'data';
  }

  /**
   * WONT and DONT only say how things are already, as nothing was ever agreed to. Answering those, or an offer twice,
   * is how two sides get into an endless loop (RFC 1143, 2 and 3).
   */
  #refuse(option: number): void {
    if (this.#verb !== WILL && this.#verb !== DO) return;
    const offer = (this.#verb << 8) | option;
    this.#refused ??= new Set();
    if (this.#refused.has(offer)) return;
    this.#refused.add(offer);
    this.#answers.push(IAC, this.#verb === WILL ? DONT : WONT, option);
  }
}
