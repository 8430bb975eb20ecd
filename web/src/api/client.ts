/** The typed client: paths and shapes come from the server's own OpenAPI document. */
import createClient from 'openapi-fetch'
import type { paths } from './generated/schema'
import { send } from './transport'

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send })
