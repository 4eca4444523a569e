import { randomUUID } from 'node:crypto';

import { oneLine } from '../plain.ts';
import type { Attachment } from '../notifier.ts';

/** The body of a request and the type that it says of itself. */
export interface Upload {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** A message alone as JSON; with files as `payload_json` and `files[n]`, developers/reference.mdx ("Uploading Files"). */
export function uploadOf(message: object, files: readonly Attachment[]): Upload {
  if (files.length === 0) return { contentType: 'application/json', body: JSON.stringify(message) };
  const boundary = `assay-${randomUUID()}`;
  const attachments = files.map(({ name }, id) => ({ id, filename: fileName(name) }));
  const parts = [
    part(boundary, 'name="payload_json"', 'application/json'),
    Buffer.from(JSON.stringify({ ...message, attachments })),
    ...files.flatMap((file, id) => [
      part(boundary, `name="files[${id}]"; filename="${fileName(file.name)}"`, mediaType(file.mediaType)),
      file.bytes,
    ]),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ];
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(parts) };
}

const part = (boundary: string, disposition: string, type: string): Buffer =>
  Buffer.from(`\r\n--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n`);

/** Nothing that ends a quoted name, a header or a folder; Discord keeps no other signs either. */
const fileName = (name: string): string =>
  oneLine(name)
    .replace(/[^\w.-]+/g, '_')
    .slice(-100) || 'file';
const mediaType = (type: string): string => (/^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream');
