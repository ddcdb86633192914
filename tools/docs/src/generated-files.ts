import { mosquittoAcl, mqttReferencePage, PROBLEMS } from '@flotilla/contracts';
import { ControlPlaneConfig } from '@flotilla/control-plane';
import { configReference, type ConfigReferenceRow } from '@flotilla/platform-config';
import { documentPlaneApp } from '@flotilla/plane-http';
import { PLANE_USER } from '@flotilla/plane-link';

/** Every generated file of the repository by its path from the root. A test keeps them equal. */
export function generatedFiles(): Record<string, string> {
  return {
    'deploy/mosquitto/acl': mosquittoAcl(PLANE_USER),
    'docs/reference/mqtt.md': mqttReferencePage(),
    'docs/reference/openapi.json': `${JSON.stringify(documentPlaneApp(), undefined, 2)}\n`,
    'docs/reference/problems.md': problemsPage(),
    'docs/reference/control-plane-config.md': configPage({
      title: 'Settings of the control plane',
      intro:
        'Each is a flag of `flotilla-control-plane` (`gatewayPort` is `--gateway-port`), an environment variable, or a member of the JSON file named by `--config`; a flag goes over the environment, that over the file, that over the default. A secret has no flag, and may be given as a file named by `<variable>_FILE`.',
      rows: configReference(ControlPlaneConfig),
    }),
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

function configPage({
  title,
  intro,
  rows,
}: {
  title: string;
  intro: string;
  rows: ConfigReferenceRow[];
}): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const code = (text: string) => (text === '' ? '' : `\`${cell(text)}\``);
  return [
    `# ${title}`,
    '',
    `Generated. ${intro}`,
    '',
    '| setting | environment | type | default | meaning |',
    '|---|---|---|---|---|',
    ...rows.map(
      (row) =>
        `| \`${row.name}\` | ${code(row.env)} | ${cell(row.type)}${row.secret ? ', secret' : ''} | ${code(portable(row.default))} | ${cell(row.description)} |`,
    ),
    '',
  ].join('\n');
}

/** A default that is a path inside the checkout, without where the checkout happens to be. */
function portable(value: string): string {
  const root = new URL('../../../', import.meta.url).pathname;
  return value.replace(root, '');
}
