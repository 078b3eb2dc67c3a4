import type { JsonValue } from './entry.js';

/**
 * The requests that an application answers, as functions by name: the server's `hub.handle()` and the client's `request()` take
 * their types from one of these. A type is a promise of whoever wrote the client, not a check of what comes: for that,
 * give `hub.handle()` a schema.
 *
 * @example
 * ```ts
 * import { ChatHub, type RequestMap } from 'chathub';
 *
 * interface Api {
 *   weather(data: { city: string }): { celsius: number };
 * }
 * const hub = new ChatHub<{ id: string }, Api>();
 * hub.handle('weather', ({ data }) => ({ celsius: data.city.length }));
 *
 * const check = <Requests extends RequestMap<Requests>>(name: keyof Requests) => name;
 * check<Api>('weather');
 * ```
 */
export type RequestMap<Requests> = { readonly [Name in keyof Requests]: (data: never) => unknown };

/**
 * The requests of a hub or client that was told of no others: any name, any JSON.
 *
 * @example
 * ```ts
 * import type { AnyRequests } from 'chathub';
 *
 * const echo: AnyRequests = { echo: (data = null) => data };
 * ```
 */
export interface AnyRequests {
  readonly [name: string]: (data?: JsonValue) => JsonValue;
}

/**
 * What a handler is given of a request: its data, or `null` where none came.
 *
 * @example
 * ```ts
 * import type { RequestData } from 'chathub';
 *
 * const city: RequestData<{ weather(data: { city: string }): number }, 'weather'> = { city: 'Porto' };
 * ```
 */
export type RequestData<Requests, Name extends keyof Requests> =
  RequestParameters<Requests, Name> extends readonly []
    ? null
    : RequestParameters<Requests, Name> extends readonly [infer Data]
      ? Data
      : Exclude<RequestParameters<Requests, Name>[0], undefined> | null;

/**
 * What a client gives for a request, as the parameters behind its name: nothing, or its data, which may be left out
 * where the function says so.
 *
 * @example
 * ```ts
 * import type { RequestParameters } from 'chathub';
 *
 * const nothing: RequestParameters<{ now(): number }, 'now'> = [];
 * ```
 */
export type RequestParameters<Requests, Name extends keyof Requests> = Requests[Name] extends (
  ...parameters: infer Given extends readonly [data?: unknown]
) => unknown
  ? Given
  : never;

/**
 * What a request is answered with.
 *
 * @example
 * ```ts
 * import type { RequestResult } from 'chathub';
 *
 * const celsius: RequestResult<{ weather(data: { city: string }): number }, 'weather'> = 21;
 * ```
 */
export type RequestResult<Requests, Name extends keyof Requests> = Requests[Name] extends (data: never) => infer Result
  ? Awaited<Result>
  : never;

/**
 * What a handler of a request may return: its result, or a promise of it; of a hub that was told of no requests, whatever JSON
 * can say.
 *
 * @example
 * ```ts
 * import type { HandlerResult } from 'chathub';
 *
 * const soon: HandlerResult<{ now(): number }, 'now'> = Promise.resolve(Date.now());
 * ```
 */
export type HandlerResult<Requests, Name extends keyof Requests> = string extends keyof Requests
  ? unknown
  : RequestResult<Requests, Name> | PromiseLike<RequestResult<Requests, Name>>;

/**
 * A check of what a client sent, such as a schema of Zod, Valibot or ArkType: whatever keeps the Standard Schema
 * specification, version 1.
 *
 * @example
 * ```ts
 * import { ChatHub, type StandardSchema } from 'chathub';
 *
 * const city: StandardSchema<string> = {
 *   '~standard': {
 *     version: 1,
 *     vendor: 'by-hand',
 *     validate: (value) => (typeof value === 'string' ? { value } : { issues: [{ message: 'Expected a string' }] }),
 *   },
 * };
 * new ChatHub().handle('weather', city, ({ data }) => ({ city: data, celsius: 21 }));
 * ```
 */
export interface StandardSchema<Output> {
  /** What the specification wants. */
  readonly '~standard': {
    /** Of the specification. */
    readonly version: 1;
    /** Who made the schema. */
    readonly vendor: string;
    /** Says what the value is, or what is wrong with it. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
