import type { Model, Money } from '@/api/types'
import { useModel } from '@/features/composer/hooks/useModel'
import { price } from '@/ui/price'

/** What an answer cost, in words; null where nobody has told. */
export function useCost(model: string | null, cost: Money | null): string | null {
  const { models } = useModel()
  return cost === null ? null : costWords(models.find((one) => one.id === model), cost)
}

/** A model without a known price is booked with nothing, which is not the same as free. */
export function costWords(model: Model | undefined, cost: Money): string {
  const unknown = cost.amount === 0 && model !== undefined && !model.free && model.input_price === null
  return unknown ? 'no price known' : price(cost)
}
