import type { Model } from '@/api/types'

const ABILITIES = { tools: 'calls tools', json_schema: 'keeps to schemas', vision: 'sees images' }

export function nameOf(model: Model): string {
  return model.chooses_from === null ? model.name : 'Auto'
}

export function detailOf(model: Model): string {
  if (model.chooses_from !== null) return `simple questions to ${model.chooses_from[0] ?? ''}, others to ${model.chooses_from[1] ?? ''}`
  return [model.provider, `remembers ${Math.round(model.context / 1000).toLocaleString()}k tokens`, ...(model.capabilities ?? []).map((one) => ABILITIES[one])].join(' · ')
}

/** For a million tokens read and written. */
export function priceOf({ free, input_price: read, output_price: written, currency }: Model): string {
  if (free) return 'Free'
  if (read === null || written === null) return 'No price known'
  const money = (amount: string) => Number(amount).toLocaleString(undefined, { style: 'currency', currency, minimumFractionDigits: 2, maximumFractionDigits: 6 })
  return `${money(read)} in, ${money(written)} out`
}
