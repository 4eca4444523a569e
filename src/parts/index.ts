// Parts: real components, got on any machine and run on loopback, for the demo and the tests. Nothing that they start
// outlives this process. The operator itself never imports this room.
export { fetchPart, fetchParts, type FetchOptions } from './get/fetch-part.ts';
export { fetchOpenSearch } from './get/from-maven.ts';
export { fetchSynapse } from './get/from-pypi.ts';
export { PART_NAMES, type PartName } from './register.ts';
export { type Alertmanager, type AlertmanagerOptions, startAlertmanager } from './run/alertmanager.ts';
export { type BlackboxExporter, type BlackboxOptions, type Probe, startBlackboxExporter } from './run/blackbox-exporter.ts';
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from './run/control-plane.ts';
export type { ClusterUser } from './run/credentials.ts';
export { type Daemon, type DaemonSpec, startDaemon } from './run/daemon.ts';
export { freePort } from './run/free-port.ts';
export { type Loki, type LokiLimits, type LokiOptions, startLoki } from './run/loki.ts';
export { type NodeExporter, type NodeExporterOptions, startNodeExporter } from './run/node-exporter.ts';
export { type OpenSearch, type OpenSearchOptions, startOpenSearch } from './run/opensearch.ts';
export {
  type Prometheus,
  type PrometheusConfig,
  type PrometheusOptions,
  type ScrapeConfig,
  startPrometheus,
} from './run/prometheus.ts';
export { openSession, type Session, type SessionOptions, type Stoppable, withSession } from './run/session.ts';
export { type Shop, startShop } from './run/shop.ts';
export { type MatrixUser, startSynapse, type Synapse, type SynapseOptions } from './run/synapse.ts';
export { waitUntil, type Waiting } from './run/wait-until.ts';
