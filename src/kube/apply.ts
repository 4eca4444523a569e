import type { KubeObject, OwnerReference } from '../api/common.ts';
import { statusOf } from './kube-error.ts';
import { objectPath, type ObjectName, type Resource } from './resource.ts';
import type { Transport } from './transport.ts';

/** The name under which the API server notes which fields are this operator's. */
export const FIELD_MANAGER = 'assay';
/** Content type of server-side apply. JSON is YAML; `application/apply-patch+json` is refused with 415 (measured on 1.36). */
export const APPLY = 'application/apply-patch+yaml';

/** An object to be applied: the fields that this operator wants to have a say in, and no others. */
export type Applied = KubeObject & { readonly [field: string]: unknown };

export interface ApplyRequest {
  readonly transport: Transport;
  readonly resource: Resource;
  readonly object: Applied;
  readonly signal?: AbortSignal;
}

/** Creates the object or makes it have these fields, whoever made it. */
export async function apply({ transport, resource, object, signal }: ApplyRequest): Promise<KubeObject> {
  const answer = await transport.request({
    method: 'PATCH',
    path: objectPath(resource, object.metadata),
    query: { fieldManager: FIELD_MANAGER, force: true },
    contentType: APPLY,
    body: object,
    ...(signal === undefined ? {} : { signal }),
  });
  return answer as KubeObject;
}

export type Found = { readonly kind: 'Found'; readonly object: KubeObject } | { readonly kind: 'Absent' };

/** Reads one object. */
export async function getObject({
  transport,
  resource,
  name,
  signal,
}: Omit<ApplyRequest, 'object'> & { name: ObjectName }): Promise<Found> {
  try {
    const path = objectPath(resource, name);
    const object = await transport.request({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
    return { kind: 'Found', object: object as KubeObject };
  } catch (error) {
    if (statusOf(error) === 404) return { kind: 'Absent' };
    throw error;
  }
}

export type OwnedOutcome =
  | { readonly kind: 'Applied'; readonly object: KubeObject }
  /** An object of this name exists that does not belong to the owner; it was left alone. */
  | { readonly kind: 'Taken'; readonly object: KubeObject };

const TRIES = 5;

/**
 * Creates an object that belongs to `owner`, or updates it if it already does; never adopts another one. Somebody who creates,
 * replaces or deletes it between reading and writing makes it read again.
 */
export async function createOwned({
  owner,
  ...request
}: ApplyRequest & { readonly owner: OwnerReference }): Promise<OwnedOutcome> {
  const metadata = { ...request.object.metadata, ownerReferences: [owner] };
  const standing = (found: KubeObject): Standing => (belongsTo(found, owner) ? 'Outdated' : 'Foreign');
  return applyOwn({ ...request, object: { ...request.object, metadata }, standing });
}

/** What an object that was found means for one that is to be applied: it is somebody else's, it may be written over, or need not be. */
export type Standing = 'Foreign' | 'Outdated' | 'UpToDate';

/** As `createOwned`, where the caller knows its own objects by something else, and which of them need no write. */
export async function applyOwn(
  request: ApplyRequest & { readonly standing: (found: KubeObject) => Standing },
): Promise<OwnedOutcome> {
  const { object } = request;
  for (let attempt = 1; ; attempt += 1) {
    const found = await getObject({ ...request, name: object.metadata });
    const standing = found.kind === 'Found' ? request.standing(found.object) : 'Outdated';
    if (found.kind === 'Found' && standing === 'Foreign') return { kind: 'Taken', object: found.object };
    if (found.kind === 'Found' && standing === 'UpToDate') return { kind: 'Applied', object: found.object };
    const metadata = { ...object.metadata, ...precondition(found) };
    try {
      return { kind: 'Applied', object: await apply({ ...request, object: { ...object, metadata } }) };
    } catch (error) {
      if (statusOf(error) !== 409 || attempt === TRIES) throw error;
    }
  }
}

/**
 * Apply creates or updates, and has no way to say which one is meant. But it compares the version with that of an existing object
 * only, and no object has version 1: with it, apply creates, or is refused. With the uid of an object that is gone it is refused.
 */
function precondition(found: Found): { resourceVersion: string; uid?: string } {
  if (found.kind === 'Absent') return { resourceVersion: '1' };
  const { resourceVersion = '', uid } = found.object.metadata;
  return { resourceVersion, ...(uid === undefined ? {} : { uid }) };
}

function belongsTo({ metadata }: KubeObject, owner: OwnerReference): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.uid);
}

/** `Replaced`: an object of this name is there, but not the one that was meant. */
export type DeleteOutcome = 'Deleted' | 'Gone' | 'Replaced';

/** Deletes the one object with this uid. */
export async function deleteObject(
  transport: Transport,
  resource: Resource,
  { uid, ...name }: ObjectName & { readonly uid: string },
  signal?: AbortSignal,
): Promise<DeleteOutcome> {
  try {
    await transport.request({
      method: 'DELETE',
      path: objectPath(resource, name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid }, propagationPolicy: 'Background' },
      ...(signal === undefined ? {} : { signal }),
    });
    return 'Deleted';
  } catch (error) {
    if (statusOf(error) === 404) return 'Gone';
    if (statusOf(error) === 409) return 'Replaced';
    throw error;
  }
}
