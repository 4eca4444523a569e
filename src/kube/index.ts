// The way to the Kubernetes API server: requests, mirrored kinds, a queue of keys, statuses, owned objects, Events and a lease.
// It knows no word of certification: it is told what to write, and tells what changed.
export { apply, applyOwn, createOwned, deleteObject, FIELD_MANAGER, getObject } from './apply.ts';
export type { Applied, ApplyRequest, DeleteOutcome, Found, OwnedOutcome, Standing } from './apply.ts';
export type { Backoff } from '../platform/backoff.ts';
export { setCondition } from './conditions.ts';
export { loadKubeConfig } from './config.ts';
export type { ConfigSource } from './config.ts';
export { EventRecorder } from './events.ts';
export type { EmitOutcome, EventNote, EventRecorderOptions } from './events.ts';
export { KubeError, statusOf } from './kube-error.ts';
export { Lease } from './lease.ts';
export type { LeaseOptions } from './lease.ts';
export { withoutManagedFields } from './mirror.ts';
export type { ChangeHandler } from './mirror.ts';
export { WorkQueue } from './queue.ts';
export type { Priority, QueueOptions } from './queue.ts';
export { Reflector } from './reflector.ts';
export type { ReflectorOptions } from './reflector.ts';
export { collectionPath, keyOf, objectPath } from './resource.ts';
export type { ObjectName, Resource } from './resource.ts';
export { StatusWriter } from './status-writer.ts';
export type { StatusWriterOptions, WriteOutcome } from './status-writer.ts';
export type { StatusChange } from './status-backlog.ts';
export type { Indexes, Store } from './store.ts';
export { newTransport } from './transport.ts';
export type { KubeRequest, Method, Query, StreamRequest, Transport, TransportOptions } from './transport.ts';
