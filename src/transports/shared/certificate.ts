import { TLSSocket } from 'node:tls';
import type { ClientCertificate } from '../../ports/transport.js';

/** The certificate that a client showed; undefined where it showed none, or was not asked for one. */
export function certificateOf(socket: unknown): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const shown = socket.getPeerCertificate();
  // Node.js gives an empty object for none, and null once the socket is gone.
  if (!shown?.raw) return undefined;
  return {
    authorized: socket.authorized,
    subject: { ...shown.subject },
    issuer: { ...shown.issuer },
    subjectAltName: shown.subjectaltname,
    serialNumber: shown.serialNumber,
    fingerprint256: shown.fingerprint256,
    validFrom: shown.valid_from,
    validTo: shown.valid_to,
    raw: Uint8Array.from(shown.raw),
  };
}
