// One measurement: a server that has just begun, clients, and what a delivery costs the server.

import { setTimeout as pause } from 'node:timers/promises';
import { Load, Server } from './server.mjs';

/** @typedef {import('./server.mjs').Subject} Subject */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {{ perDelivery: number, deliveries: number, seconds: number, p50: number, p99: number, clientBusy: number, bytes: number }} Figures */

/** While the clients are busier than this, it may be they who are slow. */
export const busiest = 0.9;

/**
 * @param {Subject} subject
 * @param {Workload} workload
 * @param {{ warm: number, seconds: number, env?: NodeJS.ProcessEnv }} times
 * @returns {Promise<Figures>} `perDelivery`: microseconds of the server's processor for each
 */
export async function measure(subject, workload, { warm, seconds, env }) {
  const server = await Server.start(subject, env);
  const load = new Load(server, subject.dialect, { ...workload.load, warm, seconds });
  try {
    const told = await load.told('measured');
    const end = await load.told('end');
    check(subject, workload, told, end);
    const perDelivery = (told.serverCpu * 1e6) / told.deliveries;
    const { deliveries, p50, p99, clientBusy } = told;
    return { perDelivery, deliveries, seconds: told.seconds, p50, p99, clientBusy, bytes: told.bytes / deliveries };
  } finally {
    await load.stop();
    await server.stop();
  }
}

/**
 * What was said comes to all, once and in order; a figure of a server that loses is worth nothing.
 *
 * @param {Subject} subject
 * @param {{ title: string }} workload
 * @param {import('./server.mjs').Told} told
 * @param {import('./server.mjs').Told} end
 */
export function check(subject, workload, told, end) {
  const wrong = end.missing + end.lost + end.doubled + end.disordered;
  const facts = `${end.missing} missing, ${end.lost} lost, ${end.doubled} doubled, ${end.disordered} astray`;
  if (wrong > 0) throw new Error(`${subject.name}, ${workload.title}: ${facts}`);
  if (told.deliveries === 0) throw new Error(`${subject.name}, ${workload.title}: nothing was delivered`);
}

/**
 * What a connection weighs while nothing happens on it.
 *
 * @param {Subject} subject
 * @param {number} connections
 * @param {{ settle: number }} times - milliseconds until memory is looked at
 * @returns {Promise<number>} bytes
 */
export async function weigh(subject, connections, { settle }) {
  const server = await Server.start(subject);
  try {
    await pause(settle);
    const before = server.rss;
    const load = new Load(server, subject.dialect, { mode: 'idle', members: connections });
    await load.told('ready');
    await pause(settle);
    const after = server.rss;
    await load.stop();
    return (after - before) / connections;
  } finally {
    await server.stop();
  }
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

/**
 * Between what and what the half of them lies that is nearest to the median; of fewer than four, all.
 *
 * @param {readonly number[]} values
 * @returns {[number, number]}
 */
export function middleHalf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const out = Math.floor(sorted.length / 4);
  return [sorted[out] ?? Number.NaN, sorted[sorted.length - 1 - out] ?? Number.NaN];
}
