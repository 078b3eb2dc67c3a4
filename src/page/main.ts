import { App } from './app.js';
import { byId } from './dom.js';
import { readName, readSaved, writeName } from './storage.js';

const saved = readSaved();

if (saved === undefined) welcome();
else new App(readName(), saved);

/** Asks for a name, the last one offered. */
function welcome(): void {
  const page = byId('welcome', HTMLElement);
  const input = byId('welcome-name', HTMLInputElement);
  input.value = readName();
  page.hidden = false;
  input.focus();
  input.select();
  byId('welcome-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const name = input.value.trim();
    writeName(name);
    page.hidden = true;
    new App(name, undefined);
  });
}
