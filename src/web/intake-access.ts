import { randomBytes } from 'node:crypto';

import type { Request, RequestHandler } from 'express';

import type { PushedKind } from '../api/source.ts';
import { sameText } from '../platform/same-text.ts';
import { peerNamesOf } from './peer-names.ts';

/** What a sender has to show; both where both are there. */
export interface Access {
  readonly token?: string;
  /** Its certificate carries one of these names. */
  readonly clientNames?: readonly string[];
}

/** What the senders of a source have to show; undefined for any name that takes nothing of this kind. */
export type AccessTo = (kind: PushedKind, source: string) => Access | undefined;

/** Set on an answer whose sender has shown that it may send. */
const SHOWN = 'shownToBeSource';

/** Lets those pass who show what their source demands; everybody else hears the same, whether there is such a source or not. */
export function authenticate(kind: PushedKind, accessTo: AccessTo, onStranger: () => void): RequestHandler {
  // What an unknown source is compared with, so that it takes as long as a known one.
  const nobody = randomBytes(32).toString('hex');
  return (request, response, next) => {
    if (shows(request, accessTo(kind, sourceIn(request)) ?? { token: nobody }, nobody)) {
      response.locals[SHOWN] = true;
      next();
      return;
    }
    onStranger();
    response.status(404).end();
  };
}

/** Whether the sender has shown that it may send. */
export const isShown = (response: { readonly locals: Readonly<Record<string, unknown>> }): boolean =>
  response.locals[SHOWN] === true;

/** The source for which a request is. */
export const sourceIn = ({ params }: Pick<Request, 'params'>): string => String(params['source'] ?? '');

function shows(request: Request, { token, clientNames }: Access, nobody: string): boolean {
  // Tokens come from files that end in a line break; an empty one is nobody's.
  const showsToken = sameText(tokenIn(request), token?.trim() || nobody);
  if (clientNames === undefined) return showsToken;
  return (token === undefined || showsToken) && isNamed(request, clientNames);
}

function isNamed({ socket }: Request, clientNames: readonly string[]): boolean {
  const names = peerNamesOf(socket);
  return clientNames.some((name) => names.includes(name.toLowerCase()));
}

/** In the path, as a bearer token, or as the password of any user. */
function tokenIn({ params, headers }: Request): string {
  const inPath = params['token'];
  if (typeof inPath === 'string') return inPath;
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic) +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() !== 'basic') return credentials;
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : '';
}
