import type { Structural } from './generate/structural.ts';
import { type FieldPath, isJsonObject, type Problem, problemAt, valueAt } from './validate-paths.ts';

const text = (description: string): Structural => ({ type: 'string', description });
const texts = (description: string): Structural => ({ type: 'object', description, additionalProperties: { type: 'string' } });

const OWNER: Structural = {
  type: 'object',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  properties: {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner.'),
    controller: { type: 'boolean' },
    blockOwnerDeletion: { type: 'boolean' },
  },
};

/** `ObjectMeta`, which the API server checks for every kind by itself. */
export const METADATA: Structural = {
  type: 'object',
  description: 'Name and labels of the object.',
  properties: {
    name: text('Name of the object.'),
    generateName: text('Beginning of a name that the API server completes.'),
    namespace: text('Namespace of the object.'),
    labels: texts('Labels.'),
    annotations: texts('Annotations.'),
    uid: text('Set by the API server.'),
    resourceVersion: text('Set by the API server.'),
    selfLink: text('Set by the API server.'),
    generation: { type: 'integer', format: 'int64' },
    creationTimestamp: { type: 'string', format: 'date-time' },
    deletionTimestamp: { type: 'string', format: 'date-time' },
    deletionGracePeriodSeconds: { type: 'integer', format: 'int64' },
    finalizers: { type: 'array', items: { type: 'string' } },
    ownerReferences: { type: 'array', items: OWNER },
    managedFields: { type: 'array', items: { type: 'object' } },
  },
};

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The rules for names, labels and annotations that no schema holds. */
export function metadataProblems(object: unknown): Problem[] {
  return [...nameProblems(object), ...namespaceProblems(object), ...labelProblems(object), ...annotationProblems(object)];
}

const NAME: FieldPath = ['metadata', 'name'];

function nameProblems(object: unknown): Problem[] {
  const name = valueAt(object, NAME);
  if (name === undefined) {
    const isGenerated = valueAt(object, ['metadata', 'generateName']) !== undefined;
    return isGenerated ? [] : [problemAt(NAME, 'is required: a name that no other object of this kind in the namespace has')];
  }
  if (typeof name !== 'string' || (name.length <= 253 && SUBDOMAIN.test(name))) return [];
  return [problemAt(NAME, `${JSON.stringify(name)} is not a name: write lower-case letters, digits, - and ., at most 253`)];
}

function namespaceProblems(object: unknown): Problem[] {
  const namespace = valueAt(object, ['metadata', 'namespace']);
  if (typeof namespace !== 'string' || namespace === '' || LABEL.test(namespace)) return [];
  const message = `${JSON.stringify(namespace)} is not a namespace: write lower-case letters, digits and -, at most 63`;
  return [problemAt(['metadata', 'namespace'], message)];
}

function labelProblems(object: unknown): Problem[] {
  const at = ['metadata', 'labels'];
  return entries(valueAt(object, at)).flatMap(([key, value]) => {
    const isValue = typeof value !== 'string' || value === '' || LABEL_NAME.test(value);
    const wrongValue = `the value ${JSON.stringify(value)} of ${key} is no label value: write letters, digits, -, _ and ., at most 63`;
    return [...keyProblem(at, key), ...(isValue ? [] : [problemAt(at, wrongValue)])];
  });
}

function annotationProblems(object: unknown): Problem[] {
  const at = ['metadata', 'annotations'];
  return entries(valueAt(object, at)).flatMap(([key]) => keyProblem(at, key.toLowerCase()));
}

const entries = (value: unknown): [string, unknown][] => (isJsonObject(value) ? Object.entries(value) : []);

function keyProblem(at: FieldPath, key: string): Problem[] {
  const [name, prefix] = key.split('/', 2).reverse();
  const isKey = LABEL_NAME.test(name ?? '') && (prefix === undefined || SUBDOMAIN.test(prefix)) && key.split('/').length <= 2;
  return isKey ? [] : [problemAt(at, `${JSON.stringify(key)} is no key: write name or example.org/name`)];
}
