import { applicationHttp } from './application/http.js';
import { jsonOverTcp } from './application/json-over-tcp.js';
import { listeners } from './application/listeners.js';
import { misuse } from './application/misuse.js';
import { policies } from './application/policies.js';
import { userSessions } from './application/sessions.js';
import { arena } from './arena.js';
import { Target } from './target.js';

// What needs an application to show: its policies and listeners, users, bans, what it does with its hub, JSON over TCP. One process.

const { arena: it, attack } = arena('an application', () => Target.fixture('application'));

policies(it, attack);
listeners(it, attack);
misuse(it, attack);
userSessions(it, attack);
applicationHttp(it, attack);
jsonOverTcp(it, attack);
