import type { JsonValue } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { Limits } from '../../model/limits.js';
import { fitsBytes } from '../../model/text.js';
import type { SendDraft } from '../policies.js';

/** A message's content, checked. */
export interface Content {
  readonly text: string;
  readonly data?: JsonValue;
  readonly action?: true;
}

/**
 * Checks what somebody wants to say.
 *
 * @throws ChatError `TOO_LONG`, `BAD_COMMAND`
 */
export function contentOf({ text, data, action }: SendDraft, limits: Limits): Content {
  if (!fitsBytes(text, limits.messageBytes))
    throw new ChatError('TOO_LONG', `A message may have ${limits.messageBytes} bytes.`);
  if (text === '' && data === undefined) throw new ChatError('BAD_COMMAND', 'There is nothing to say.');
  const content: { text: string; data?: JsonValue; action?: true } = { text };
  if (data !== undefined) content.data = checkedData(data, limits);
  if (action) content.action = true;
  return content;
}

/** @throws ChatError `TOO_LONG`, `BAD_COMMAND` */
function checkedData(data: JsonValue, limits: Limits): JsonValue {
  const json = JSON.stringify(data);
  if (json === undefined) throw new ChatError('BAD_COMMAND', 'The data is no JSON.');
  if (!fitsBytes(json, limits.dataBytes))
    throw new ChatError('TOO_LONG', `A message's data may have ${limits.dataBytes} bytes.`);
  return data;
}

/**
 * The data of what need not have any: `null` is none, whatever the limit.
 *
 * @throws ChatError `TOO_LONG`, `BAD_COMMAND`
 */
export function checkedOrNone(data: JsonValue, limits: Limits): JsonValue {
  return data === null ? null : checkedData(data, limits);
}

/** @throws ChatError `BAD_COMMAND` */
export function checkKey(key: string | undefined): void {
  if (key !== undefined && (key === '' || key.length > 64))
    throw new ChatError('BAD_COMMAND', 'A key has 1 to 64 characters.');
}

/** What a policy made of a draft: refused, changed, or as it was. */
export function decided(answer: SendDraft | null | void, draft: SendDraft): SendDraft {
  if (answer === null) throw new ChatError('FORBIDDEN');
  return answer ?? draft;
}
