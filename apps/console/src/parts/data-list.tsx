import { Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';

export interface Column<Row> {
  label: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, digits under digits. */
  numeric?: boolean;
  /** On a phone the cell takes the width of the card. */
  wide?: boolean;
  /** Width in a table, such as `180px`. */
  width?: string;
}

interface DataListProps<Row> {
  /** What the rows are, for people who do not see the table. */
  label: string;
  rows: readonly Row[];
  /** The first one names the row. */
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  strong?: (row: Row) => boolean;
}

/** A list as a table where there is room, as cards on a phone, so that nothing scrolls sideways. */
export function DataList<Row>(props: DataListProps<Row>) {
  const phone = useMediaQuery('(max-width: 47.99em)', undefined, { getInitialValueInEffect: false });
  return phone ? <Cards {...props} /> : <Rows {...props} />;
}

function Rows<Row>({ label, rows, columns, keyOf, strong = () => false }: DataListProps<Row>) {
  return (
    <Table verticalSpacing={8} horizontalSpacing={12} aria-label={label} mx={-12} w="calc(100% + 24px)">
      <Table.Thead>
        <Table.Tr>
          {columns.map((column) => (
            <Table.Th
              key={column.label}
              scope="col"
              ta={column.numeric === true ? 'right' : undefined}
              w={column.width}
              fz="xs"
              fw={600}
              c="dimmed"
            >
              {column.label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOf(row)} fw={strong(row) ? 650 : 400}>
            {columns.map((column) => (
              <Table.Td
                key={column.label}
                ta={column.numeric === true ? 'right' : undefined}
                className={column.numeric === true ? 'number' : undefined}
                style={{ overflowWrap: 'break-word' }}
              >
                {column.cell(row)}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Cards<Row>({ label, rows, columns: [name, ...rest], keyOf }: DataListProps<Row>) {
  return (
    <ul className="cards" aria-label={label}>
      {rows.map((row) => (
        <li key={keyOf(row)}>
          <Text component="div" fw={600}>
            {name?.cell(row)}
          </Text>
          <dl>
            {rest.map((column) => (
              <div key={column.label} className={column.wide === true ? 'full' : undefined}>
                <Text component="dt" size="xs" c="dimmed">
                  {column.label}
                </Text>
                <Text component="dd" m={0} size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {column.cell(row)}
                </Text>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}
