import { Type, type Static, type TOptional } from 'typebox';

import {
  Audience,
  cel,
  Conditions,
  Fields,
  listMap,
  type ObjectMeta,
  PositiveDuration,
  SecretKeyRef,
  Severity,
  Timestamp,
} from './common.ts';
import { GrantedNamespaces } from './source.ts';

const Url = (description: string) =>
  Type.String({ pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$', maxLength: 2048, description });

const room = (what: string) =>
  Type.String({
    minLength: 1,
    maxLength: 255,
    description: `${what} {service} and {namespace} stand for the service that a message is about.`,
  });

/** The register of chat platforms and other ways to tell somebody: one entry each under `spec`. */
export const PLATFORMS = {
  matrix: Fields(
    {
      url: Url('Base address of the homeserver, without credentials, query or fragment: https://matrix.example.org.'),
      room: room('Id or alias of the room: !abc:example.org, #{service}-authority:example.org.'),
      tokenSecret: SecretKeyRef,
      members: Type.Optional(
        Type.Array(Type.String({ pattern: '^@[^\\s:]+:[^\\s]+$', maxLength: 255 }), {
          maxItems: 256,
          'x-kubernetes-list-type': 'set',
          description: 'Who is to be in the room, beside the operator itself; somebody else there, or missing, is said.',
        }),
      ),
    },
    { description: 'A room of Matrix.' },
  ),
  slack: Fields(
    {
      url: Type.Optional(
        Type.String({
          pattern: '^https?://[^\\s/?#@]+(/[^\\s?#]*)?$',
          maxLength: 2048,
          default: 'https://slack.com/api',
          description: 'Base address of the Web API (default https://slack.com/api).',
        }),
      ),
      channel: Type.Optional(room('Id or name of the channel: C024BE91L, #{service}-authority.')),
      tokenSecret: Type.Optional(SecretKeyRef),
      webhookSecret: Type.Optional(SecretKeyRef),
      appTokenSecret: Type.Optional(SecretKeyRef),
      signingSecret: Type.Optional(SecretKeyRef),
    },
    {
      description:
        'Slack: a channel with the token of a bot, or an incoming webhook whose whole address is secret. People ask by socket mode (appTokenSecret, xapp-...) or by a slash command (signingSecret of the app).',
      ...cel(
        {
          rule: 'has(self.webhookSecret) ? !has(self.tokenSecret) && !has(self.channel) : has(self.tokenSecret) && has(self.channel)',
          message: 'slack has channel and tokenSecret, or webhookSecret',
        },
        {
          rule: 'has(self.tokenSecret) || !(has(self.appTokenSecret) || has(self.signingSecret))',
          message: 'appTokenSecret and signingSecret go with tokenSecret',
        },
      ),
    },
  ),
  mattermost: Fields(
    {
      url: Url('Base address of the server: https://chat.example.org.'),
      channel: room('Team and name of the channel, or its id: ops/{service}-alerts.'),
      tokenSecret: SecretKeyRef,
      commandTokenSecret: Type.Optional(SecretKeyRef),
    },
    {
      description:
        'A channel of Mattermost, with the token of a bot. People ask by a slash command, whose token is in commandTokenSecret.',
    },
  ),
  teams: Fields(
    { webhookSecret: SecretKeyRef },
    { description: 'Microsoft Teams: the address of a workflow that posts to a channel, which is secret as a whole.' },
  ),
  discord: Fields(
    { webhookSecret: SecretKeyRef },
    { description: 'Discord: the address of a webhook, which is secret as a whole.' },
  ),
  webhook: Fields(
    {
      url: Url('Address that is posted to.'),
      signingSecret: Type.Optional(SecretKeyRef),
    },
    {
      description:
        'Any HTTP endpoint: CloudEvents 1.0 in JSON, signed as Standard Webhooks say if there is a signingSecret (whsec_ and base64).',
    },
  ),
  alertmanager: Fields(
    {
      urls: Type.Array(Url('Base address of one replica: http://alertmanager-0.monitoring:9093.'), {
        minItems: 1,
        maxItems: 16,
        'x-kubernetes-list-type': 'set',
        description: 'Every replica: alerts are posted to each.',
      }),
      tokenSecret: Type.Optional(SecretKeyRef),
    },
    { description: 'Alertmanager (API v2).' },
  ),
  email: Fields(
    {
      server: Type.String({ pattern: '^[^\\s/:@]+$', maxLength: 253, description: 'Host of the mail server.' }),
      port: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 65_535, default: 587, description: 'Port of the mail server (default 587).' }),
      ),
      encryption: Type.Optional(
        Type.Enum(['StartTLS', 'TLS', 'None'], {
          type: 'string',
          default: 'StartTLS',
          description: 'How the connection is secured: StartTLS (default), TLS from the first byte on, or None, for trials only.',
        }),
      ),
      from: Type.String({ pattern: '^[^\\s<>@,;]+@[^\\s<>@,;]+$', maxLength: 254, description: 'Address of the sender.' }),
      to: Type.Array(Type.String({ pattern: '^[^\\s<>@,;]+@[^\\s<>@,;]+$', maxLength: 254 }), {
        minItems: 1,
        maxItems: 64,
        'x-kubernetes-list-type': 'set',
        description: 'Addresses of the receivers.',
      }),
      username: Type.Optional(Type.String({ minLength: 1, maxLength: 253, description: 'User name at the mail server.' })),
      passwordSecret: Type.Optional(SecretKeyRef),
    },
    {
      description: 'E-mail by SMTP.',
      ...cel({
        rule: 'has(self.username) == has(self.passwordSecret)',
        message: 'username and passwordSecret go together',
      }),
    },
  ),
} as const;
export type PlatformKind = keyof typeof PLATFORMS;
/** What a channel says of its platform, by platform. */
export type PlatformSettings = { [K in PlatformKind]: Static<(typeof PLATFORMS)[K]> };

export const TOPICS = ['Alerts', 'Logs', 'Security', 'Incidents', 'Changes', 'Findings', 'Reports', 'Sources'] as const;
export type Topic = (typeof TOPICS)[number];

const platformFields = Object.fromEntries(Object.entries(PLATFORMS).map(([kind, schema]) => [kind, Type.Optional(schema)])) as {
  [K in PlatformKind]: TOptional<(typeof PLATFORMS)[K]>;
};

const Person = Fields(
  {
    id: Type.String({
      minLength: 1,
      maxLength: 255,
      description: "The platform's own id of the person: @alice:example.org, U012AB3CD.",
    }),
    user: Type.String({ minLength: 1, maxLength: 253, description: 'Name of the user, as Kubernetes knows it.' }),
    groups: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 253 }), {
        maxItems: 32,
        'x-kubernetes-list-type': 'set',
        description: 'Groups of the user, as Kubernetes knows them.',
      }),
    ),
  },
  { description: 'Who somebody of the chat is to Kubernetes.' },
);

const Chat = Fields(
  {
    timeZone: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_+/-]+$',
        maxLength: 63,
        default: 'UTC',
        description: 'Where days begin and end, by its name in the IANA data base, such as Europe/Berlin (default UTC).',
      }),
    ),
    people: Type.Optional(
      Type.Array(Person, {
        maxItems: 256,
        ...listMap('id'),
        description:
          'Who may write from the chat, each as far as the rights of the user go. Whoever is in the room may read what the audience of the channel may see.',
      }),
    ),
  },
  { description: 'People may ask here, and write what they have the rights for. On Matrix, Slack and Mattermost.' },
);

/** What may stand in braces in a template; what is said of the criterion only where the audience may see it. */
export const TEMPLATE_NAMES = ['title', 'state', 'service', 'namespace', 'severity', 'since', 'criterion', 'controls'] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];

const template = (maxLength: number, description: string) =>
  Type.String({
    ...{ minLength: 1, maxLength, description },
    ...cel({
      rule: `self.matches('^([^{}]|[{](${TEMPLATE_NAMES.join('|')})[}])*$')`,
      message: `in braces stands one of ${TEMPLATE_NAMES.map((name) => `{${name}}`).join(', ')}, and no other brace`,
    }),
  });

const Templates = Fields(
  {
    title: Type.Optional(template(300, 'The first line of each message, instead of {title}: [ACME] {title}.')),
    note: Type.Optional(
      template(
        1000,
        'A last paragraph of each message that begins something or shows how it stands: whom to call, where to look.',
      ),
    ),
  },
  {
    description: `Own words around ours, as plain text without logic. In braces stand ${TEMPLATE_NAMES.map((name) => `{${name}}`).join(', ')}; the last two for the audiences internal and authority alone. What there is none of is a dash.`,
  },
);
export type Templates = Static<typeof Templates>;

export const NotificationChannelSpec = Fields(
  {
    audience: Audience,
    namespaces: GrantedNamespaces,
    services: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z0-9*?]([-a-z0-9*?]{0,61}[a-z0-9*?])?$', maxLength: 63 }), {
        minItems: 1,
        maxItems: 128,
        'x-kubernetes-list-type': 'set',
        description: 'Services that are told of; * stands for any number of characters, ? for one (default: all; internal only).',
      }),
    ),
    topics: Type.Optional(
      Type.Array(Type.Enum([...TOPICS], { type: 'string' }), {
        minItems: 1,
        maxItems: TOPICS.length,
        'x-kubernetes-list-type': 'set',
        description: `What is told: ${TOPICS.join(', ')} (default: all; internal only).`,
      }),
    ),
    minimumSeverity: Type.Optional({
      ...Severity,
      default: 'low',
      description: 'Criteria below this severity are not told here (default low).',
    }),
    ...platformFields,
    ca: Type.Optional(SecretKeyRef),
    timeout: Type.Optional(PositiveDuration('How long an answer may take (default 10s).', { default: '10s' })),
    remindEvery: Type.Optional(
      PositiveDuration('How often a deviation that lasts is said again if nothing else was said of it (default: never).'),
    ),
    hold: Type.Optional(
      PositiveDuration(
        'So long the first message of a deviation waits after it was due, in which somebody of the team can withhold it with a reason (default: not at all).',
      ),
    ),
    digest: Type.Optional(
      Fields(
        {
          every: PositiveDuration('How often, at least 1h.'),
          below: Type.Optional({
            ...Severity,
            default: 'medium',
            description: 'What is less severe than this is told in the digest alone (default medium).',
          }),
        },
        {
          description:
            'What is not urgent is told together, once in so long. The authority gets everything else on record of its services by a digest each 24h unless it is said otherwise here.',
        },
      ),
    ),
    templates: Type.Optional(Templates),
    chat: Type.Optional(Chat),
  },
  {
    description: 'Who is told of what, and where.',
    ...cel(
      {
        rule: `[${Object.keys(PLATFORMS)
          .map((kind) => `has(self.${kind})`)
          .join(', ')}].filter(x, x).size() == 1`,
        message: `a channel has exactly one platform: ${Object.keys(PLATFORMS).join(', ')}`,
      },
      {
        rule: "self.audience == 'internal' || (has(self.services) && has(self.topics))",
        message: 'a channel names services and topics, unless its audience is internal',
      },
      {
        rule: "self.audience != 'internal' || !has(self.hold)",
        message: 'the team itself hears at once: hold is for other audiences',
        fieldPath: '.hold',
      },
      {
        rule: "!has(self.templates) || self.audience in ['internal', 'authority'] || [has(self.templates.title) ? self.templates.title : '', has(self.templates.note) ? self.templates.note : ''].all(x, !x.contains('{criterion}') && !x.contains('{controls}'))",
        message: '{criterion} and {controls} are for the audiences internal and authority',
        fieldPath: '.templates',
      },
      {
        rule: '!has(self.chat) || has(self.matrix) || (has(self.slack) && (has(self.slack.appTokenSecret) || has(self.slack.signingSecret))) || (has(self.mattermost) && has(self.mattermost.commandTokenSecret))',
        message:
          'people can ask in matrix, in slack with appTokenSecret or signingSecret, and in mattermost with commandTokenSecret',
        fieldPath: '.chat',
      },
    ),
  },
);
export type NotificationChannelSpec = Static<typeof NotificationChannelSpec>;

export const NotificationChannelStatus = Fields(
  {
    observedGeneration: Type.Optional(
      Type.Integer({ format: 'int64', description: 'Generation of the spec that this status speaks of.' }),
    ),
    conditions: Type.Optional(Conditions),
    lastDelivery: Type.Optional(Timestamp('When a message last arrived.')),
    pending: Type.Optional(Type.Integer({ description: 'Messages that have not arrived yet.' })),
    failed: Type.Optional(Type.Integer({ description: 'Messages that the platform refused for good.' })),
    lastError: Type.Optional(Type.String({ maxLength: 1024, description: 'Why the last message that did not arrive did not.' })),
  },
  { description: 'Whether messages arrive; written by the operator.' },
);
export type NotificationChannelStatus = Static<typeof NotificationChannelStatus>;

export interface NotificationChannel {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: NotificationChannelSpec;
  readonly status?: NotificationChannelStatus;
}

/** The platform of a channel; undefined where a loosened CRD let none through. */
export function platformOf(spec: Partial<NotificationChannelSpec>): PlatformKind | undefined {
  return (Object.keys(PLATFORMS) as PlatformKind[]).find((kind) => spec[kind] !== undefined);
}
