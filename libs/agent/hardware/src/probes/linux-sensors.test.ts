import { describe, expect, it } from 'vitest';

import { memoryFiles } from '../../test/memory-files.ts';
import { readMachine, readPower, readTemperature } from './linux-sensors.ts';

const supply = (name: string, files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([file, text]) => [`sys/class/power_supply/${name}/${file}`, `${text}\n`]),
  );

describe('power', () => {
  it.each([
    [
      'a laptop on mains',
      {
        ...supply('AC', { type: 'Mains', online: '1' }),
        ...supply('BAT0', { type: 'Battery', status: 'Charging', capacity: '60' }),
      },
      { source: 'mains', batteryShare: 0.6 },
    ],
    [
      'a laptop on battery',
      {
        ...supply('AC', { type: 'Mains', online: '0' }),
        ...supply('BAT0', { type: 'Battery', status: 'Discharging', capacity: '42' }),
      },
      { source: 'battery', batteryShare: 0.42 },
    ],
    [
      'a tablet fed by USB',
      {
        ...supply('usb', { type: 'USB', online: '1' }),
        ...supply('bat', { type: 'Battery', status: 'Full', capacity: '100' }),
      },
      { source: 'mains', batteryShare: 1 },
    ],
    [
      'a desktop with a mouse that has a battery',
      supply('hidpp', { type: 'Battery', scope: 'Device', status: 'Discharging', capacity: '10' }),
      undefined,
    ],
    ['a server that shows no supply', {}, undefined],
  ])('of %s', async (_, files, expected) => {
    expect(await readPower(memoryFiles(files))).toEqual(expected);
  });
});

describe('temperature', () => {
  const zone = (index: number, type: string, temp: string): Record<string, string> => ({
    [`sys/class/thermal/thermal_zone${index}/type`]: `${type}\n`,
    [`sys/class/thermal/thermal_zone${index}/temp`]: `${temp}\n`,
  });

  it('is the hottest of the processor, whatever a disk says', async () => {
    const files = {
      ...zone(0, 'cpu-thermal', '52100'),
      ...zone(1, 'soc-thermal', '54300'),
      'sys/class/hwmon/hwmon0/name': 'nvme\n',
      'sys/class/hwmon/hwmon0/temp1_input': '70000\n',
    };
    expect(await readTemperature(memoryFiles(files))).toBe(54.3);
  });

  it('leaves out a sensor that is off', async () => {
    expect(
      await readTemperature(memoryFiles({ ...zone(0, 'cpu', '0'), ...zone(1, 'acpitz', '27800') })),
    ).toBe(27.8);
  });

  it('is unknown without sensors', async () => {
    expect(await readTemperature(memoryFiles({}))).toBeUndefined();
  });
});

describe('the machine', () => {
  it('of a PC names itself by DMI', async () => {
    const files = memoryFiles({
      'sys/class/dmi/id/sys_vendor': 'LENOVO\n',
      'sys/class/dmi/id/product_name': '21CB\n',
    });
    expect(await readMachine(files)).toEqual({ vendor: 'LENOVO', model: '21CB' });
  });

  it('of a board names itself in the device tree, which ends with a zero byte', async () => {
    const files = memoryFiles({ 'proc/device-tree/model': 'Raspberry Pi 5 Model B Rev 1.0\0' });
    expect(await readMachine(files)).toEqual({ model: 'Raspberry Pi 5 Model B Rev 1.0' });
  });
});
