import { networkInterfaces } from 'node:os';

/** Whether this machine has an address of IPv6, if only that of loopback. */
export const hasIpv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'));
