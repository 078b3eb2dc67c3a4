import { greet, logIn } from '../greeting.js';
import type { CommandHandler } from './caller.js';

/** Asks for a session. */
export const hello: CommandHandler<'hello'> = {
  type: 'hello',
  early: true,
  run: greet,
};

/** Logs in, before or after `hello`. */
export const auth: CommandHandler<'auth'> = {
  type: 'auth',
  early: true,
  run: logIn,
};
