import { ChatError, type ErrorCode, OptionError } from '../../index.js';
import type { Problem } from './answers.js';

/** A request that is answered with what is wrong. */
export class Refusal extends Error implements Problem {
  readonly status: number;
  readonly code: string;
  readonly headers: { readonly [name: string]: string };

  /** @param message - a sentence for whoever asked */
  constructor(status: number, code: string, message: string, headers: Refusal['headers'] = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Those of the hub that are no fault of the request's. */
const statuses: ReadonlyMap<ErrorCode, number> = new Map([
  ['NO_SUCH_MEMBER', 404],
  ['NO_SUCH_ROOM', 404],
  ['FORBIDDEN', 403],
  ['INTERNAL', 500],
  ['ENGINE_UNAVAILABLE', 503],
  ['SHUTDOWN', 503],
  ['TIMEOUT', 504],
]);

/** What is answered for whatever was thrown. Of what nobody foresaw, no more is told. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ChatError) return new Refusal(statuses.get(error.code) ?? 400, error.code, error.message);
  if (error instanceof OptionError) return new Refusal(400, error.code, `${error.message}.`);
  return new Refusal(500, 'INTERNAL', 'Something went wrong on the server.');
}
