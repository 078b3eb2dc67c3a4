import { createSecureContext } from 'node:tls';

/**
 * What `node:tls` needs to know; it describes each of these. Options that are not listed here can be set on a server of
 * the application's own.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { type TcpTlsOptions, tcp } from 'chathub/tcp';
 *
 * const tls = (folder: string): TcpTlsOptions => ({
 *   key: readFileSync(`${folder}/privkey.pem`),
 *   cert: readFileSync(`${folder}/fullchain.pem`),
 * });
 * const transport = (folder: string) => tcp({ host: '::', port: 7443, tls: tls(folder) });
 * ```
 */
export interface TlsOptions {
  /** The private key, in PEM. */
  readonly key?: string | Uint8Array | undefined;
  /** The certificate and those between it and the root, in PEM. */
  readonly cert?: string | Uint8Array | undefined;
  /** Key and certificate in one, in PKCS 12; instead of `key` and `cert`. */
  readonly pfx?: string | Uint8Array | undefined;
  /** For a `key` or `pfx` that is encrypted. */
  readonly passphrase?: string | undefined;
  /** Who may sign clients' certificates, in PEM. Default: the authorities that Node.js knows. */
  readonly ca?: string | Uint8Array | undefined;
  /** Whether clients must bring a certificate. Default: `false`. */
  readonly requestCert?: boolean | undefined;
  /** Whether a client's certificate must be signed by `ca`, if `requestCert`. Default: `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  /** Default: what Node.js takes, `TLSv1.2`. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** The ciphers in OpenSSL's notation. Default: what Node.js takes. */
  readonly ciphers?: string | undefined;
}

/** Why `node:tls` would refuse these, such as a key that is not the certificate's: better told at construction than by each handshake. */
export function tlsFault(tls: TlsOptions): string | undefined {
  try {
    createSecureContext(tls as Parameters<typeof createSecureContext>[0]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
