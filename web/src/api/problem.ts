/**
 * What went wrong, as a sentence that tells the reader what to do.
 *
 * The server speaks RFC 9457 problem JSON; a failed connection becomes a problem of the same shape, so that the rest
 * of the page knows one kind of error only.
 */
export interface FieldError {
  field: string
  problem: string
}

interface ProblemBody {
  /** How the OpenAI-compatible paths say it. */
  error?: { message?: string; code?: string | null }
  title?: string
  detail?: string
  code?: string
  request_id?: string
  errors?: FieldError[]
}

export class ApiProblem extends Error {
  override name = 'ApiProblem'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
    readonly errors: readonly FieldError[] = [],
  ) {
    super(detail)
  }

  get isOffline(): boolean {
    return this.code === 'unreachable'
  }
}

export function unreachable(): ApiProblem {
  return new ApiProblem(0, 'unreachable', 'Tertulia cannot be reached. Check your connection, then try again.')
}

export async function problemFrom(response: Response): Promise<ApiProblem> {
  return problemOf(response, await response.json().catch(() => null))
}

/** `sent` is the body as it was read, which may be anything when a proxy answered. */
export function problemOf(response: Response, sent: unknown): ApiProblem {
  const body: ProblemBody = typeof sent === 'object' && sent !== null ? sent : {}
  const retryAfter = Number(response.headers.get('retry-after'))
  return new ApiProblem(
    response.status,
    body.code ?? body.error?.code ?? `http_${String(response.status)}`,
    body.detail ?? body.error?.message ?? body.title ?? sentenceFor(response.status),
    body.request_id ?? response.headers.get('x-request-id'),
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
    body.errors ?? [],
  )
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  if (error instanceof TypeError) return unreachable() // fetch's word for a connection that failed
  return new ApiProblem(0, 'unexpected', 'Something unexpected happened in this page. Reload it, then try again.')
}

function sentenceFor(status: number): string {
  if (status === 401) return 'Your session has ended. Sign in again.'
  if (status === 403) return 'Your role in this workspace does not allow this. Ask an owner or admin.'
  if (status === 404) return 'This is no longer here, or belongs to another workspace.'
  if (status === 413) return 'This is too long to send. Shorten it.'
  if (status === 429) return 'Too many requests. Wait a moment, then try again.'
  if (status >= 500) return 'Tertulia had trouble with this. Wait a moment, then try again.'
  return 'The server refused this.'
}
