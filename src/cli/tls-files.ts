import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Logger } from '../index.js';
import type { TlsOptions } from '../transports/shared/tls.js';
import { oneLine } from './log.js';
import { UsageError } from './usage-error.js';

/** Where the certificate, its key and the authority of clients are. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/** How often the files are looked at: whoever renews certificates does so days before the old ones run out. */
const interval = 10_000;

/** @throws UsageError when a file can't be read */
export function readTls({ cert, key, ca }: TlsFiles): TlsOptions {
  const pair = { cert: read(cert, '--tls-cert'), key: read(key, '--tls-key') };
  return ca === undefined ? pair : { ...pair, ca: read(ca, '--tls-client-ca'), requestCert: true };
}

/**
 * Says when there are other certificates: the files changed, or SIGHUP came. What can't be read or is no certificate is told, and the one
 * before is kept: of two files that are changed, one is changed first.
 *
 * @returns ends it
 */
export function watchTls(files: TlsFiles, renew: (tls: TlsOptions) => void, log: Logger): () => void {
  const reload = () => {
    try {
      renew(readTls(files));
      console.log('The certificate was read anew.');
    } catch (error) {
      log.error({ stage: 'tls' }, `The certificate is kept as it was: ${oneLine(error)}`);
    }
  };
  const watched = [files.cert, files.key, ...(files.ca === undefined ? [] : [files.ca])];
  for (const file of watched) watchFile(file, { persistent: false, interval }, reload);
  process.on('SIGHUP', reload);
  return () => {
    for (const file of watched) unwatchFile(file, reload);
    process.off('SIGHUP', reload);
  };
}

function read(file: string, flag: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(
      `${flag}: ${JSON.stringify(file)} can not be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}
