import { createTheme, type CSSVariablesResolver, rem } from '@mantine/core';

/** System fonts only: the console works without a network beyond the control plane. */
export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: rem(26) }, h2: { fontSize: rem(18) }, h3: { fontSize: rem(15) } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f9fa',
    '--flotilla-panel': '#ffffff',
    '--mantine-color-dimmed': '#5b6770',
  },
  dark: {
    '--mantine-color-body': '#14181b',
    '--flotilla-panel': '#1c2226',
    '--mantine-color-dimmed': '#9aa7af',
  },
});
