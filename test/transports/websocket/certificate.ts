import { readFileSync } from 'node:fs';

const fixture = (name: string) => readFileSync(new URL(`../tcp/fixtures/${name}`, import.meta.url));

/** A certificate for localhost that signs itself, valid until 2125. */
export const tls = { key: fixture('key.pem'), cert: fixture('cert.pem') };
