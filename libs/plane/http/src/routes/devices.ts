import {
  type Command,
  DeviceDetail,
  DeviceState,
  DeviceSummary,
  FleetEvent,
  Series,
  UpdateDeviceRequest,
} from '@flotilla/contracts';
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { PlaneEnv } from '../env.ts';
import { eventFilter, eventPage, EventQuery } from '../event-page.ts';
import type { PlaneDeps } from '../plane-deps.ts';
import { body, id, json, listRoute, page, PageByIdQuery, rangeOf, RangeQuery } from '../route-parts.ts';
import { readSelector } from '../read-selector.ts';

const params = z.object({ deviceId: id('The device.') });

/** How long a command waits for its device before it is void. */
const COMMAND_LIFE_MS = 600_000;

const COMMAND_KINDS = ['report', 'detect', 'collect-garbage'] as const;

const listDevices = listRoute({
  summary: 'Devices, in the order they joined',
  query: PageByIdQuery.extend({
    selector: z
      .string()
      .max(1_024)
      .optional()
      .describe('Such as `site=lisbon AND hw.arch=arm64`; `*` for all.'),
    state: DeviceState.optional(),
  }),
  item: DeviceSummary,
  answer: 'One page of devices.',
});
const getDevice = createRoute({
  method: 'get',
  path: '/{deviceId}',
  summary: 'One device with what it said and what is wanted of it',
  request: { params },
  responses: { 200: json(DeviceDetail, 'The device.') },
});
const updateDevice = createRoute({
  method: 'patch',
  path: '/{deviceId}',
  summary: 'Name, labels or limits of a device',
  request: { params, body: body(UpdateDeviceRequest) },
  responses: { 200: json(DeviceDetail, 'The device as it is now.') },
});
const revokeDevice = createRoute({
  method: 'delete',
  path: '/{deviceId}',
  summary: 'Revokes a device for ever and cuts its connection',
  request: { params },
  responses: { 204: { description: 'It is revoked.' } },
});
const getSeries = createRoute({
  method: 'get',
  path: '/{deviceId}/series',
  summary: 'A chart of the device',
  request: {
    params,
    query: RangeQuery.extend({
      stepMs: z.coerce.number().int().min(1_000).optional().describe('Default: chosen from the range.'),
      service: z.string().max(63).optional().describe('Only this service.'),
    }),
  },
  responses: { 200: json(Series, 'Points in ascending order.') },
});
const listEvents = createRoute({
  method: 'get',
  path: '/{deviceId}/events',
  summary: 'What happened to the device, newest first',
  request: { params, query: EventQuery },
  responses: { 200: page(FleetEvent, 'One page of events.') },
});
const sendCommand = createRoute({
  method: 'post',
  path: '/{deviceId}/commands',
  summary: 'Asks the device to do something once',
  request: { params, body: body(z.strictObject({ kind: z.enum(COMMAND_KINDS) })) },
  responses: { 202: json(z.object({ id: z.string() }), 'It was sent; the device answers with this id.') },
});

export const devices = ({
  registry,
  telemetry,
  events,
  sendCommand: send,
  clock,
  newId,
}: Pick<PlaneDeps, 'registry' | 'telemetry' | 'events' | 'sendCommand' | 'clock' | 'newId'>) =>
  new OpenAPIHono<PlaneEnv>()
    .openapi(listDevices, async (c) => {
      const { selector, ...rest } = c.req.valid('query');
      return c.json(await registry.listDevices({ ...rest, selector: readSelector(selector) }), 200);
    })
    .openapi(getDevice, async (c) => c.json(await registry.getDevice(c.req.valid('param').deviceId), 200))
    .openapi(updateDevice, async (c) =>
      c.json(await registry.updateDevice(c.req.valid('param').deviceId, c.req.valid('json')), 200),
    )
    .openapi(revokeDevice, async (c) => {
      await registry.revokeDevice(c.req.valid('param').deviceId);
      return c.body(null, 204);
    })
    .openapi(getSeries, async (c) => {
      const { deviceId } = c.req.valid('param');
      const { stepMs, service, ...range } = c.req.valid('query');
      await registry.getDevice(deviceId);
      return c.json(
        await telemetry.series({
          deviceId,
          ...rangeOf(range, clock.now()),
          ...(stepMs === undefined ? {} : { stepMs }),
          ...(service === undefined ? {} : { service }),
        }),
        200,
      );
    })
    .openapi(listEvents, async (c) => {
      const { deviceId } = c.req.valid('param');
      const filter = eventFilter(c.req.valid('query'));
      await registry.getDevice(deviceId);
      return c.json(
        eventPage({ events: await events.list({ deviceId, ...filter }), limit: filter.limit }),
        200,
      );
    })
    .openapi(sendCommand, async (c) => {
      const { deviceId } = c.req.valid('param');
      await registry.getDevice(deviceId);
      const now = clock.now();
      const command: Command = {
        v: 1,
        id: newId(),
        issuedAt: now,
        expiresAt: now + COMMAND_LIFE_MS,
        kind: c.req.valid('json').kind,
      };
      await send({ deviceId, command });
      return c.json({ id: command.id }, 202);
    });
