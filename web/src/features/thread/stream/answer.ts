/**
 * An answer as its stream tells it: text so far, the step at work, the place in the queue, the price, and its end.
 *
 * A pure reducer over the UI message stream's parts. Text belongs to the step that said it, so that `reset-step`
 * (a worker died, another begins the step again) forgets exactly that.
 */
import type { MessageWarning, Money, SourcePart, Usage } from '@/api/types'

export interface Step {
  id: string
  name: string
  status: string
  /** What the answer has to do without, when the step failed or was skipped. */
  warning: MessageWarning | null
}

export interface AnswerEnd {
  status: 'finished' | 'stopped' | 'failed'
  code: string | null
  detail: string | null
}

export interface Answer {
  messageId: string | null
  text: string
  /** The passages that it was given, each once. */
  sources: readonly SourcePart[]
  stepStart: number
  steps: readonly Step[]
  queue: number | null
  usage: Usage | null
  cost: Money | null
  model: string | null
  title: string | null
  end: AnswerEnd | null
}

export const NOTHING_SAID: Answer = {
  messageId: null,
  text: '',
  sources: [],
  stepStart: 0,
  steps: [],
  queue: null,
  usage: null,
  cost: null,
  model: null,
  title: null,
  end: null,
}

export interface Part {
  type: string
  messageId?: string
  id?: string
  delta?: string
  errorText?: string
  code?: string
  data?: Record<string, unknown>
  sourceId?: string
}

export function heard(answer: Answer, part: Part): Answer {
  switch (part.type) {
    case 'start':
      return { ...answer, messageId: part.messageId ?? answer.messageId, text: '', stepStart: 0 }
    case 'start-step':
      return { ...answer, stepStart: answer.text.length }
    case 'reset-step':
      return { ...answer, text: answer.text.slice(0, answer.stepStart) }
    case 'source-document':
      return { ...answer, sources: withSource(answer.sources, part as unknown as SourcePart) }
    case 'text-delta':
      return { ...answer, text: answer.text + (part.delta ?? ''), queue: null }
    case 'finish-step':
      return { ...answer, stepStart: answer.text.length }
    case 'data-step':
      return { ...answer, steps: withStep(answer.steps, part) }
    case 'data-queue':
      return { ...answer, queue: numberOf(part.data?.['position']) }
    case 'data-usage':
      return {
        ...answer,
        usage: (part.data?.['usage'] as Usage | undefined) ?? answer.usage,
        cost: (part.data?.['cost'] as Money | undefined) ?? answer.cost,
        model: (part.data?.['model'] as string | undefined) ?? answer.model,
      }
    case 'data-title':
      return { ...answer, title: textOf(part.data?.['title']) }
    case 'error':
      return ended(answer, 'failed', part.code ?? null, part.errorText ?? null)
    case 'abort':
      return ended(answer, 'stopped', null, null)
    case 'finish':
      return ended(answer, 'finished', null, null)
    default:
      return answer // a newer server may say more than this page knows
  }
}

function ended(answer: Answer, status: AnswerEnd['status'], code: string | null, detail: string | null): Answer {
  return { ...answer, queue: null, end: answer.end ?? { status, code, detail } }
}

/** One that is told again, with more, keeps its place. */
function withSource(sources: readonly SourcePart[], told: SourcePart): readonly SourcePart[] {
  const known = sources.some(({ sourceId }) => sourceId === told.sourceId)
  return known ? sources.map((source) => (source.sourceId === told.sourceId ? told : source)) : [...sources, told]
}

function withStep(steps: readonly Step[], part: Part): readonly Step[] {
  const name = textOf(part.data?.['name']) ?? part.id ?? 'step'
  const code = textOf(part.data?.['code'])
  const warning = code === null ? null : { code, detail: textOf(part.data?.['detail']) ?? code }
  const step: Step = { id: part.id ?? name, name, status: textOf(part.data?.['status']) ?? 'running', warning }
  return [...steps.filter((known) => known.id !== step.id), step]
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
