import { type Author, isAuthor, type JsonValue } from '../model/entry.js';
import { type ErrorCode, errorCodes } from '../model/errors.js';
import type { Topic } from '../model/events.js';
import type { Control } from './control.js';

/** A removal of a user, or of whoever comes from an address, as nodes tell it each other. */
export type Removal = ({ readonly remove: string } | { readonly removeAddress: string }) & {
  readonly code: ErrorCode;
  readonly reason?: string;
};

/** A signal, as nodes tell it each other. */
export interface SignalPayload {
  readonly signal: string;
  readonly from: Author;
  readonly data: JsonValue;
  readonly except?: string;
}

/** What the sessions of a user tell each other. */
export type Told =
  | { readonly by: string; readonly renamed: string }
  | { readonly by: string; readonly read: string; readonly epoch: string; readonly offset: number };

/*
 * What nodes tell each other comes over channels that others may write to as well: a tool, another program, another version. What is of
 * no known shape is left alone.
 */

type Fields = { readonly [name: string]: unknown };

/** What nodes tell each other of a room. */
export function roomPayload(payload: JsonValue): Removal | SignalPayload | undefined {
  const told = fieldsOf(payload);
  const removes = isCode(told.code) && isMaybeText(told.reason);
  const fits =
    'remove' in told
      ? isText(told.remove) && removes
      : 'removeAddress' in told
        ? isText(told.removeAddress) && removes
        : isText(told.signal) && isAuthor(told.from) && told.data !== undefined && isMaybeText(told.except);
  return fits ? (told as unknown as Removal | SignalPayload) : undefined;
}

/** What nodes tell each other of single members. */
export function controlPayload(payload: JsonValue): Control | undefined {
  const told = fieldsOf(payload);
  return isControl(told) ? (told as unknown as Control) : undefined;
}

/** By what it is taken for, which its first field says: what fits another kind does not make up for that. */
function isControl(told: Fields): boolean {
  if ('taken' in told) return isText(told.taken) && Number.isSafeInteger(told.generation);
  if ('end' in told) return isText(told.end) && isCode(told.code) && isMaybeText(told.reason);
  if (!('leave' in told)) return isText(told.notice) && isText(told.text);
  return (
    isText(told.leave) &&
    isText(told.room) &&
    (told.code === undefined || isCode(told.code)) &&
    isMaybeText(told.reason)
  );
}

/** What the sessions of a user tell each other. */
export function userPayload(payload: JsonValue): Told | undefined {
  const told = fieldsOf(payload);
  const fits =
    isText(told.by) &&
    ('renamed' in told
      ? isText(told.renamed)
      : isText(told.read) && isText(told.epoch) && Number.isSafeInteger(told.offset));
  return fits ? (told as unknown as Told) : undefined;
}

/** What a room is about, as the shared state has it. */
export function topicFact(value: JsonValue): Topic | undefined {
  const { text, from, at } = fieldsOf(value);
  return isText(text) && isAuthor(from) && typeof at === 'number' ? (value as unknown as Topic) : undefined;
}

/** A ban or a mute, as the shared state has it. */
export interface StoredSanction {
  /** When it ends, in milliseconds since 1970; null: never. */
  readonly until: number | null;
  readonly reason: string | null;
}

export function sanctionFact(value: JsonValue): StoredSanction | undefined {
  const { until, reason } = fieldsOf(value);
  const fits = (until === null || typeof until === 'number') && (reason === null || isText(reason));
  return fits ? (value as unknown as StoredSanction) : undefined;
}

function fieldsOf(payload: JsonValue): Fields {
  return typeof payload === 'object' && payload !== null ? (payload as Fields) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isMaybeText(value: unknown): boolean {
  return value === undefined || isText(value);
}

function isCode(value: unknown): value is ErrorCode {
  return isText(value) && Object.hasOwn(errorCodes, value);
}
