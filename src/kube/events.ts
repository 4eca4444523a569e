import type { KubeObject } from '../api/common.ts';
import type { Logger } from '../platform/log.ts';
import { KubeError } from './kube-error.ts';
import { microTime } from './micro-time.ts';
import { collectionPath, keyOf, type Resource } from './resource.ts';
import { cutText } from './text.ts';
import type { Transport } from './transport.ts';

/** Something that happened to an object. */
export interface EventNote {
  /** The same each time this happening is told, so that it is there once. */
  readonly name: string;
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** Why, in one word. */
  readonly reason: string;
  /** What the operator did or found, in one word. */
  readonly action: string;
  readonly note: string;
  readonly at: Date;
}

/** `AlreadyThere`: an earlier try had reached the API server. `Impossible`: it can never have it. */
export type EmitOutcome = 'Recorded' | 'AlreadyThere' | 'Impossible';

export interface EventRecorderOptions {
  readonly transport: Transport;
  readonly log: Logger;
  /** Which process reports, for example its pod's name. */
  readonly instance: string;
}

const EVENTS: Resource = { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespaced: true };
const CONTROLLER = 'assay.dev/operator';
// Events of objects without a namespace live here.
const CLUSTER_EVENTS_NAMESPACE = 'default';
const MAX_NOTE_BYTES = 1024;
const MAX_WORD_BYTES = 128;

/** Writes Kubernetes Events. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /**
   * Resolves once the API server has the Event, or can never have it.
   * @throws KubeError when it should be tried again
   */
  async emit(note: EventNote, signal?: AbortSignal): Promise<EmitOutcome> {
    const namespace = note.regarding.metadata.namespace ?? CLUSTER_EVENTS_NAMESPACE;
    try {
      await this.#options.transport.request({
        method: 'POST',
        path: collectionPath(EVENTS, namespace),
        body: eventOf(note, namespace, this.#options.instance),
        // Its name makes it so.
        idempotent: true,
        ...(signal === undefined ? {} : { signal }),
      });
      return 'Recorded';
    } catch (error) {
      return this.#refused(note, error);
    }
  }

  #refused(note: EventNote, error: unknown): EmitOutcome {
    if (!(error instanceof KubeError)) throw error;
    if (error.status === 409 && error.reason === 'AlreadyExists') return 'AlreadyThere';
    if (!isFinal(error)) throw error;
    const fields = { event: note.name, regarding: keyOf(note.regarding), status: error.status, detail: error.detail };
    this.#options.log.warn('an event can not be recorded', fields);
    return 'Impossible';
  }
}

/** Its namespace is going or gone, or the Event itself is not acceptable. */
function isFinal({ status, reason, causes }: KubeError): boolean {
  if (status === 403) return causes.includes('NamespaceTerminating');
  if (status === 404) return reason === 'NotFound';
  return status === 400 || status === 413 || status === 422;
}

function eventOf(note: EventNote, namespace: string, instance: string): unknown {
  const { apiVersion, kind, metadata } = note.regarding;
  const { name, uid, resourceVersion } = metadata;
  return {
    apiVersion: EVENTS.apiVersion,
    kind: EVENTS.kind,
    metadata: { name: note.name, namespace },
    eventTime: microTime(note.at),
    reportingController: CONTROLLER,
    reportingInstance: cutText(instance, MAX_WORD_BYTES),
    type: note.type,
    reason: cutText(note.reason, MAX_WORD_BYTES),
    action: cutText(note.action, MAX_WORD_BYTES),
    note: cutText(note.note, MAX_NOTE_BYTES),
    regarding: { apiVersion, kind, name, namespace: metadata.namespace, uid, resourceVersion },
  };
}
