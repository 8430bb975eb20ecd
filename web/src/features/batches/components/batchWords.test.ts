import { expect, test } from 'vitest'
import type { Batch } from '@/api/types'
import { endpointOf, faultsOf, statusOf } from './batchWords'

const batch: Batch = {
  id: 'batch_1', object: 'batch', endpoint: '/v1/embeddings', errors: null, input_file_id: 'file-1', completion_window: '24h', status: 'validating',
  output_file_id: null, error_file_id: null, created_at: 0, expires_at: 0, request_counts: { total: 0, completed: 0, failed: 0 }, metadata: {},
  in_progress_at: null, finalizing_at: null, completed_at: null, failed_at: null, expired_at: null, cancelling_at: null, cancelled_at: null,
}

test('a batch says what it does and how far it is', () => {
  expect(endpointOf(batch)).toBe('Embeddings')
  expect(statusOf(batch)).toBe('Waiting to start')
  expect(statusOf({ ...batch, status: 'in_progress', request_counts: { total: 4000, completed: 24, failed: 0 } })).toBe('Running · 24 of 4,000 answered')
  expect(statusOf({ ...batch, status: 'completed', request_counts: { total: 6, completed: 5, failed: 1 } })).toBe('Done · 5 of 6 answered, 1 failed')
})

test('what is not known yet stands as the server says it', () => {
  expect(endpointOf({ ...batch, endpoint: '/v1/images' })).toBe('/v1/images')
  expect(statusOf({ ...batch, status: 'resting' })).toBe('resting')
})

test('one that was not run says why', () => {
  expect(faultsOf(batch)).toEqual([])
  expect(faultsOf({ ...batch, errors: { object: 'list', data: [{ code: 'duplicate_custom_id', message: 'Line 2 is line 1.' }] } })).toEqual(['Line 2 is line 1.'])
})
