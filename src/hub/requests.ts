import type { JsonValue } from '../model/entry.js';
import { ChatError, OptionError } from '../model/errors.js';
import type { StandardSchema } from '../model/requests.js';
import type { Gone } from './gone.js';
import type { Member } from './member.js';
import type { PolicyContext, PolicyRunner } from './policies.js';

/**
 * What a handler of `hub.handle()` is given.
 *
 * @typeParam User - what the `authenticate` policy returns
 * @typeParam Data - what the request is made with
 *
 * @example
 * ```ts
 * import { ChatHub, type HandledRequest } from 'chathub';
 *
 * const whoAmI = ({ member }: HandledRequest) => ({ name: member.name });
 * new ChatHub().handle('who-am-i', whoAmI);
 * ```
 */
export interface HandledRequest<User extends { readonly id: string } = { readonly id: string }, Data = JsonValue>
  extends PolicyContext {
  /** Who asks. */
  readonly member: Member<User>;
  /** What came with it; `null` when nothing did. Checked where the handler has a schema, and else of whatever shape. */
  readonly data: Data;
}

type AnyUser = { readonly id: string };

type Handler = (request: HandledRequest<AnyUser, unknown>) => unknown;

interface Registration {
  readonly handler: Handler;
  readonly schema: StandardSchema<unknown> | undefined;
}

/** What the application answers to requests, by name. */
export class Requests {
  readonly #handlers = new Map<string, Registration>();

  /**
   * Registers a handler; what is returned takes it back.
   *
   * @throws OptionError when the name is no such name, or has a handler already
   */
  add(name: string, handler: unknown, schema?: unknown): () => void {
    if (typeof name !== 'string' || name === '' || name.length > 64)
      throw new OptionError('handle.name', 'a string of 1 to 64 characters', name);
    if (this.#handlers.has(name)) throw new OptionError('handle.name', 'a name that has no handler yet', name);
    if (typeof handler !== 'function') throw new OptionError('handle.handler', 'a function', handler);
    if (schema !== undefined && !isSchema(schema))
      throw new OptionError('handle.schema', 'a Standard Schema, such as of Zod or Valibot', schema);
    const registration = { handler: handler as Handler, schema };
    this.#handlers.set(name, registration);
    return () => {
      if (this.#handlers.get(name) === registration) this.#handlers.delete(name);
    };
  }

  /**
   * Has the application answer.
   *
   * @throws ChatError `BAD_COMMAND`; what the handler throws; `INTERNAL` for anything that is none, `TIMEOUT`
   */
  async answer(
    runner: PolicyRunner,
    name: string,
    member: Member<AnyUser>,
    data: JsonValue,
    gone: Gone,
  ): Promise<JsonValue> {
    const registration = this.#handlers.get(name);
    if (registration === undefined) throw new ChatError('BAD_COMMAND', `There is no request ${JSON.stringify(name)}.`);
    const { handler, schema } = registration;
    // As one call, so that a schema which asks a database has its time limited too.
    const handled = async ({ signal }: PolicyContext) => {
      const value = schema === undefined ? data : await checked(schema, data);
      return jsonOf(await handler({ member, data: value, signal }));
    };
    return runner.ask(`request ${name}`, handled, {}, gone);
  }
}

/** What will be sent of an answer. What is no JSON is the application's fault, and told to it as such. */
function jsonOf(result: unknown): JsonValue {
  if (result === undefined) return null;
  const json = JSON.stringify(result);
  if (json === undefined) throw new TypeError(`A ${typeof result} is no JSON.`);
  return JSON.parse(json) as JsonValue;
}

async function checked(schema: StandardSchema<unknown>, data: JsonValue): Promise<unknown> {
  const result = await schema['~standard'].validate(data);
  if (result.issues === undefined) return result.value;
  const [issue] = result.issues;
  const where = (issue?.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.');
  throw new ChatError('BAD_COMMAND', `data${where === '' ? '' : `.${where}`}: ${issue?.message ?? 'not as expected'}`);
}

function isSchema(schema: unknown): schema is StandardSchema<unknown> {
  // A schema may be a function, as those of ArkType are.
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null || !('~standard' in schema))
    return false;
  const standard = schema['~standard'];
  return (
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function'
  );
}
