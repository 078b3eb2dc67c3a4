const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const codes = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));

/** Random bytes that nobody has had yet: the platform's source takes as long for a few as for many. */
const pool = new Uint8Array(1_024);
let poolAt = pool.length;

/** A random string of so many characters of base64url: 6 bits each, from the platform's secure source. */
export function randomId(length: number): string {
  if (length > pool.length) return encodeId(crypto.getRandomValues(new Uint8Array(length)), length);
  if (poolAt + length > pool.length) {
    crypto.getRandomValues(pool);
    poolAt = 0;
  }
  const id = encodeId(pool.subarray(poolAt, poolAt + length), length);
  // What it was made of is not kept: it may be a secret.
  pool.fill(0, poolAt, (poolAt += length));
  return id;
}

/** The low 6 bits of each of the first `length` bytes, as characters of base64url. */
export function encodeId(bytes: Uint8Array, length: number): string {
  // All at once, for one flat string: built of pieces, it would be a chain of them.
  return String.fromCharCode(...bytes.subarray(0, length).map((byte) => codes[byte & 63] as number));
}
