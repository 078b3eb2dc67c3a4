import type { Profile } from './world.js';

/** Limits that are met soon. */
export const small = { messageBytes: 4_096, dataBytes: 64, frameBytes: 32_768, outboxBytes: 16_384 };

/** Kinds of runs over memory. */
export const profiles: readonly Profile[] = [
  { name: 'wide limits', limited: false, slow: false, limits: { ...small } },
  {
    name: 'tight limits',
    limited: false,
    slow: false,
    limits: {
      ...small,
      roomsPerMember: 2,
      membersPerRoom: 4,
      history: 6,
      historyAge: 60_000,
      keyWindow: 20_000,
      recover: 4,
      recoverBytes: 1_200,
      presenceDetail: 3,
      resumeWindow: 5_000,
      connections: 14,
    },
  },
  {
    name: 'rates',
    limited: true,
    slow: false,
    limits: { ...small, sendsPerSecond: 4, sendBurst: 4, commandsPerSecond: 20, commandBurst: 10, badFrames: 2 },
  },
  {
    name: 'hardly any limits left',
    limited: true,
    slow: false,
    limits: {
      ...small,
      history: 0,
      recover: 0,
      keyWindow: 0,
      presenceDetail: 0,
      resumeWindow: 0,
      rooms: 4,
      commandsBeforeHello: 1,
    },
  },
  { name: 'slow engine', limited: false, slow: true, limits: { ...small, recoverBytes: 4_000 } },
];
