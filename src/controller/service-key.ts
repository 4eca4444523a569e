import { qualified } from '../api/common.ts';
import type { ServiceName } from '../evidence/index.ts';

/** The key of a service in queues and maps: `namespace/service`. */
export const serviceKey = ({ namespace, service }: ServiceName): string => qualified(namespace, service);

/** The service of a key. */
export function serviceOf(key: string): ServiceName {
  const [namespace = '', service = ''] = key.split('/');
  return { namespace, service };
}
