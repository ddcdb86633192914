import { AgentConfig } from '@flotilla/agent';
import { mosquittoAcl, mqttReferencePage, PROBLEMS } from '@flotilla/contracts';
import { ControlPlaneConfig } from '@flotilla/control-plane';
import { configPage } from '@flotilla/platform-config';
import { documentPlaneApp } from '@flotilla/plane-http';
import { PLANE_USER } from '@flotilla/plane-link';
import { compatibilityPage } from './compatibility-page.ts';

/** Every generated file of the repository by its path from the root. A test keeps them equal. */
export function generatedFiles(): Record<string, string> {
  return {
    'deploy/mosquitto/acl': mosquittoAcl(PLANE_USER),
    'docs/reference/compatibility.md': compatibilityPage(),
    'docs/reference/mqtt.md': mqttReferencePage(),
    'docs/reference/openapi.json': `${JSON.stringify(documentPlaneApp(), undefined, 2)}\n`,
    'docs/reference/problems.md': problemsPage(),
    'docs/reference/agent-config.md': portable(
      configPage({ title: 'Settings of the agent', schema: AgentConfig }),
    ),
    'docs/reference/control-plane-config.md': portable(
      configPage({ title: 'Settings of the control plane', schema: ControlPlaneConfig }),
    ),
  };
}

function problemsPage(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, retryable, title }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${title} |`,
  );
  return [
    '# Refusals',
    '',
    'Generated from `libs/contracts/src/errors.ts`. A code is stable: clients, gates and documents rely on it. Over HTTP it comes as `application/problem+json`.',
    '',
    '| code | HTTP status | the same may succeed later | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Defaults that are paths inside the checkout, without where the checkout happens to be. */
function portable(page: string): string {
  const root = new URL('../../../', import.meta.url).pathname;
  return page.replaceAll(root, '');
}
