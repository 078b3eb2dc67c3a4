import { script } from './script.js';

/** Publishes to the channel that the key names. ARGV: publish command, message. A script, so that it takes its turn among all others. */
export const publish = script(`return redis.call(ARGV[1], KEYS[1], ARGV[2])`);

/** Whether there is room for more. */
export const probe = script(`return redis.call('SET', KEYS[1] .. 'probe', '', 'PX', 5000)`);
