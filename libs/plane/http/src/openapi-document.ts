import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import type { Env } from 'hono';
import { HttpProblem } from '@flotilla/contracts';
import { z } from 'zod';
import { ACCESS } from './access-table.ts';
import { createSchemaPool, type JsonSchema, type SchemaPool } from './schema-pool.ts';

/*
 * The document is written here from the library's registry of routes, with zod's own JSON Schema, and not by the
 * library's generator: that one throws on `.catch()`, by which open enums are read (docs/decisions, openapi).
 */

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, unknown>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, unknown>;
    responses: Record<string, unknown>;
  };
  security: Record<string, never[]>[];
}

/** What the people's API answers, as OpenAPI 3.1. */
export function openApiDocument<E extends Env>({
  app,
  version,
}: {
  app: Pick<OpenAPIHono<E>, 'openAPIRegistry'>;
  version: string;
}): OpenApiDocument {
  const pool = createSchemaPool();
  const paths: OpenApiDocument['paths'] = {};
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue;
    const { path, method, ...route } = definition.route;
    (paths[withoutTail(path)] ??= {})[method] = operation({
      route: { ...route, method, path: withoutTail(path) },
      pool,
    });
  }
  const responses = {
    Problem: {
      description: 'A refusal.',
      content: { 'application/problem+json': { schema: pool.refer(HttpProblem, 'output') } },
    },
  };
  const { document, schemas } = pool.finish({ paths, responses });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Flotilla control plane',
      version,
      description: 'The people’s API. Every refusal is application/problem+json with a stable `code`.',
    },
    paths: document.paths,
    components: {
      schemas,
      responses: document.responses,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'flotilla_session' },
      },
    },
    security: [{ token: [] }, { session: [] }],
  };
}

function operation({ route, pool }: { route: RouteConfig; pool: SchemaPool }): Record<string, unknown> {
  const access = (ACCESS as Record<string, string>)[`${route.method.toUpperCase()} ${route.path}`];
  const { params, query, headers, body } = route.request ?? {};
  const parameters = [
    ...parametersOf({ place: 'path', schema: params, pool }),
    ...parametersOf({ place: 'query', schema: query, pool }),
    ...parametersOf({ place: 'header', schema: headers, pool }),
  ];
  return {
    ...(route.summary === undefined ? {} : { summary: route.summary }),
    tags: [tagOf(route.path)],
    ...(access === undefined ? {} : { 'x-role': access }),
    ...(access === 'anyone' ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: contentOf({ content: body.content, pool, io: 'input' }) },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.responses).map(([status, given]) => {
          const { description, content } = given as ResponseConfig;
          return [
            status,
            {
              description,
              ...(content === undefined ? {} : { content: contentOf({ content, pool, io: 'output' }) }),
            },
          ];
        }),
      ),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

/** We never give a reference where a response is meant. */
interface ResponseConfig {
  description: string;
  content?: Record<string, unknown>;
}

function contentOf({
  content,
  pool,
  io,
}: {
  content: Record<string, unknown>;
  pool: SchemaPool;
  io: 'input' | 'output';
}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(content).map(([mediaType, media]) => {
      const { schema } = media as { schema: unknown };
      return [mediaType, { schema: schema instanceof z.ZodType ? pool.refer(schema, io) : schema }];
    }),
  );
}

function parametersOf({
  place,
  schema,
  pool,
}: {
  place: string;
  schema: unknown;
  pool: SchemaPool;
}): object[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, member]) => {
    const { description, ...rest } = pool.refer(member, 'input') as { description?: string };
    return {
      name,
      in: place,
      required: place === 'path' || !member.safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

/** `/v1/devices/` is what mounting `/` under `/v1/devices` registers. */
function withoutTail(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function tagOf(path: string): string {
  const [first = '', second = ''] = path.split('/').filter((part) => part !== '');
  return first === 'v1' ? second : 'operations';
}
