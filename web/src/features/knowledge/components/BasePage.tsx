import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { type ApiProblem, asProblem } from '@/api/problem'
import { useSession } from '@/features/account/hooks/useSession'
import { Section } from '@/features/settings/components/Section'
import { ProblemNote } from '@/ui/ProblemNote'
import { useDocumentTitle } from '@/ui/documentTitle'
import { baseQuery } from '../api/knowledge'
import { AddDocuments } from './AddDocuments'
import { BaseHeading } from './BaseHeading'
import { DocumentList } from './DocumentList'
import { TrySearch } from './TrySearch'

export function BasePage() {
  const { knowledgeBaseId } = useParams({ from: '/inside/knowledge/$knowledgeBaseId' })
  const { data, error, isPending, refetch } = useQuery(baseQuery(knowledgeBaseId))
  const { workspace } = useSession()
  const mayWrite = workspace !== null && workspace.role !== 'viewer'
  useDocumentTitle(data?.name ?? 'Knowledge')
  return (
    <div className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto max-w-3xl px-5 pt-4 pb-16">
        <nav aria-label="Way back" className="text-sm"><Link to="/knowledge" className="text-soft underline underline-offset-4 hover:text-ink">Knowledge</Link></nav>
        {isPending && <p role="status" className="mt-6 text-sm text-faint">Loading…</p>}
        {data === undefined && error !== null && <Lost problem={asProblem(error)} onRetry={() => void refetch()} />}
        {data !== undefined && (
          <>
            <BaseHeading base={data} mayWrite={mayWrite} />
            {mayWrite && (
              <Section title="Add documents" about="PDF, Word, PowerPoint, Excel, CSV, HTML, Markdown, text or code, up to 50 MB each.">
                <AddDocuments baseId={data.id} />
              </Section>
            )}
            <Section title={data.documents > 1 ? `Documents (${data.documents.toLocaleString()})` : 'Documents'}><DocumentList baseId={data.id} mayWrite={mayWrite} /></Section>
            <Section title="Try it" about="What an answer would be given for a question."><TrySearch baseId={data.id} /></Section>
          </>
        )}
      </div>
    </div>
  )
}

function Lost({ problem, onRetry }: { problem: ApiProblem; onRetry: () => void }) {
  const missing = problem.status === 404
  return (
    <div className="mt-6 flex flex-col gap-4">
      <h1 className="font-serif text-2xl font-semibold">{missing ? 'This knowledge base is not here' : 'This knowledge base could not be opened'}</h1>
      {missing
        ? <p className="text-soft">It may have been deleted, be somebody else’s own, or belong to another workspace. Choose its workspace at the foot of the list.</p>
        : <ProblemNote problem={problem}><button type="button" onClick={onRetry} className="font-medium underline underline-offset-2">Try again</button></ProblemNote>}
    </div>
  )
}
