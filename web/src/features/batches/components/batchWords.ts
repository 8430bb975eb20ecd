import type { ApiFile, Batch, BatchEndpoint } from '@/api/types'

export const ENDPOINTS: Record<BatchEndpoint, string> = {
  '/v1/chat/completions': 'Chat completions',
  '/v1/responses': 'Responses',
  '/v1/embeddings': 'Embeddings',
}

const STATUSES: Record<string, string> = {
  validating: 'Waiting to start',
  in_progress: 'Running',
  finalizing: 'Writing its files',
  completed: 'Done',
  failed: 'Failed',
  expired: 'Ran out of time',
  cancelling: 'Being cancelled',
  cancelled: 'Cancelled',
}

const PURPOSES: Record<string, string> = {
  batch: 'calls for a batch',
  batch_output: 'written by a batch',
  assistants: 'for assistants',
  'fine-tune': 'for fine-tuning',
  vision: 'for vision',
  user_data: 'your own data',
  evals: 'for evaluations',
}

export function endpointOf({ endpoint }: Batch): string {
  return ENDPOINTS[endpoint as BatchEndpoint] ?? endpoint
}

/** "Running · 24 of 400 answered, 3 failed". */
export function statusOf({ status, request_counts: { total, completed, failed } }: Batch): string {
  const words = STATUSES[status] ?? status
  if (total === 0) return words
  const refused = failed === 0 ? '' : `, ${failed.toLocaleString('en')} failed`
  return `${words} · ${completed.toLocaleString('en')} of ${total.toLocaleString('en')} answered${refused}`
}

export function purposeOf({ purpose }: ApiFile): string {
  return PURPOSES[purpose] ?? purpose
}

/** Why it was not run at all. */
export function faultsOf({ errors }: Batch): string[] {
  const told: unknown = errors?.['data']
  return Array.isArray(told) ? told.map((one: { message?: unknown; code?: unknown }) => String(one.message ?? one.code)) : []
}

/** The API tells seconds. */
export const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString()
