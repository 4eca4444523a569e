import type { Bounds } from './get/version.ts';

/** Where an official release lies; both are paths below `origin`, with `{version}`, `{os}` and `{arch}` to be filled in. */
export interface Release {
  readonly origin: string;
  readonly file: string;
  /** A file of SHA-256 checksums: one of a single program holds only the hash, one of a release a line a file. */
  readonly checksums: string;
  /** The program within the archive; absent where the file is the program itself. */
  readonly member?: string;
}

/** A Go build: from a module of ours under `go/`, or of a command that its own module lets Go install. */
export type GoBuild = {
  readonly package: string;
  readonly ldflags: string;
  /** What people are told before they wait. */
  readonly takes: string;
} & ({ readonly kind: 'Module'; readonly folder: string } | { readonly kind: 'Install'; readonly tags: string });

/** One real component and every way to get it. */
export interface Part {
  /** What its file is called, and its folder in the cache. */
  readonly program: string;
  /** What distributions call it instead. */
  readonly alsoCalled?: string;
  /** The version that is downloaded or built; where neither can be, the one that was tried. */
  readonly version: string;
  /** Which versions found on this machine or in its distribution will do as well. */
  readonly fits: Bounds;
  readonly versionArgs: readonly string[];
  /** Absent where none is published as a program with checksums. */
  readonly release?: Release;
  /** Name of the package of Debian and Ubuntu. */
  readonly debianPackage?: string;
  readonly goBuild?: GoBuild;
  /** One sentence for people on whose machine no way worked. */
  readonly install: string;
}

const KUBERNETES_LDFLAGS = [
  'gitVersion=v1.36.3',
  'gitMajor=1',
  'gitMinor=36',
  'gitTreeState=clean',
  'buildDate=2026-01-01T00:00:00Z',
]
  .map((setting) => `-X k8s.io/component-base/version.${setting}`)
  .join(' ');

/** What the chart is told of the cluster when it is rendered without one; Helm built without these takes 1.20. */
const HELM_LDFLAGS = [
  'internal/version.version=v3.22.0',
  ...['pkg/chartutil', 'pkg/lint/rules'].flatMap((at) => [`${at}.k8sVersionMajor=1`, `${at}.k8sVersionMinor=36`]),
]
  .map((setting) => `-X helm.sh/helm/v3/${setting}`)
  .join(' ');

const PROMETHEUS: Omit<Part, 'version' | 'fits' | 'install'> = {
  program: 'prometheus',
  versionArgs: ['--version'],
  release: {
    origin: 'https://github.com',
    file: 'prometheus/prometheus/releases/download/v{version}/prometheus-{version}.{os}-{arch}.tar.gz',
    checksums: 'prometheus/prometheus/releases/download/v{version}/sha256sums.txt',
    member: 'prometheus-{version}.{os}-{arch}/prometheus',
  },
  debianPackage: 'prometheus',
};

const PROMETHEUS_3: Pick<Part, 'version' | 'goBuild'> = {
  version: '3.16.0',
  goBuild: {
    kind: 'Install',
    package: 'github.com/prometheus/prometheus/cmd/prometheus@v0.316.0',
    // Without its service discoveries: a dependency of one can't be had from every module proxy. Static targets stay.
    tags: 'remove_all_sd',
    ldflags: '-X github.com/prometheus/common/version.Version=3.16.0',
    takes: 'about 3 minutes on 2 cores',
  },
};

/** Every part; a new one is one more entry. */
export const PARTS = {
  etcd: {
    program: 'etcd',
    version: '3.6.8',
    fits: { atLeast: '3.5' },
    versionArgs: ['--version'],
    release: {
      origin: 'https://github.com',
      file: 'etcd-io/etcd/releases/download/v{version}/etcd-v{version}-{os}-{arch}.tar.gz',
      checksums: 'etcd-io/etcd/releases/download/v{version}/SHA256SUMS',
      member: 'etcd-v{version}-{os}-{arch}/etcd',
    },
    debianPackage: 'etcd-server',
    goBuild: { kind: 'Module', folder: 'etcd', package: '.', ldflags: '', takes: 'about 1 minute on 2 cores' },
    install: 'Install etcd 3.5 or newer and put it on the PATH, or install Go 1.26 or newer so that it can be built here.',
  },
  'kube-apiserver': {
    program: 'kube-apiserver',
    version: '1.36.3',
    fits: { atLeast: '1.31' },
    versionArgs: ['--version'],
    release: {
      origin: 'https://dl.k8s.io',
      file: 'release/v{version}/bin/{os}/{arch}/kube-apiserver',
      checksums: 'release/v{version}/bin/{os}/{arch}/kube-apiserver.sha256',
    },
    goBuild: {
      kind: 'Module',
      folder: 'kube-apiserver',
      package: '.',
      ldflags: KUBERNETES_LDFLAGS,
      takes: 'about 7 minutes on 2 cores',
    },
    install:
      'Let KUBEBUILDER_ASSETS name a folder with kube-apiserver 1.31 or newer (`setup-envtest use -p path` makes one), or install Go 1.26 or newer so that it can be built here.',
  },
  kubectl: {
    program: 'kubectl',
    version: '1.36.3',
    fits: {},
    versionArgs: ['version', '--client'],
    release: {
      origin: 'https://dl.k8s.io',
      file: 'release/v{version}/bin/{os}/{arch}/kubectl',
      checksums: 'release/v{version}/bin/{os}/{arch}/kubectl.sha256',
    },
    debianPackage: 'kubernetes-client',
    goBuild: {
      kind: 'Module',
      folder: 'kubectl',
      package: '.',
      ldflags: KUBERNETES_LDFLAGS,
      takes: 'about 2 minutes on 2 cores',
    },
    install: 'Install kubectl and put it on the PATH.',
  },
  helm: {
    program: 'helm',
    version: '3.22.0',
    fits: { atLeast: '3.17', below: '4' },
    versionArgs: ['version', '--short'],
    release: {
      origin: 'https://get.helm.sh',
      file: 'helm-v{version}-{os}-{arch}.tar.gz',
      checksums: 'helm-v{version}-{os}-{arch}.tar.gz.sha256sum',
      member: '{os}-{arch}/helm',
    },
    goBuild: {
      kind: 'Install',
      package: 'helm.sh/helm/v3/cmd/helm@v3.22.0',
      tags: '',
      ldflags: HELM_LDFLAGS,
      takes: 'about 3 minutes on 2 cores',
    },
    install: 'Install Helm 3 (3.17 or newer) and put it on the PATH, or install Go 1.26 or newer so that it can be built here.',
  },
  prometheus: {
    ...PROMETHEUS,
    ...PROMETHEUS_3,
    fits: { atLeast: '2.40' },
    install: 'Install Prometheus 2.40 or newer and put it on the PATH.',
  },
  prometheus2: {
    ...PROMETHEUS,
    version: '2.55.1',
    fits: { atLeast: '2.40', below: '3' },
    install: 'Install Prometheus 2 (2.40 or newer) and put it on the PATH.',
  },
  prometheus3: {
    ...PROMETHEUS,
    ...PROMETHEUS_3,
    fits: { atLeast: '3', below: '4' },
    install: 'Install Prometheus 3 and put it on the PATH, or install Go 1.26 or newer so that it can be built here.',
  },
  'blackbox-exporter': {
    program: 'blackbox_exporter',
    alsoCalled: 'prometheus-blackbox-exporter',
    version: '0.28.0',
    fits: { atLeast: '0.20' },
    versionArgs: ['--version'],
    release: {
      origin: 'https://github.com',
      file: 'prometheus/blackbox_exporter/releases/download/v{version}/blackbox_exporter-{version}.{os}-{arch}.tar.gz',
      checksums: 'prometheus/blackbox_exporter/releases/download/v{version}/sha256sums.txt',
      member: 'blackbox_exporter-{version}.{os}-{arch}/blackbox_exporter',
    },
    debianPackage: 'prometheus-blackbox-exporter',
    goBuild: {
      kind: 'Module',
      folder: 'blackbox-exporter',
      package: 'github.com/prometheus/blackbox_exporter',
      ldflags: '-X github.com/prometheus/common/version.Version=0.28.0',
      takes: 'about 2 minutes on 2 cores',
    },
    install: 'Install the Prometheus blackbox exporter and put it on the PATH.',
  },
  alertmanager: {
    program: 'alertmanager',
    alsoCalled: 'prometheus-alertmanager',
    version: '0.31.1',
    fits: { atLeast: '0.22' },
    versionArgs: ['--version'],
    release: {
      origin: 'https://github.com',
      file: 'prometheus/alertmanager/releases/download/v{version}/alertmanager-{version}.{os}-{arch}.tar.gz',
      checksums: 'prometheus/alertmanager/releases/download/v{version}/sha256sums.txt',
      member: 'alertmanager-{version}.{os}-{arch}/alertmanager',
    },
    debianPackage: 'prometheus-alertmanager',
    goBuild: {
      kind: 'Install',
      package: 'github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1',
      tags: '',
      ldflags: '-X github.com/prometheus/common/version.Version=0.31.1',
      takes: 'about 2 minutes on 2 cores',
    },
    install: 'Install the Prometheus Alertmanager and put it on the PATH.',
  },
  'node-exporter': {
    program: 'node_exporter',
    alsoCalled: 'prometheus-node-exporter',
    version: '1.10.2',
    fits: { atLeast: '1.3' },
    versionArgs: ['--version'],
    release: {
      origin: 'https://github.com',
      file: 'prometheus/node_exporter/releases/download/v{version}/node_exporter-{version}.{os}-{arch}.tar.gz',
      checksums: 'prometheus/node_exporter/releases/download/v{version}/sha256sums.txt',
      member: 'node_exporter-{version}.{os}-{arch}/node_exporter',
    },
    debianPackage: 'prometheus-node-exporter',
    goBuild: {
      kind: 'Install',
      package: 'github.com/prometheus/node_exporter@v1.10.2',
      tags: '',
      ldflags: '-X github.com/prometheus/common/version.Version=1.10.2',
      takes: 'about 1 minute on 2 cores',
    },
    install: 'Install the Prometheus node exporter (Linux) and put it on the PATH.',
  },
  loki: {
    program: 'loki',
    version: '3.7.8',
    fits: { atLeast: '3', below: '4' },
    versionArgs: ['--version'],
    // Its releases hold the program in a .zip, which is not read here.
    goBuild: {
      kind: 'Module',
      folder: 'loki',
      package: 'github.com/grafana/loki/v3/cmd/loki',
      ldflags: '-X github.com/grafana/loki/v3/pkg/util/build.Version=3.7.8',
      takes: 'about 10 minutes on 2 cores',
    },
    install: 'Install Loki 3 and put it on the PATH, or install Go 1.26.5 or newer so that it can be built here.',
  },
  buildah: {
    program: 'buildah',
    version: '1.28.2',
    fits: { atLeast: '1.24' },
    versionArgs: ['--version'],
    debianPackage: 'buildah',
    install: 'Install buildah 1.24 or newer (Linux only) and put it on the PATH.',
  },
  runc: {
    program: 'runc',
    version: '1.1.5',
    fits: { atLeast: '1.1' },
    versionArgs: ['--version'],
    debianPackage: 'runc',
    install: 'Install runc 1.1 or newer (Linux only) and put it on the PATH.',
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof PARTS;

/** The names of all parts, in the order of the register. */
export const PART_NAMES = Object.keys(PARTS) as PartName[];
