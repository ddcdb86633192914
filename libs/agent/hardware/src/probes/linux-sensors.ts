import type { DeviceFacts } from '@flotilla/contracts';

import { line, type KernelFiles } from '../proc/read-text.ts';

/** Mains or battery, by `/sys/class/power_supply`; undefined where the machine shows no supply at all. */
export async function readPower(files: KernelFiles): Promise<DeviceFacts['power']> {
  let online: boolean | undefined;
  let discharging: boolean | undefined;
  let batteryShare: number | undefined;
  for (const name of await files.names('sys/class/power_supply')) {
    const folder = `sys/class/power_supply/${name}`;
    const type = await line(files, `${folder}/type`);
    // A mouse or a headset has a battery too; its scope says that it does not feed the machine.
    if ((await line(files, `${folder}/scope`)) === 'Device') continue;
    if (type === 'Battery') {
      discharging = (discharging ?? false) || (await line(files, `${folder}/status`)) === 'Discharging';
      const capacity = Number(await line(files, `${folder}/capacity`));
      if (Number.isFinite(capacity)) batteryShare = Math.min(1, Math.max(0, capacity / 100));
    } else if (type === 'Mains' || type === 'USB') {
      online = (online ?? false) || (await line(files, `${folder}/online`)) === '1';
    }
  }
  if (online === undefined && discharging === undefined) return undefined;
  const source = online === true || discharging !== true ? 'mains' : 'battery';
  return { source, ...(batteryShare === undefined ? {} : { batteryShare }) };
}

/** Sensors of the processor go before those of a board or a disk. */
const PROCESSOR = /cpu|soc|package|x86_pkg|coretemp|k10temp|zenpower|tj/i;

/** The hottest sensor of the processor in degrees Celsius, or of anything when none is named as one. */
export async function readTemperature(files: KernelFiles): Promise<number | undefined> {
  const readings: { ofProcessor: boolean; celsius: number }[] = [];
  const add = (name: string | undefined, text: string | undefined): void => {
    const celsius = Number(text) / 1000;
    // A sensor that is off reads 0 or something impossible.
    if (text !== undefined && celsius > 0 && celsius < 150) {
      readings.push({ ofProcessor: PROCESSOR.test(name ?? ''), celsius });
    }
  };
  for (const zone of await files.names('sys/class/thermal')) {
    if (!zone.startsWith('thermal_zone')) continue;
    const folder = `sys/class/thermal/${zone}`;
    add(await line(files, `${folder}/type`), await line(files, `${folder}/temp`));
  }
  for (const chip of await files.names('sys/class/hwmon')) {
    const folder = `sys/class/hwmon/${chip}`;
    add(await line(files, `${folder}/name`), await line(files, `${folder}/temp1_input`));
  }
  const best = readings.some(({ ofProcessor }) => ofProcessor)
    ? readings.filter(({ ofProcessor }) => ofProcessor)
    : readings;
  return best.length === 0 ? undefined : Math.max(...best.map(({ celsius }) => celsius));
}

/** Maker and model by DMI (PCs) or by the device tree (boards). */
export async function readMachine(files: KernelFiles): Promise<DeviceFacts['machine']> {
  const [vendor, product, board] = await Promise.all([
    line(files, 'sys/class/dmi/id/sys_vendor'),
    line(files, 'sys/class/dmi/id/product_name'),
    line(files, 'proc/device-tree/model'),
  ]);
  const model = product ?? board;
  if (vendor === undefined && model === undefined) return undefined;
  return { vendor: vendor?.slice(0, 128), model: model?.slice(0, 128) };
}
