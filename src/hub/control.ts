import type { JsonValue } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';

/** What nodes tell each other of single members. */
export type Control =
  | { readonly taken: string; readonly generation: number }
  | { readonly end: string; readonly code: ErrorCode; readonly reason?: string }
  | { readonly notice: string; readonly text: string; readonly data?: JsonValue }
  | { readonly leave: string; readonly room: string; readonly code?: ErrorCode; readonly reason?: string };
