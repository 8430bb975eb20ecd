/**
 * One conversation as this page knows it, outside React, so that an answer goes on while the reader looks elsewhere.
 *
 * It holds the tree of messages, the branch the reader is on, and the one answer that may be running. What is shown is
 * a snapshot that changes at most once a frame. It leaves drawing to the components and the wire to `api/thread.ts`.
 */
import { type ApiProblem, asProblem } from '@/api/problem'
import type { Message } from '@/api/types'
import type { Question, ThreadApi } from '../api/thread'
import { type Answer, type AnswerEnd, heard, NOTHING_SAID } from './answer'
import { type Choices, choicesTo, pathThrough, type Turn } from './branches'
import { follow } from './follow'
import { uuid7 } from './uuid7'

export interface Live {
  answerId: string
  answer: Answer
  phase: 'sending' | 'answering' | 'reconnecting'
  stopping: boolean
}

export interface Snapshot {
  status: 'loading' | 'ready' | 'failed'
  problem: ApiProblem | null
  turns: readonly Turn[]
  live: Live | null
  /** The question that could not be sent, or the answer that could not be followed. */
  unsent: { problem: ApiProblem; messageId: string } | null
}

const EMPTY: Snapshot = { status: 'ready', problem: null, turns: [], live: null, unsent: null }
const SETTLING = [300, 700, 1500, 3000, 5000]

export class ThreadStore {
  private messages: ReadonlyMap<string, Message> = new Map()
  private choices: Choices = new Map()
  private live: Live | null = null
  private unsent: Snapshot['unsent'] = null
  private lastQuestion: Question | null = null
  private status: Snapshot['status'] = 'ready'
  private problem: ApiProblem | null = null
  private following: AbortController | null = null
  private shown: Snapshot = EMPTY
  private frame = 0
  private readonly listeners = new Set<() => void>()

  constructor(
    readonly conversationId: string,
    private readonly api: ThreadApi,
    /** Called when others should know: a question was sent or an answer ended. */
    private readonly onChange: (what: 'asked' | 'ended') => void = () => undefined,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  snapshot = (): Snapshot => this.shown

  get answering(): boolean {
    return this.live !== null
  }

  has(messageId: string): boolean {
    return this.messages.has(messageId)
  }

  /** Fetches what is stored, newest first, and joins an answer that is running. */
  async load(): Promise<void> {
    if (this.messages.size === 0) this.status = 'loading'
    this.show()
    try {
      let after: string | null = null
      do {
        const page = await this.api.messages(this.conversationId, after)
        this.take(page.data)
        this.status = 'ready'
        this.problem = null
        this.show()
        if (after === null) this.joinRunning()
        after = page.has_more ? page.last_id : null
      } while (after !== null)
    } catch (error) {
      if (this.messages.size === 0) this.status = 'failed'
      this.problem = asProblem(error)
      this.show()
    }
  }

  /** `knowledgeBaseIds` are for a new conversation; one that exists remembers its own. */
  ask(text: string, model: string | null, knowledgeBaseIds?: readonly string[]): void {
    const turns = pathThrough(this.messages, this.choices)
    this.submit(text, model, turns[turns.length - 1]?.message.id ?? null, undefined, knowledgeBaseIds)
  }

  edit(messageId: string, text: string, model: string | null): void {
    const edited = this.messages.get(messageId)
    if (edited !== undefined) this.submit(text, model, edited.parent_id, messageId)
  }

  regenerate(answerId: string, model: string | null): void {
    const answer = this.messages.get(answerId)
    if (answer?.parent_id == null || this.live !== null) return
    this.begin({
      conversationId: this.conversationId,
      trigger: 'regenerate-message',
      messageId: answerId,
      model,
      idempotencyKey: uuid7(),
    }, answer.parent_id)
  }

  /** Sends the question that failed again: the same ids, so that it cannot arrive twice. */
  retry(): void {
    const question = this.lastQuestion
    if (question === null || this.live !== null) return
    const questionId = question.message?.id ?? this.messages.get(question.messageId ?? '')?.parent_id
    if (questionId != null) this.begin(question, questionId)
  }

  async stop(): Promise<void> {
    if (this.live === null) return
    this.live = { ...this.live, stopping: true }
    this.show()
    try {
      await this.api.stop(this.conversationId)
    } catch {
      if (this.live !== null) this.live = { ...this.live, stopping: false } // the button is there again to try
      this.show()
    }
  }

  choose = (messageId: string): void => {
    this.choices = choicesTo(this.messages, this.choices, messageId)
    this.show()
  }

  close(): void {
    this.following?.abort()
  }

  private submit(text: string, model: string | null, parentId: string | null, edited?: string, knowledgeBaseIds?: readonly string[]): void {
    if (this.live !== null) return
    const message = { id: uuid7(), role: 'user' as const, parts: [{ type: 'text' as const, text }] }
    this.put({ ...this.blank(message.id, parentId, 'user'), status: 'finished', parts: message.parts })
    this.begin({
      conversationId: this.conversationId,
      trigger: 'submit-message',
      message,
      ...(edited === undefined ? { parentId } : { messageId: edited }),
      ...(knowledgeBaseIds === undefined ? {} : { knowledgeBaseIds }),
      model,
      idempotencyKey: uuid7(),
    }, message.id)
  }

  private begin(question: Question, questionId: string): void {
    this.unsent = null
    this.lastQuestion = question
    const placeholder = uuid7()
    this.put(this.blank(placeholder, questionId, 'assistant'))
    this.choose(placeholder)
    this.live = { answerId: placeholder, answer: NOTHING_SAID, phase: 'sending', stopping: false }
    this.show()
    void this.listen(question)
  }

  private joinRunning(): void {
    const running = [...this.messages.values()].find((message) => message.status === 'generating')
    if (running === undefined || this.live !== null) return
    this.live = { answerId: running.id, answer: { ...NOTHING_SAID, messageId: running.id }, phase: 'answering', stopping: false }
    this.show()
    void this.listen(null)
  }

  /** Follows the answer to its end: of a new question, or (null) of one that already runs. */
  private async listen(question: Question | null): Promise<void> {
    const following = new AbortController()
    this.following = following
    let toAsk = question
    try {
      const outcome = await follow({
        connect: async (after, signal) => {
          if (toAsk === null) return this.api.resume(this.conversationId, this.live?.answer.messageId ?? null, after, signal)
          const response = await this.api.ask(toAsk, signal)
          if (response.ok) {
            toAsk = null
            this.onChange('asked')
          }
          return response
        },
        hear: (part) => { this.hear(part) },
        onReconnecting: (waiting) => { this.changePhase(waiting ? 'reconnecting' : 'answering') },
        signal: following.signal,
        patient: question === null,
      })
      if (outcome === 'nothing-runs') await this.settle()
      this.finish()
    } catch (error) {
      if (following.signal.aborted) return
      await this.failed(asProblem(error), toAsk)
    }
    this.onChange('ended')
  }

  private hear(part: Parameters<typeof heard>[1]): void {
    if (this.live === null) return
    const answer = heard(this.live.answer, part)
    if (answer.messageId !== null && answer.messageId !== this.live.answerId) this.rename(this.live.answerId, answer.messageId)
    this.live = { ...this.live, answer, answerId: answer.messageId ?? this.live.answerId }
    this.showSoon()
  }

  private changePhase(phase: Live['phase']): void {
    if (this.live === null || this.live.phase === phase) return
    this.live = { ...this.live, phase }
    this.show()
  }

  /** Writes what was heard into the message, and lets the reader type again. */
  private finish(): void {
    if (this.live === null) return
    const { answer, answerId } = this.live
    const message = this.messages.get(answerId)
    if (message !== undefined && answer.end !== null) this.put({ ...message, ...whatWasSaid(answer), status: answer.end.status, error: faultOf(answer.end) })
    this.live = null
    this.show()
  }

  /** The stream is over but its end was not heard: the stored answer tells it, as soon as it is written. */
  private async settle(): Promise<void> {
    for (const pause of SETTLING) {
      const page = await this.api.messages(this.conversationId, null)
      const stored = page.data.find((message) => message.id === this.live?.answerId)
      if (stored !== undefined && stored.status !== 'generating') {
        this.take(page.data)
        return
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
    await this.api.messages(this.conversationId, null).then((page) => { this.take(page.data) })
  }

  private async failed(problem: ApiProblem, notArrived: Question | null): Promise<void> {
    const live = this.live
    if (live === null) return
    this.live = null
    if (notArrived === null) {
      this.finish()
      this.problem = problem
      this.show()
      return
    }
    this.remove(live.answerId)
    const questionId = notArrived.message?.id ?? notArrived.messageId ?? ''
    if (problem.isOffline || problem.status === 409) {
      const stored = await this.api.messages(this.conversationId, null).catch(() => null)
      if (stored?.data.some((message) => message.id === notArrived.message?.id)) {
        this.take(stored.data) // it had arrived; only the line broke
        this.joinRunning()
        this.show()
        return
      }
    }
    this.unsent = { problem, messageId: questionId }
    this.show()
  }

  private take(stored: readonly Message[]): void {
    const next = new Map(this.messages)
    for (const message of stored) {
      const isOurs = this.live?.answerId === message.id && message.status === 'generating' && next.has(message.id)
      if (!isOurs) next.set(message.id, message)
    }
    this.messages = next
  }

  private put(message: Message): void {
    this.messages = new Map(this.messages).set(message.id, message)
  }

  private remove(id: string): void {
    const next = new Map(this.messages)
    next.delete(id)
    this.messages = next
  }

  /** The server names the answer in its first part; until then it has a name of ours. */
  private rename(from: string, to: string): void {
    const message = this.messages.get(from)
    this.remove(from)
    if (message !== undefined) this.put({ ...message, id: to })
    this.choices = choicesTo(this.messages, this.choices, to)
  }

  private blank(id: string, parentId: string | null, role: Message['role']): Message {
    const newest = Math.max(0, ...[...this.messages.values()].map((message) => Date.parse(message.created_at)))
    return {
      id,
      conversation_id: this.conversationId,
      parent_id: parentId,
      role,
      status: 'generating',
      parts: [],
      model: null,
      usage: null,
      cost: null,
      error: null,
      warnings: [],
      created_at: new Date(Math.max(Date.now(), newest + 1)).toISOString(),
    }
  }

  private showSoon(): void {
    if (this.frame !== 0) return
    const draw = () => {
      this.frame = 0
      this.show()
    }
    // a hidden tab draws no frames, and must still not fall behind
    this.frame = document.hidden ? setTimeout(draw, 250) as unknown as number : requestAnimationFrame(draw)
  }

  private show(): void {
    const live = this.live
    const messages = live === null ? this.messages : withLive(this.messages, live)
    this.shown = {
      status: this.status,
      problem: this.problem,
      turns: pathThrough(messages, this.choices),
      live,
      unsent: this.unsent,
    }
    this.listeners.forEach((listener) => { listener() })
  }
}

function withLive(messages: ReadonlyMap<string, Message>, live: Live): ReadonlyMap<string, Message> {
  const message = messages.get(live.answerId)
  if (message === undefined) return messages
  return new Map(messages).set(live.answerId, { ...message, ...whatWasSaid(live.answer) })
}

function faultOf({ status, code, detail }: AnswerEnd): Message['error'] {
  return status === 'failed' ? { code: code ?? 'failed', detail } : null
}

function whatWasSaid(answer: Answer): Pick<Message, 'parts' | 'usage' | 'cost' | 'model' | 'warnings'> {
  return {
    parts: [...answer.sources, { type: 'text', text: answer.text }],
    usage: answer.usage,
    cost: answer.cost,
    model: answer.model,
    warnings: answer.steps.flatMap(({ warning }) => (warning === null ? [] : [warning])),
  }
}
