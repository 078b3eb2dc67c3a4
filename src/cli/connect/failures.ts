interface Sentences {
  readonly [code: string]: (where: string) => string;
}

const mistrusted = (where: string) =>
  `The certificate of ${where} is signed by nobody known here. --tls-ca FILE names who may.`;

const sentences: Sentences = {
  ECONNREFUSED: (where) => `Nobody listens at ${where}.`,
  ENOENT: (where) => `There is nothing at ${where}.`,
  EACCES: (where) => `You may not connect to ${where}.`,
  ENOTFOUND: (where) => `No such host: ${where}.`,
  EAI_AGAIN: (where) => `The name of ${where} can't be looked up now.`,
  ETIMEDOUT: (where) => `${where} does not answer.`,
  EHOSTUNREACH: (where) => `There is no way to ${where}.`,
  ENETUNREACH: (where) => `There is no way to ${where}.`,
  ECONNRESET: (where) => `${where} hung up.`,
  EPROTO: (where) => `${where} speaks no TLS.`,
  ERR_SSL_WRONG_VERSION_NUMBER: (where) => `${where} speaks no TLS.`,
  CERT_HAS_EXPIRED: (where) => `The certificate of ${where} has expired.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (where) => `The certificate of ${where} is for another name.`,
  DEPTH_ZERO_SELF_SIGNED_CERT: mistrusted,
  SELF_SIGNED_CERT_IN_CHAIN: mistrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: mistrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: mistrusted,
};

/**
 * Why there is no connection, in a sentence.
 *
 * @param where - the host and the port
 */
export function whyUnreachable(error: unknown, where: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const sentence = Object.hasOwn(sentences, code) ? sentences[code] : undefined;
  return sentence?.(where) ?? `${where} can't be reached: ${message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}.`;
}

/** Why an upgrade to WebSocket was answered with something else (RFC 6455, 4.2.2). */
export function whyNoUpgrade(status: number, where: string): string {
  if (status === 401) return `${where} wants to know who you are (401). --token TOKEN, or CHATHUB_TOKEN, logs in.`;
  if (status === 403) return `${where} lets nobody in from here (403).`;
  if (status === 404 || status === 200)
    return `There is no chat at ${where} (${status}); chathub serve has one at /chat.`;
  if (status === 429) return `Too many connections to ${where} (429).`;
  if (status === 503) return `The chat at ${where} is not open (503).`;
  return `There is no chat at ${where} (${status}).`;
}
