import type { Money } from '@/api/types'

export function price({ amount, currency }: Money): string {
  if (amount === 0) return 'free'
  const value = amount / 1_000_000
  const digits = value < 0.01 ? 6 : value < 1 ? 4 : 2
  return value.toLocaleString(undefined, { style: 'currency', currency, minimumFractionDigits: 2, maximumFractionDigits: digits })
}
