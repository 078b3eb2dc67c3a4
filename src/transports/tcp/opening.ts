/**
 * What a browser can be made to open a chat's port with: any web page may send requests there, and each line of one
 * would be a command of whoever is behind that browser (a cross-protocol attack). Neither is how a chat begins.
 */
const tlsHandshake = 0x16;
const tlsMajorVersion = 0x03;

/** A TLS record that carries a ClientHello (RFC 8446, 5.1), as `https:` opens with. */
export function isClientHello(start: Uint8Array): boolean {
  return start[0] === tlsHandshake && start[1] === tlsMajorVersion;
}

/** A request line (RFC 9112, 3). */
export function isHttpRequest(line: Buffer): boolean {
  // As Latin-1, since a request target may hold bytes that are no UTF-8; 0xA0 is then a space to `\s`, but not to HTTP.
  return /^[A-Z]+ [^ ]+ HTTP\/\d/.test(line.toString('latin1'));
}

/** The beginning of a line that is too long to be held: its end, where HTTP stands, may be any number of bytes away. */
export function mayBeHttpRequest(start: Buffer): boolean {
  return /^[A-Z]+ (?:\/|https?:)/.test(start.toString('latin1', 0, 64));
}
