import type { IncomingMessage } from 'node:http';
import { Refusal } from './problems.js';

/** What any action needs, several times over. */
const mostBytes = 16_384;

/**
 * The JSON object of a request. The server's `requestTimeout` ends one that does not come.
 *
 * @throws Refusal
 */
export async function readObject(request: IncomingMessage): Promise<object> {
  const { 'content-type': type = '', 'content-length': length } = request.headers;
  // Forms of other pages can't say so without asking first (Fetch Standard, CORS-safelisted request headers).
  if (!/^application\/json *(;|$)/i.test(type))
    throw new Refusal(415, 'BAD_JSON', 'Send JSON, with Content-Type: application/json.');
  if (Number(length) > mostBytes) throw tooLong();
  return objectIn(await bytesOf(request));
}

function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBytes) chunks.push(chunk);
      else {
        chunks.length = 0;
        request.pause();
        reject(tooLong());
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    const gone = () => reject(new Refusal(400, 'BAD_JSON', 'The body ended too early.'));
    request.once('error', gone);
    request.once('close', gone);
  });
}

function tooLong(): Refusal {
  return new Refusal(413, 'TOO_LONG', `A body may have ${mostBytes} bytes.`);
}

function objectIn(bytes: Buffer): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Refusal(400, 'BAD_JSON', 'That is not a JSON object.');
}
