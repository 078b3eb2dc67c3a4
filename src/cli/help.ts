import { limitTable } from '../index.js';

export const generalHelp = `Usage: chathub COMMAND [OPTIONS]

Commands:
  serve      runs a chat server; chathub serve --help lists its options
  connect    chats with one from this terminal; chathub connect --help lists its options

Options:
  --help     shows this
  --version  shows the version`;

export const connectHelp = `Usage: chathub connect URL [OPTIONS]

Chats from this terminal. URL is what a server says that it listens on: tcp://HOST:PORT, tls://HOST:PORT or unix:PATH
for what telnet speaks; ws://HOST:PORT/chat or wss://HOST:PORT/chat for what browsers speak, or http://HOST:PORT of its
page. What is typed is said, or is a command, which /help lists. Tab completes commands, names and rooms, the arrows go
through what was typed. Ctrl-C clears the line, and leaves when it is empty, as do Ctrl-D and /quit. When the connection
is lost, it comes back by itself, and the session goes on.

In a pipe, each line of the input is said, and each line that comes is printed, without colours. Where the input ends,
it goes on printing until a signal ends it. Notes about the connection go to the standard error.

Options:
  --room NAME        a room to join, and to talk in, besides those that the server puts one in; may be given more than
                     once: the last one is the one to talk in
  --name NAME        the name to take
  --token TOKEN      logs in; better by CHATHUB_TOKEN: others on this machine see what programs are started with
  --once             says what comes in, waits until each line is acknowledged, and ends; prints what comes meanwhile,
                     such as the answer to a command. The exit code is 0 only if the server took all of it.
  --tls-ca FILE      whose certificates to trust, in PEM, instead of those that Node.js knows
  --no-color         no colours; as the variable NO_COLOR has it
  --help             shows this
  --version          shows the version

Environment:
  CHATHUB_TOKEN      for when there is no --token

The exit code is 0 when you leave, 1 when the server can't be reached at first or refuses you, 2 for a command line that
makes no sense.

Examples:
  chathub connect tcp://127.0.0.1:8080
  chathub connect ws://127.0.0.1:8081/chat --name alice --room tea
  echo "Build 42 is out." | chathub connect tcp://127.0.0.1:8080 --room builds --name builder --once
  chathub connect tcp://127.0.0.1:8080 --room builds < /dev/null >> builds.log`;

/** The limits come from the table itself: what is shown is what holds. */
export function serveHelp(): string {
  return `Usage: chathub serve [OPTIONS]

Runs a chat server that people reach with a browser, telnet or nc; they share its rooms. Everybody begins in the room
"lobby"; /help there lists the commands.

Options:
  --tcp [HOST:]PORT   where to listen for telnet and nc, by default 127.0.0.1:8080; may be given more than once.
                      Without HOST this machine alone can connect; 0.0.0.0:8080 or [::]:8080 lets others in.
                      Port 0 lets the system choose one. unix:PATH is a Unix socket, fd:3 a socket that was handed over
                      (by systemd, say). tls: before any of these encrypts.
  --web [HOST:]PORT   where to listen for browsers, by default 127.0.0.1:8081; the same as for --tcp holds.
                      A page is at /, WebSockets for programs at /chat; /healthz tells whether it is well, and /readyz
                      whether people should be sent here.
                      "off" turns it off.
  --origin ORIGIN     whose pages may connect besides its own, such as https://chat.example.com; behind a proxy, that
                      one's. May be given more than once.
  --trust-proxy ADDRESSES
                      proxies in front of --web, whose X-Forwarded-For is believed: addresses, ranges, "loopback",
                      "unix", with commas between them.
  --proxy-protocol ADDRESSES
                      proxies in front of --tcp, whose connections must begin with a PROXY header, version 1 or 2.
  --socket-mode MODE  who may connect to unix:PATH, as the mode of its file, such as 660.
  --tls-cert FILE, --tls-key FILE
                      the certificate, with those between it and the root, and its key, in PEM, for what says tls:.
                      Read again when they change, and upon SIGHUP.
  --tls-client-ca FILE
                      who must have signed the certificates that clients then need, in PEM.
  --engine ENGINE     where rooms are kept: sqlite:FILE, by default sqlite:chathub.db; memory; or redis://HOST:PORT, for
                      several servers of one chat (rediss:// with TLS; needs "npm install ioredis"). A FILE without a
                      slash stands in your data folder (~/.local/share/chathub on Linux), any other where its path says.
                      All history is kept in a file, unless --limit history=… or historyAge=… is given.
  --metrics [HOST:]PORT
                      where Prometheus is answered, at /metrics; the same as for --tcp holds. By default nowhere. Needs
                      "npm install prom-client".
  --log FORMAT        how the log on standard error is written: pretty, by default; json, an object a line; or off.
                      It never holds what people write, their names, or tokens.
  --log-level LEVEL   the least of what is logged: debug (sessions), info, warn, by default, or error.
  --admin-token TOKEN
                      who knows it sees on the page /admin of --web who is there and how the server does, and can kick,
                      ban, announce and end it. At least 16 characters; shows in "ps". Without a token there is none.
  --admin-token-file FILE
                      the same, from a file.
  --limit NAME=VALUE  changes a limit, see below; may be given more than once. "off" removes the limit.
  --help              shows this
  --version           shows the version

Environment:
  CHATHUB_TCP_PORT    [HOST:]PORT, for when there is no --tcp
  CHATHUB_WEB_PORT    [HOST:]PORT or "off", for when there is no --web
  CHATHUB_ENGINE      for when there is no --engine
  CHATHUB_METRICS, CHATHUB_LOG, CHATHUB_LOG_LEVEL
                      for when there is no --metrics, --log, --log-level
  CHATHUB_ADMIN_TOKEN for when there is no --admin-token

SIGINT and SIGTERM end it: people are told, and what they were sent still goes out. A second one, more than a second
later, ends it at once.

Limits, with their defaults:
${limitLines().join('\n')}`;
}

const units = { bytes: ' bytes', ms: ' ms', count: '', perSecond: ' a second' } as const;

function limitLines(): readonly string[] {
  const rows = Object.entries(limitTable).map(([name, { value, unit, reason }]) => {
    return { left: `  ${name}=${value === Number.POSITIVE_INFINITY ? 'off' : `${value}${units[unit]}`}`, reason };
  });
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows.map(({ left, reason }) => left.padEnd(width) + reason);
}
