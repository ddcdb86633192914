import type { CostReport, Money } from '@flotilla/contracts';
import { Button, Group, NumberInput, SimpleGrid, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAddHardwarePrice, useAddTariff } from '../api/calls.ts';
import { Panel } from './panel.tsx';
import { ForRole } from './role.tsx';
import { ProblemAlert } from './problem-alert.tsx';

interface PriceFormsProps {
  currency: string;
  missing: CostReport['missing'];
}

/** The price of energy and of hardware for the whole fleet, each from a date on. */
export function PriceForms({ currency, missing }: PriceFormsProps) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" style={{ alignItems: 'start' }}>
      <Panel
        title="Energy price"
        hint={
          missing.includes('tariff')
            ? 'Not known for a part of this time.'
            : 'No part of this time lacks one.'
        }
      >
        <ForRole needs="admin">
          <TariffForm currency={currency} />
        </ForRole>
      </Panel>
      <Panel
        title="Hardware price"
        hint={
          missing.includes('hardware-price')
            ? 'Not known for a part of this time.'
            : 'No part of this time lacks one.'
        }
      >
        <ForRole needs="admin">
          <HardwareForm currency={currency} />
        </ForRole>
      </Panel>
    </SimpleGrid>
  );
}

const toMoney = (amount: number, currency: string): Money => ({ micro: Math.round(amount * 1e6), currency });

const today = () => {
  const now = new Date();
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
};

function TariffForm({ currency }: { currency: string }) {
  const [amount, setAmount] = useState<string | number>('');
  const add = useAddTariff();
  return (
    <DatedForm
      call={add}
      ready={typeof amount === 'number'}
      submit={(validFrom) => add.mutate({ validFrom, perKwh: toMoney(Number(amount), currency) })}
    >
      <NumberInput
        label={`${currency} per kWh`}
        min={0}
        decimalScale={6}
        value={amount}
        onChange={setAmount}
        hideControls
      />
    </DatedForm>
  );
}

function HardwareForm({ currency }: { currency: string }) {
  const [amount, setAmount] = useState<string | number>('');
  const [months, setMonths] = useState<string | number>(60);
  const add = useAddHardwarePrice();
  return (
    <DatedForm
      call={add}
      ready={typeof amount === 'number' && typeof months === 'number'}
      submit={(validFrom) =>
        add.mutate({ validFrom, price: toMoney(Number(amount), currency), lifeMonths: Number(months) })
      }
    >
      <NumberInput
        label={`${currency} per device`}
        min={0}
        decimalScale={2}
        value={amount}
        onChange={setAmount}
        hideControls
      />
      <NumberInput
        label="Months of life"
        min={1}
        max={240}
        allowDecimal={false}
        value={months}
        onChange={setMonths}
        hideControls
      />
    </DatedForm>
  );
}

interface DatedFormProps {
  call: { isPending: boolean; isSuccess: boolean; error: Error | null };
  ready: boolean;
  submit: (validFrom: number) => void;
  children: ReactNode;
}

/** A price that counts from the start of a day of this browser's time zone. */
function DatedForm({ call, ready, submit, children }: DatedFormProps) {
  const [date, setDate] = useState(today);
  const from = new Date(`${date}T00:00`).getTime();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !Number.isNaN(from)) submit(from);
      }}
    >
      <Group align="flex-end" gap="sm" grow preventGrowOverflow={false}>
        {children}
        <TextInput
          type="date"
          label="From"
          value={date}
          onChange={(event) => setDate(event.currentTarget.value)}
          miw={140}
        />
        <Button
          type="submit"
          variant="default"
          disabled={!ready || Number.isNaN(from)}
          loading={call.isPending}
        >
          Set price
        </Button>
      </Group>
      <ProblemAlert error={call.error} />
      <Text size="sm" c="dimmed" role="status">
        {call.isSuccess ? 'Saved.' : ''}
      </Text>
    </form>
  );
}
