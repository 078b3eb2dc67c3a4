import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A file of the page, as it is served. */
export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** Another one for other contents (RFC 9110, 8.8.3). */
  readonly etag: string;
}

/** The files of the page by path; what is in none of them is not served. Undefined where the page was not built. */
export type PageFiles = ReadonlyMap<string, PageFile>;

type Names = readonly (readonly [path: string, name: string, type: string])[];

const chatFiles: Names = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/page.css', 'page.css', 'text/css; charset=utf-8'],
];

const adminFiles: Names = [
  ['/admin', 'admin.html', 'text/html; charset=utf-8'],
  ['/admin.js', 'admin.js', 'text/javascript; charset=utf-8'],
  ['/admin.css', 'admin.css', 'text/css; charset=utf-8'],
];

/** Beside the built program; when it runs from its sources, where a build puts it. */
const beside = import.meta.url.endsWith('.ts') ? '../../dist/page/' : './page/';

/**
 * Reads the page, all of it, so that requests never touch the disk.
 *
 * @param folder - where it was built to
 * @param admin - whether that of the administrator is read, too
 */
export async function readPage(
  folder = fileURLToPath(new URL(beside, import.meta.url)),
  admin = false,
): Promise<PageFiles | undefined> {
  try {
    return new Map(
      await Promise.all(
        [...chatFiles, ...(admin ? adminFiles : [])].map(async ([path, name, type]) => {
          const body = await readFile(`${folder}/${name}`);
          const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
          return [path, { type, body, etag }] as const;
        }),
      ),
    );
  } catch {
    return undefined;
  }
}
