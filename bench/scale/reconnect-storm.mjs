// A server goes down and is started again at once; all come back, with their sessions and what they have read.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../lib/server.mjs';
import { Bystanders, dialect, sayToAll } from './clients.mjs';
import { droppedConnects } from './machine.mjs';
import { Place, ScaleServer } from './server.mjs';

/** @typedef {import('./run.mjs').Run} Run */
/** @typedef {{ title: string, signal: 'SIGKILL' | 'SIGTERM', options: Record<string, string | number>, words: string[], called: boolean }} Variant */

const members = 10;
/** Said in each room by each who is asked, before and while all are away. */
const said = 3;
const missed = 3;
const missedText = 'said while you were away';

/** As chathub/client: at a random time within half a second, then within a span that doubles. */
const asTheClient = ['--jitter'];

/** @type {Variant[]} */
const variants = [
  { title: 'SIGKILL, all come at once', signal: 'SIGKILL', options: { retry: 50 }, words: [], called: true },
  {
    title: 'SIGKILL, each comes as chathub/client does',
    signal: 'SIGKILL',
    options: { retry: 500 },
    words: asTheClient,
    called: true,
  },
  { title: 'SIGTERM, all come at once', signal: 'SIGTERM', options: { retry: 50 }, words: [], called: true },
  {
    title: 'SIGTERM, each comes when it was told to',
    signal: 'SIGTERM',
    options: { retry: 500, later: '"retryAfter":' },
    words: asTheClient,
    called: false,
  },
];

/** @param {Run} run */
export async function reconnectStorm(run) {
  const clients = run.sizes.storm.toLocaleString('en');
  for (const variant of variants)
    await run.findings.section(`Reconnect storm, ${clients} WebSocket clients: ${variant.title}`, async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'chathub-scale-'));
      try {
        await storm(run, variant, path.join(folder, 'chat.db'));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
}

/**
 * @param {Run} run
 * @param {Variant} variant
 * @param {string} file
 */
async function storm({ findings, sizes, profiles }, variant, file) {
  const clients = sizes.storm;
  const rooms = clients / members;
  const place = await Place.find({ file, profiles });
  let server = await ScaleServer.start(place);
  /** @type {Load | undefined} */
  let crowd;
  try {
    crowd = come(server, variant, rooms);
    await crowd.told('ready', 60);
    for (let time = 0; time < said; time++) await sayToAll(crowd, clients);
    const quiet = await quietTimes(findings, server, sizes.quiet);

    const killed = performance.now();
    await server.kill(variant.signal);
    const ended = performance.now();
    server = await ScaleServer.start(place);
    const listening = performance.now();
    findings.fact('until it had ended, and listened again', `${ms(ended - killed)}, ${ms(listening - ended)}`);

    const bystanders = await Bystanders.start(server, 'later-bystanders');
    await server.say(names(rooms), missed, missedText);
    const before = await server.begin();
    const dropsBefore = droppedConnects();
    const { heard, result } = await bystanders.during(() => {
      if (variant.called) crowd?.say('go');
      return /** @type {Load} */ (crowd).told('back', 60);
    });
    const during = await server.facts();
    const dropped = droppedConnects() - dropsBefore;
    await server.begin();
    await pause(2_500);
    const after = await server.facts();
    findings.coming({ clients, result, before, during, dropped });
    findings.stall('', before, during, after);
    findings.bystanders({ quiet, heard, missing: await bystanders.stop() });
    findings.atMost('sessions that were not resumed', clients - Number(result.resumed), 0, '');
    findings.atMost('rooms that could not go on where they were', clients - Number(result.recovered), 0, '');
    findings.atMost('messages of meanwhile that were not told', clients * missed - Number(result.missed), 0, '');
    await sayToAll(crowd, clients);
    findings.alone(during);
  } finally {
    await crowd?.stop();
    await server.stop();
  }
}

/**
 * @param {ScaleServer} server
 * @param {Variant} variant
 * @param {number} rooms
 */
function come(server, { options, words, called }, rooms) {
  const resume =
    '{"type":"hello","session":"{session}","rooms":{"storm-{room}":{"epoch":"{epoch}","offset":{offset}}}}';
  const more = [
    ...['--hold', 'session', '"session":"', '--hold', 'epoch', '"epoch":"', '--hold', 'offset', '"offset":'],
    ...['--again', resume, '"resumed":true', '--unknown', '"resumed":false', '--refused', '"type":"error"'],
    ...['--count', 'resumed', '"resumed":true', '--count', 'recovered', '"recovered":true'],
    ...['--count', 'missed', missedText],
    ...words,
    ...(called ? ['--on-call'] : []),
  ];
  const all = { mode: 'idle', rooms, members, ...options };
  const crowd = new Load(server, dialect('storm'), all, more);
  if (called) crowd.say('go');
  return crowd;
}

/**
 * @param {Run['findings']} findings
 * @param {ScaleServer} server
 * @param {number} milliseconds
 */
async function quietTimes(findings, server, milliseconds) {
  const bystanders = await Bystanders.start(server);
  await server.begin();
  const { heard } = await bystanders.during(() => pause(milliseconds));
  findings.alone(await server.facts());
  await bystanders.stop();
  return heard;
}

/** @param {number} rooms */
function names(rooms) {
  return Array.from({ length: rooms }, (_, room) => `storm-r${room}`);
}

/** @param {number} value */
function ms(value) {
  return `${value.toFixed(0)} ms`;
}
