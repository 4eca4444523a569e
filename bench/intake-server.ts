import { appendFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import express, { type Express } from 'express';

import { openInbox } from '../src/inbox/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { newIntake } from '../src/web/intake.ts';

/** Whom the bench posts for. */
export const INTAKE_SOURCE = 'falco';
export const INTAKE_TOKEN = 'token-of-the-bench';

/** Express with the intake as the operator mounts it. */
function intake(path: string): Express {
  const inbox = openInbox({ path, clock: systemClock });
  return express().use(
    newIntake({ inbox, accessTo: (_kind, source) => (source === INTAKE_SOURCE ? { token: INTAKE_TOKEN } : undefined) }),
  );
}

/** Express with nothing but what is needed to put a body behind others. */
function bare(path: string): Express {
  const app = express();
  app.post('/intake/falco/:source/:token', express.raw({ type: () => true }), async (request, response) => {
    await appendFile(path, `${String(request.body)}\n`);
    response.status(204).end();
  });
  return app;
}

// Run as a process of its own it serves; the bench imports only the names above.
const [way, path] = process.argv.slice(2);
if (process.send !== undefined && path !== undefined) {
  const server = createServer(way === 'intake' ? intake(path) : bare(path));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}
