import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '../usage-error.js';

/** What somebody could guess in time is no secret. */
const shortest = 16;

/** Where the administrator's token may come from. */
export interface TokenSources {
  /** Of `--admin-token`, which shows in the list of processes. */
  readonly flag: string | undefined;
  /** Of `--admin-token-file`. */
  readonly file: string | undefined;
  readonly variable: string | undefined;
}

/**
 * The administrator's token; undefined where there is to be none. No message quotes it.
 *
 * @throws UsageError
 */
export function readToken({ flag, file, variable }: TokenSources): string | undefined {
  if (flag !== undefined && file !== undefined)
    throw new UsageError('--admin-token and --admin-token-file exclude each other.');
  if (flag !== undefined) return checked(flag, '--admin-token');
  if (file !== undefined) return checked(contentOf(file), '--admin-token-file');
  // A variable that is set to nothing is how a compose file leaves it out.
  return variable ? checked(variable, 'CHATHUB_ADMIN_TOKEN') : undefined;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--admin-token-file: ${JSON.stringify(file)} can not be read (${code}).`);
  }
}

/** It goes into a header (RFC 9110, 5.5). */
function checked(token: string, source: string): string {
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new UsageError(`${source}: expected letters, digits and signs of ASCII, without spaces.`);
  if (token.length < shortest)
    throw new UsageError(`${source}: expected ${shortest} characters or more; "openssl rand -hex 16" makes some.`);
  return token;
}

/** Knows the token without holding it. */
export class TokenCheck {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digestOf(token);
  }

  /** Whether an `Authorization` header has it (RFC 6750, 2.1). How long that takes says nothing of how much of it was right. */
  passes(header: string | undefined): boolean {
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
    return timingSafeEqual(digestOf(given), this.#digest);
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
