import { lstat, rm } from 'node:fs/promises';
import { connect } from 'node:net';

/**
 * Removes the file of a Unix socket whose process is gone; the system leaves it behind, and then refuses to bind.
 * When two processes start at once, each can find the same file stale, and the later one removes the other's: there is
 * no system call that binds and replaces in one step.
 *
 * @returns whether it was one, and is gone
 */
export async function removeStaleSocket(path: string): Promise<boolean> {
  // A plain file refuses connections just as a stale socket does, but is not ours to remove.
  const facts = await lstat(path).catch(() => undefined);
  if (!facts?.isSocket() || !(await refusesConnections(path))) return false;
  await rm(path, { force: true });
  return true;
}

/** Only a refusal proves that nobody listens; after anything else somebody may. */
function refusesConnections(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
    socket.on('connect', () => {
      socket.destroy();
      resolve(false);
    });
  });
}
