import type { ReactNode } from 'react'
import type { ApiProblem } from '@/api/problem'
import { Icon } from './Icon'
import { useCopy } from './copy'

/** A fault as its reader needs it: what to do, a button to do it, and the request's id for whoever is asked for help. */
export function ProblemNote({ problem, children }: { problem: ApiProblem; children?: ReactNode }) {
  const [copied, copy] = useCopy()
  const { requestId } = problem
  return (
    <div role="alert" className="flex gap-3 rounded-xl border border-danger/30 bg-danger-wash px-4 py-3 text-sm">
      <span className="mt-0.5 text-danger"><Icon name="warning" /></span>
      <div className="min-w-0 flex-1">
        <p className="break-words">{problem.detail}</p>
        {(children !== undefined || requestId !== null) && (
          <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1">
            {children}
            {requestId !== null && (
              <button type="button" onClick={() => { copy(requestId) }} className="text-xs text-soft underline decoration-edge underline-offset-2 hover:text-ink">
                {copied ? 'Copied' : 'Copy the request id'}
              </button>
            )}
          </div>
        )}
      </div>
    </div>
  )
}
