import type { FailureClass } from '@flotilla/contracts';

const CLASSES: Readonly<Record<string, FailureClass>> = {
  'did-not-fit': 'did-not-fit',
  'agent-too-old': 'did-not-fit',
  'disk-full': 'did-not-fit',
  'download-failed': 'download',
  offline: 'download',
  unavailable: 'download',
  'digest-mismatch': 'verify',
  'signature-invalid': 'verify',
  'gguf-invalid': 'verify',
  'golden-prompt-failed': 'quality',
  timeout: 'timeout',
};

/** The class of a device's problem code; what is not known otherwise counts as a crash, the gravest. */
export function failureClassOf(code: string | undefined): FailureClass {
  return (code === undefined ? undefined : CLASSES[code]) ?? 'crash';
}
