import { CreateHardwarePriceRequest, CreateTariffRequest, HardwarePrice, Tariff } from '@flotilla/contracts';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, json, page } from '../route-parts.ts';

const listTariffs = createRoute({
  method: 'get',
  path: '/',
  summary: 'Prices of a kilowatt-hour, each valid from a date on',
  responses: { 200: page(Tariff, 'All tariffs.') },
});
const addTariff = createRoute({
  method: 'post',
  path: '/',
  summary: 'Adds a tariff; what was accounted before its date stays',
  request: { body: body(CreateTariffRequest) },
  responses: { 201: json(Tariff, 'The tariff.') },
});

export const tariffs = ({ telemetry }: Pick<PlaneDeps, 'telemetry'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listTariffs, async (c) => c.json({ items: await telemetry.listTariffs() }, 200))
    .openapi(addTariff, async (c) => c.json(await telemetry.addTariff(c.req.valid('json')), 201));

const listHardwarePrices = createRoute({
  method: 'get',
  path: '/',
  summary: 'What devices cost and how long they are meant to live',
  responses: { 200: page(HardwarePrice, 'All hardware prices.') },
});
const addHardwarePrice = createRoute({
  method: 'post',
  path: '/',
  summary: 'Adds a hardware price, for one device or for all without one',
  request: { body: body(CreateHardwarePriceRequest) },
  responses: { 201: json(HardwarePrice, 'The price.') },
});

export const hardwarePrices = ({ telemetry }: Pick<PlaneDeps, 'telemetry'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listHardwarePrices, async (c) => c.json({ items: await telemetry.listHardwarePrices() }, 200))
    .openapi(addHardwarePrice, async (c) =>
      c.json(await telemetry.addHardwarePrice(c.req.valid('json')), 201),
    );
