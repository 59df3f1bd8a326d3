/** The OpenAPI 3.1 document, made from the route table: what it says is what runs. */

import { z } from 'zod'
import packageJson from '../../package.json' with { type: 'json' }
import { cookieName } from './caller.ts'
import { problemDetails } from './refusal.ts'
import type { Route } from './route.ts'

export const version = packageJson.version

type Json = Readonly<Record<string, unknown>>

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

const pathOf = (path: string) => path.replaceAll(/:(\w+)/g, '{$1}')

function parametersOf({ path, query, method }: Route): Json[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' })
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }))
  const key = { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 200 } }
  return [...inPath, ...inQuery, ...(method === 'POST' ? [key] : [])]
}

function operationOf(route: Route): Json {
  const parameters = parametersOf(route)
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[/:-]+(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
    summary: route.summary,
    description: `Needs the permission \`${route.needs}\`.`,
    tags: [route.path.split('/')[1] ?? ''],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? {
          requestBody: {
            required: !route.body.safeParse(undefined).success,
            content: { 'application/json': { schema: schemaOf(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [String(route.status)]: {
        description: 'Done',
        content: { 'application/json': { schema: schemaOf(route.answer, 'output') } },
      },
      default: { $ref: '#/components/responses/Refused' },
    },
  }
}

export function openApiDocument(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = pathOf(route.path)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Onhand',
      version,
      description: 'One stock on Shopify, WooCommerce and TikTok Shop. Lists come in pages; `next` goes into `after`.',
    },
    servers: [{ url: '/api' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token made under Access, or the ADMIN_TOKEN' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName,
          description: 'A signed-in browser on our own pages',
        },
      },
      responses: {
        Refused: {
          description: 'Not done; the body says why',
          content: { 'application/problem+json': { schema: schemaOf(problemDetails, 'output') } },
        },
      },
    },
  }
}
