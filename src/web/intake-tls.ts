import { createServer } from 'node:https';

import type { RequestHandler } from 'express';

import type { Clock } from '../platform/clock.ts';
import { messageOf } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { listening, mountAtWork, mountFailure, newApp, PATIENCE, type WebServer } from './listening.ts';
import { isSameText, readTlsFiles, secureContextOf } from './tls-files.ts';

export interface IntakeTlsOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Holds tls.crt, tls.key and ca.crt; other files there are taken up within a minute. */
  readonly folder: string;
  readonly intake: () => RequestHandler | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_AGAIN_MS = 60_000;
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A sender that keeps its connection shows its certificate again after so many requests. */
const MAX_REQUESTS_PER_CONNECTION = 1_000;

/**
 * Starts the intake on a port of its own, for senders that show a client certificate of the authority in `ca.crt`: without one no
 * connection comes about, and nothing else is answered there.
 * @throws AssayError SPEC_INVALID when the files can not be used
 */
export async function startIntakeTls({ host, port, folder, intake, clock, log }: IntakeTlsOptions): Promise<WebServer> {
  const app = newApp();
  let known = new WeakSet<object>();
  app.use(({ socket }, response, next) => {
    // Let in by files of before: served once more, since not every sender comes again, and then it shows its certificate anew.
    if (!known.has(socket)) response.set('connection', 'close');
    next();
  });
  mountAtWork(app, '/intake', intake);
  mountFailure(app, (error) => log.warn('a request could not be answered', { error: messageOf(error) }));
  let files = await readTlsFiles(folder);
  const demands = { requestCert: true, rejectUnauthorized: true, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  const server = createServer({ ...secureContextOf(files), ...demands, ...PATIENCE }, app);
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.on('secureConnection', (socket) => void known.add(socket));
  const web = await listening(server, host, port);

  const look = async (): Promise<void> => {
    const found = await readTlsFiles(folder);
    if (isSameText(found, files)) return;
    server.setSecureContext(secureContextOf(found));
    known = new WeakSet();
    server.closeIdleConnections();
    files = found;
    log.info('the certificates of the intake were renewed');
  };
  let stop = (): void => undefined;
  const lookAgain = (): void => {
    stop = clock.after(LOOK_AGAIN_MS, () => {
      void look()
        .catch((error: unknown) => log.warn('the certificates of the intake can not be renewed', { error: messageOf(error) }))
        .finally(() => {
          if (server.listening) lookAgain();
        });
    });
  };
  lookAgain();
  return {
    port: web.port,
    close: async () => {
      stop();
      await web.close();
    },
  };
}
