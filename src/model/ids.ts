const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A random string of so many characters of base64url: 6 bits each, from the platform's secure source. */
export function randomId(length: number): string {
  return encodeId(crypto.getRandomValues(new Uint8Array(length)), length);
}

/** The low 6 bits of each of the first `length` bytes, as characters of base64url. */
export function encodeId(bytes: Uint8Array, length: number): string {
  let id = '';
  for (const byte of bytes.subarray(0, length)) id += alphabet[byte & 63];
  return id;
}
