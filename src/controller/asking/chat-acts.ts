import { createHash } from 'node:crypto';

import type { DeviationCommentSpec } from '../../api/comment.ts';
import type { Incident, IncidentSpec } from '../../api/incident.ts';
import { edited } from '../../domain/incident-edit.ts';
import type { Forbidden, NotNow, Write, Writer, Written } from '../../domain/writing.ts';
import { collectionPath, FIELD_MANAGER, KubeError, objectPath, type Resource, type Transport } from '../../kube/index.ts';
import type { Logger } from '../../platform/log.ts';
import { mayDo } from './access-review.ts';
import { RESOURCES } from '../resources.ts';

export interface ChatActsOptions {
  readonly transport: Transport;
  readonly log: Logger;
}

/** Writes for people who ask for it in a chat, each as far as their own rights go. Nothing here rejects. */
export interface ChatActs {
  /** Whether a person may write this; undefined where they may. */
  refusal(writer: Writer, write: Write): Promise<Forbidden | NotNow | undefined>;
  /** Writes it. @param key the same for each delivery of one request, and for no other: so nothing is written twice */
  write(writer: Writer, write: Write, key: string): Promise<Written>;
}

const TRIES = 6;
const TIMEOUT_MS = 10_000;

/** The operator writes in the name of a person whom it knows, after the API server said that this person may. */
export function newChatActs({ transport, log }: ChatActsOptions): ChatActs {
  const refusal: ChatActs['refusal'] = async (writer, write) => {
    try {
      for (const right of rightsFor(write)) if (!(await mayDo(transport, writer, right))) return forbidden(right);
      return undefined;
    } catch (error) {
      log.warn('nobody can say whether a person may write', answerOf(error));
      return { kind: 'NotNow' };
    }
  };
  return {
    refusal,
    write: async (writer, write, key) => {
      const refused = await refusal(writer, write);
      if (refused) return refused;
      try {
        const written = await done(transport, { writer, write, key });
        log.info('a person wrote from the chat', { what: write.kind, user: writer.user, outcome: written.kind });
        return written;
      } catch (error) {
        log.warn('what a person wrote in the chat can not be written', { what: write.kind, ...answerOf(error) });
        return refusedBy(error);
      }
    },
  };
}

const answerOf = (error: unknown): object =>
  error instanceof KubeError ? { status: error.status, reason: error.reason } : { reason: 'unknown' };

interface Right extends Omit<Forbidden, 'kind'> {
  readonly namespace: string;
  readonly name?: string;
}

/** What the API server and the chart's admission policies ask of whoever writes it without us. */
function rightsFor(write: Write): readonly Right[] {
  const { namespace } = write;
  switch (write.kind) {
    case 'OpenIncident':
      return [{ verb: 'create', resource: 'incidents', namespace }];
    case 'EditIncident':
      // Who acknowledges how it was resolved is mostly not of the team, which alone writes the rest.
      return [
        {
          verb: write.edit.kind === 'Acknowledge' ? 'acknowledge' : 'update',
          resource: 'incidents',
          namespace,
          name: write.incident,
        },
      ];
    case 'Comment': {
      const create: Right = { verb: 'create', resource: 'deviationcomments', namespace };
      // The authority may comment; what customers hear is for the team to decide, which may also update comments.
      return write.about === 'Withhold' ? [create, { ...create, verb: 'update' }] : [create];
    }
  }
}

const forbidden = ({ verb, resource }: Right): Forbidden => ({ kind: 'Forbidden', verb, resource });

interface Request {
  readonly writer: Writer;
  readonly write: Write;
  readonly key: string;
}

function done(transport: Transport, { writer, write, key }: Request): Promise<Written> {
  switch (write.kind) {
    case 'OpenIncident':
      return opened(transport, write, writer, key);
    case 'EditIncident':
      return changed(transport, write, writer);
    case 'Comment':
      return commented(transport, write, writer, key);
  }
}

const hashOf = (key: string, length: number): string => createHash('sha256').update(key).digest('hex').slice(0, length);

/** Customers read the name of an incident, and never its title: the name says no more than its service. */
function opened(
  transport: Transport,
  { namespace, service, title, severity }: Extract<Write, { kind: 'OpenIncident' }>,
  { user }: Writer,
  key: string,
): Promise<Written> {
  const spec: IncidentSpec = { service, title, ...(severity !== undefined && { severity }), reporter: user };
  return created(transport, RESOURCES.incidents, { namespace, name: `${service}-${hashOf(key, 8)}` }, spec);
}

function commented(
  transport: Transport,
  write: Extract<Write, { kind: 'Comment' }>,
  { user }: Writer,
  key: string,
): Promise<Written> {
  const { namespace, service, criterion, deviation, about, text, audience } = write;
  const spec: DeviationCommentSpec = {
    ...{ service, criterion, kind: about, text, author: user },
    ...(deviation !== undefined && { deviation }),
    ...(audience !== undefined && { audience }),
  };
  return created(transport, RESOURCES.comments, { namespace, name: `chat-${hashOf(key, 16)}` }, spec);
}

async function created(
  transport: Transport,
  resource: Resource,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  spec: object,
): Promise<Written> {
  const { apiVersion, kind } = resource;
  try {
    await transport.request({
      ...{ method: 'POST', path: collectionPath(resource, namespace), timeoutMs: TIMEOUT_MS },
      query: { fieldManager: FIELD_MANAGER },
      body: { apiVersion, kind, metadata: { name, namespace }, spec },
      // Its name makes it so.
      idempotent: true,
    });
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
  }
  return { kind: 'Written', name };
}

/** Reads it, changes it and writes it, unless somebody else wrote in between: then what it says now is read again. */
async function changed(
  transport: Transport,
  { namespace, incident: name, edit }: Extract<Write, { kind: 'EditIncident' }>,
  { user }: Writer,
): Promise<Written> {
  const path = objectPath(RESOURCES.incidents, { namespace, name });
  for (let attempt = 1; ; attempt += 1) {
    const found = (await transport.request({ method: 'GET', path, timeoutMs: TIMEOUT_MS })) as Incident;
    const after = edited(found.spec, edit, user);
    if (after.kind !== 'Changed') return after;
    // With the version that was read: what is not the latest any more is refused.
    const body = { ...found, spec: after.spec };
    try {
      await transport.request({ method: 'PUT', path, query: { fieldManager: FIELD_MANAGER }, body, timeoutMs: TIMEOUT_MS });
      return { kind: 'Written', name };
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 409 || attempt === TRIES) throw error;
    }
  }
}

/** 403: its namespace is going, or an admission policy of the cluster says no. */
const REFUSALS: readonly (number | undefined)[] = [400, 403, 413, 422];

function refusedBy(error: unknown): Written {
  if (!(error instanceof KubeError) || error.reason === 'NotLeader') return { kind: 'NotNow' };
  if (error.status === 404) return { kind: 'Gone' };
  return { kind: REFUSALS.includes(error.status) ? 'Refused' : 'NotNow' };
}
