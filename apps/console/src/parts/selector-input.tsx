import { parseSelector } from '@flotilla/contracts';
import { TextInput } from '@mantine/core';

interface SelectorInputProps {
  value: string;
  onChange: (value: string) => void;
  description?: string;
  required?: boolean;
  width?: string;
}

/** What is wrong with a selector that someone types; undefined while it is empty or right. */
export function selectorError(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const parsed = parseSelector(text);
  return parsed.ok ? undefined : parsed.reason.replaceAll('`', '“').replace(/“([^“]*)“/g, '“$1”');
}

/** A selector, judged while it is typed. */
export function SelectorInput({ value, onChange, width, ...rest }: SelectorInputProps) {
  return (
    <TextInput
      label="Selector"
      placeholder="site=lisbon AND hw.arch=arm64"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={selectorError(value)}
      spellCheck={false}
      autoCapitalize="off"
      style={width === undefined ? undefined : { flex: `1 1 ${width}` }}
      {...rest}
    />
  );
}
