import { oneLine } from '../../protocols/lines/terminal-text.js';
import { type Chat, type Person, type Reader, within } from './chat.js';
import { complete } from './completion.js';
import type { Keyboard } from './keys.js';
import { paintLine, paintNote, paintPrompt } from './paint.js';
import { Place } from './place.js';
import { type Display, Screen } from './screen.js';
import { TypedLines, withoutSecret } from './typed.js';

/** Milliseconds that one who leaves waits for what they said last to be answered. */
const partingMs = 2_000;

/** Makes a chat for who looks at it. */
export type OpenChat = (person: Pick<Person, 'strict' | 'history'>, place: Place, reader: Reader) => Chat;

/** The two ends of a terminal. */
export interface Terminal {
  readonly keyboard: Keyboard;
  readonly display: Display;
  readonly colours: boolean;
}

/**
 * A chat at a terminal, until somebody leaves.
 *
 * @param told - resolves when a signal says that it shall end
 * @returns undefined; or why the server ended it, in a sentence
 */
export async function chatAtTerminal(
  openChat: OpenChat,
  { keyboard, display, colours }: Terminal,
  told: Promise<void>,
): Promise<string | undefined> {
  const place = new Place();
  const painted = (paint: (text: string) => string) => (colours ? paint : (text: string) => text);
  const [line, note, prompt] = [painted(paintLine), painted(paintNote), painted(paintPrompt)];
  let leave: () => void = () => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const screen = new Screen(keyboard, display, {
    typed: (text) => (/^\/quit(?:\s|$)/i.test(text) ? leave() : text !== '' && typed.add(text)),
    left: () => leave(),
    complete: (text) => complete(text, place),
    remembered: withoutSecret,
    paintPrompt: prompt,
  });
  const show = (text: string) => {
    screen.print(text);
    screen.prompt = promptAt(place);
  };
  const tell = (sentence: string) => show(note(`-- ${oneLine(sentence)} --`));
  const chat = openChat({ strict: false, history: 10 }, place, { line: (text) => show(line(text)), note: tell });
  const typed = new TypedLines(chat, tell);
  const gone = new Promise<void>((resolve) => display.on('error', () => resolve()));
  const why = await Promise.race([chat.over, left, told, gone]);
  // Whoever leaves while the last line is under way has said it all the same.
  if (why === undefined && chat.online) await within<unknown>(partingMs, typed.settled(), chat.over);
  for (const text of typed.unanswered) tell(`Not said: ${withoutSecret(text)}`);
  screen.close();
  chat.close();
  await within(partingMs, chat.over);
  return why || undefined;
}

/** `[lobby] alice: `, as what is typed will look to the others. */
function promptAt({ room, name }: Place): string {
  if (name === undefined) return '';
  return room === undefined ? `${name}: ` : `[${room}] ${name}: `;
}
