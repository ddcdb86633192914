import { createTheme, type CSSVariablesResolver, rem, type MantineColorsTuple } from '@mantine/core';

/** Cool greys: 0 is text, 4 borders, 6 panels and inputs, 7 the page behind them. */
const dark: MantineColorsTuple = [
  '#d3dadf',
  '#bcc6cd',
  '#95a2ab',
  '#66747d',
  '#38434b',
  '#2a343a',
  '#1c2226',
  '#14181b',
  '#101416',
  '#0b0e10',
];

/** System fonts only: the console works without a network beyond the control plane. */
export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 9, dark: 9 },
  autoContrast: true,
  respectReducedMotion: true,
  cursorType: 'pointer',
  defaultRadius: 'md',
  colors: { dark },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: rem(24) },
      h2: { fontSize: rem(16) },
      h3: { fontSize: rem(14) },
    },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f6f8f9',
    '--flotilla-panel': '#ffffff',
    '--mantine-color-dimmed': '#56626b',
    '--mantine-color-placeholder': '#67737c',
    '--mantine-color-anchor': 'var(--mantine-color-cyan-9)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
  },
  dark: {
    '--flotilla-panel': 'var(--mantine-color-dark-6)',
    '--mantine-color-dimmed': '#9ba8b0',
    '--mantine-color-placeholder': '#8d9aa2',
    '--mantine-color-anchor': 'var(--mantine-color-cyan-4)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
});
