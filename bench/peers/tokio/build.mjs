// Builds the peer that is written in Rust, with the crates of Debian's package librust-tokio-dev. Installs nothing.
//
//   node bench/peers/tokio/build.mjs     prints where the program is, or why there is none

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The folder that .cargo/config.toml names. */
const crates = '/usr/share/cargo/registry';

export const program = path.join(import.meta.dirname, 'target/release/echo');

/** Of the crate that is there, or empty when none is. */
export const version = crateVersion();

/**
 * @param {(why: string) => void} tell - hears why there is no program, in a sentence
 * @returns {string | undefined} the program
 */
export function build(tell) {
  if (version === '') {
    tell(`Tokio's crate is not in ${crates}: it takes "apt-get install librust-tokio-dev" on Debian.`);
    return undefined;
  }
  // Cargo reads the .cargo/config.toml of the folder that it runs in.
  const { error, status, stderr } = spawnSync('cargo', ['build', '--release', '--offline', '--quiet'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { ...process.env, CARGO_TARGET_DIR: path.join(import.meta.dirname, 'target') },
  });
  if (error !== undefined) {
    tell(`cargo can't be run (${error.message}): it takes "apt-get install cargo" on Debian, or rustup.`);
    return undefined;
  }
  if (status !== 0) {
    tell(`cargo could not build it:\n${stderr}`);
    return undefined;
  }
  return program;
}

function crateVersion() {
  const names = existsSync(crates) ? readdirSync(crates) : [];
  // The version 1 that Cargo.toml asks for.
  return names.flatMap((name) => /^tokio-(1\..*)$/.exec(name)?.[1] ?? []).at(-1) ?? '';
}

if (process.argv[1] === import.meta.filename) {
  const built = build(console.error);
  if (built === undefined) process.exitCode = 1;
  else console.log(built);
}
