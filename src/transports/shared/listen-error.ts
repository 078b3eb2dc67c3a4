/** Where it was to listen. */
type Place =
  | { readonly port: number; readonly host: string }
  | { readonly path: string }
  | { readonly fd: number }
  | { readonly server: object };

/**
 * Why it cannot listen, in a sentence for whoever starts the server.
 *
 * @returns an error with the `code` of its cause
 */
export function listenError(place: Place, cause: unknown): Error & { readonly code: string } {
  const { code = 'UNKNOWN', message } = cause as NodeJS.ErrnoException;
  const reasons: Reasons = 'path' in place ? pathReasons : 'fd' in place ? handleReasons : portReasons;
  const reason = reasons[code] ?? `${message}.`;
  return Object.assign(new Error(`Cannot listen on ${nameOf(place)}: ${reason}`, { cause }), { code });
}

function nameOf(place: Place): string {
  if ('server' in place) return 'the given server';
  if ('path' in place) return place.path;
  if ('fd' in place) return `file descriptor ${place.fd}`;
  const { host, port } = place;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

interface Reasons {
  readonly [code: string]: string;
}

const portReasons: Reasons = {
  EADDRINUSE: 'another process is using it. Choose another port.',
  EACCES: 'this user may not. Choose a port above 1023.',
  EADDRNOTAVAIL: 'this machine has no such address. Use 0.0.0.0 or :: for all that it has.',
  EAI_AGAIN: 'no address is known for that name at present.',
  ENOTFOUND: 'no address is known for that name.',
};

const handleReasons: Reasons = {
  EBADF: 'there is no socket that listens.',
  EINVAL: 'there is no socket that listens.',
  ENOTSOCK: 'there is no socket that listens.',
};

const pathReasons: Reasons = {
  EACCES: 'this user may not write there. Choose another path.',
  EADDRINUSE: 'another process is using it, or it is some other file. Choose another path.',
  EINVAL: 'that is too long for a Unix socket. Choose a shorter path.',
  ENAMETOOLONG: 'that is too long for a Unix socket. Choose a shorter path.',
  ENOENT: 'there is no such folder.',
};
