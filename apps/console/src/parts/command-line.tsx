import { Button, Code, CopyButton } from '@mantine/core';
import { CheckIcon, CopyIcon } from '@primer/octicons-react';

/** A shell command that can be copied. */
export function CommandLine({ command }: { command: string }) {
  return (
    <div className="command">
      <Code block>{command}</Code>
      <CopyButton value={command}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            size="compact-md"
            h={34}
            onClick={copy}
            leftSection={copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
          >
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
