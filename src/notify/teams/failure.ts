import type { HttpAnswer } from '../../platform/http.ts';
import type { DeliveryResult } from '../notifier.ts';

type Failure = Extract<DeliveryResult, { kind: 'NotNow' | 'Rejected' | 'Stopped' }>;

const stopped = (message: string): Failure => ({ kind: 'Stopped', message });
const NO_WORKFLOW = stopped('the workflow is gone: its address has to be made and stored anew');
const NEEDS_ANYONE = stopped('the workflow refuses the address: it has to be whole, and let anyone trigger the flow');

/**
 * What the codes of Azure Logic Apps, which run the workflows, mean here: `{"error":{"code":...}}` of
 * learn.microsoft.com/azure/logic-apps/logic-apps-securing-a-logic-app and what people met. The status of one code differs from
 * region to region, so that the code decides.
 */
const FAILURES: Readonly<Record<string, Failure>> = {
  WorkflowTriggerIsNotEnabled: stopped('the workflow is switched off, or was deleted'),
  WorkflowDisabled: stopped('the workflow is switched off'),
  WorkflowNotFound: NO_WORKFLOW,
  WorkflowTriggerNotFound: NO_WORKFLOW,
  WorkflowTriggerVersionNotFound: NO_WORKFLOW,
  DirectApiAuthorizationRequired: NEEDS_ANYONE,
  DirectApiInvalidAuthorizationScheme: NEEDS_ANYONE,
  AuthorizationFailed: NEEDS_ANYONE,
  MisMatchingOAuthClaims: NEEDS_ANYONE,
  TriggerRequestMethodNotValid: stopped('the workflow takes no POST: its trigger is another one'),
  TriggerInputSchemaMismatch: stopped('the trigger of the workflow wants another format: use the one for Teams webhooks'),
  InvalidRequestContent: { kind: 'Rejected', message: 'the workflow can not read the message' },
  RequestEntityTooLarge: { kind: 'Rejected', message: 'the message is too large for the workflow' },
};

/** What an answer means beyond its status; undefined where it says nothing more. */
export function failureOf({ status, text }: Pick<HttpAnswer, 'status' | 'text'>): Failure | undefined {
  // The connectors before the workflows answered 200 to messages that they could not deliver.
  if (status < 300) return /Microsoft Teams endpoint returned HTTP error/.test(text) ? OLD_CONNECTOR : undefined;
  return status < 500 ? FAILURES[codeIn(text)] : undefined;
}

const OLD_CONNECTOR = stopped(
  'the address is one of a connector, which Teams does not serve any more: it has to be one of a workflow',
);

/** Whether the trigger is there, and refuses the method alone. */
export function saysOnlyPost({ text }: Pick<HttpAnswer, 'text'>): boolean {
  return codeIn(text) === 'TriggerRequestMethodNotValid' && /expected '?POST/i.test(text);
}

function codeIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown } };
    return typeof error?.code === 'string' && Object.hasOwn(FAILURES, error.code) ? error.code : '';
  } catch {
    return '';
  }
}
