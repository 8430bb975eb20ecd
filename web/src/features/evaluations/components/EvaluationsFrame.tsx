import type { ReactNode } from 'react'
import { useSession } from '@/features/account/hooks/useSession'
import { PageHead } from './PageHead'

interface EvaluationsFrameProps {
  wide?: boolean
  /** Given the workspace's id, where the person may manage it. */
  children: (workspace: string) => ReactNode
}

/** What every page of evaluations stands in, with a word for those whose role does not let them in. */
export function EvaluationsFrame({ wide = false, children }: EvaluationsFrameProps) {
  const { workspace } = useSession()
  if (workspace === null) return null
  const mayManage = workspace.role === 'owner' || workspace.role === 'admin'
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className={`mx-auto ${wide ? 'max-w-5xl' : 'max-w-3xl'} px-5 pt-4 pb-16`}>
        {mayManage ? children(workspace.id) : (
          <>
            <PageHead title="Evaluations" />
            <p className="mt-4 text-soft">Owners and admins of {workspace.name} evaluate its documents. Ask one of them.</p>
          </>
        )}
      </div>
    </div>
  )
}
