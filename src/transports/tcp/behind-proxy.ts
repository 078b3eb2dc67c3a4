import type { Socket } from 'node:net';
import { plainAddress } from '../shared/addresses.js';
import type { Proxies } from '../shared/proxies.js';
import { readProxyHeader } from './proxy-header.js';

/** Who is at the other end of a connection. */
export interface Peer {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

/** The peer itself. */
export function peerOf(socket: Socket): Peer {
  return { address: plainAddress(socket.remoteAddress), port: socket.remotePort };
}

/**
 * Finds out whom a connection is from: of a proxy that is believed, whom it speaks for. It must say so first; one that does not is cut
 * off, since nobody could tell then whether it is the proxy that speaks, or a client that would like to be somebody else (section 2 of
 * the PROXY protocol: "the receiver MUST not try to guess").
 *
 * @param patience - milliseconds within which the header must have come
 * @param then - called when it is known; what else came already is read next
 */
export function identify(socket: Socket, proxies: Proxies, patience: number, then: (peer: Peer) => void): void {
  const peer = peerOf(socket);
  if (!proxies.has(peer.address)) {
    then(peer);
    return;
  }
  let came: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), patience).unref();
  const read = (chunk: Buffer) => {
    came = Buffer.concat([came, chunk]);
    const header = readProxyHeader(came);
    if (header === 'more') return;
    done();
    if (header === 'bad') {
      socket.destroy();
      return;
    }
    socket.pause();
    if (came.length > header.length) socket.unshift(came.subarray(header.length));
    then(header.source ?? peer);
  };
  const done = () => {
    clearTimeout(timer);
    socket.off('data', read).off('end', giveUp).off('close', done).off('error', nothing);
  };
  const giveUp = () => socket.destroy();
  socket.on('data', read).on('end', giveUp).on('close', done).on('error', nothing).resume();
}

/** 'close' follows. */
const nothing = (): void => undefined;
