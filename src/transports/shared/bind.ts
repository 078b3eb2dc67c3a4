import { once } from 'node:events';
import type { ListenOptions, Server } from 'node:net';
import { listenError } from './listen-error.js';
import type { OwnPlace } from './option-checks.js';
import { removeStaleSocket } from './stale-socket.js';

/**
 * Has a server listen.
 *
 * @throws Error that says in a sentence why it can't, with the `code` of the system
 */
export async function bind(server: Server, place: OwnPlace, backlog: number): Promise<void> {
  try {
    await bindAnew(server, { ...place, backlog }, 'mode' in place ? place.mode : undefined);
  } catch (error) {
    throw listenError(place, error);
  }
}

/** The file of a Unix socket whose process is gone is in nobody's use. */
async function bindAnew(server: Server, options: ListenOptions, mode: number | undefined): Promise<void> {
  try {
    await listen(server, options, mode);
  } catch (error) {
    const { path } = options;
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!inUse || path === undefined || !(await removeStaleSocket(path))) throw error;
    await listen(server, options, mode);
  }
}

async function listen(server: Server, options: ListenOptions, mode: number | undefined): Promise<void> {
  if (mode === undefined) server.listen(options);
  else withUmask(0o777 & ~mode, () => server.listen(options));
  await once(server, 'listening');
}

/**
 * Binding makes the file, in this very call: there is no moment in which it has another mode. Threads may not change the mask, which is
 * the process's.
 */
function withUmask(mask: number, call: () => void): void {
  const before = process.umask(mask);
  try {
    call();
  } finally {
    process.umask(before);
  }
}
