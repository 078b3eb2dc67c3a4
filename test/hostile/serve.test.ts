import { arena } from './arena.js';
import { frames } from './serve/frames.js';
import { http } from './serve/http.js';
import { inertNames } from './serve/inert-names.js';
import { jsonFrames } from './serve/json-frames.js';
import { logLines } from './serve/log-lines.js';
import { sessions } from './serve/sessions.js';
import { tcpOpenings } from './serve/tcp-openings.js';
import { tcpText } from './serve/tcp-text.js';
import { Target } from './target.js';

// `chathub serve` as anybody starts it, with the limits that it comes with. One process for all of it.

const { arena: it, attack } = arena('serve', () => Target.serve());

tcpText(it, attack);
tcpOpenings(it, attack);
http(it, attack);
frames(it, attack);
jsonFrames(it, attack);
inertNames(it, attack);
sessions(it, attack);
logLines(it, attack);
